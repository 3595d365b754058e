-- Has HAProxy ask Landfall about a request (docs/forward-auth.md): `http-request lua.landfall ADDRESS`.
--
-- It sets txn.landfall_status, txn.landfall_location where a person is to sign in, and txn.landfall_challenge;
-- of whoever is admitted it sets the headers for the application.

local IDENTITY = {
  "x-landfall-user", "x-landfall-name", "x-landfall-email", "x-landfall-groups",
  "x-landfall-roles", "x-landfall-tenant", "x-landfall-connection", "x-landfall-jwt",
}

-- What of the client's request tells who asks, and whether it is a person; HAProxy has set the others.
local PASSED_ON = {
  "cookie", "accept", "sec-fetch-mode", "x-requested-with",
  "x-forwarded-proto", "x-forwarded-host", "x-forwarded-for",
}

-- Headers come as lists that begin with 0; the client of HAProxy wants them to begin with 1.
local function all(values)
  local list = {}
  for place = 0, #values do
    list[#list + 1] = values[place]
  end
  return list
end

core.register_action("landfall", { "http-req" }, function(txn, address)
  local asked = txn.http:req_get_headers()
  local headers = {
    ["x-forwarded-uri"] = { txn.sf:pathq() },
    ["x-forwarded-method"] = { txn.sf:method() },
  }
  for _, name in ipairs(PASSED_ON) do
    if asked[name] then
      headers[name] = all(asked[name])
    end
  end

  -- Without an answer nobody is admitted.
  local answer = core.httpclient():get({ url = address, headers = headers, timeout = 5000 })
  local status = answer and answer.status or 503
  txn:set_var("txn.landfall_status", status)
  if not answer or not answer.headers then
    return
  end
  local function header(name)
    return answer.headers[name] and answer.headers[name][0]
  end
  txn:set_var("txn.landfall_challenge", header("www-authenticate") or "")
  if header("x-landfall-location") then
    txn:set_var("txn.landfall_location", header("x-landfall-location"))
  end
  if status == 200 then
    for _, name in ipairs(IDENTITY) do
      txn.http:req_set_header(name, header(name) or "")
    end
  end
end, 1)
