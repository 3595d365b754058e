// An application that signs people on with openid-client, for `cargo xtask interop oidc` alone.
//
//     node rp.mjs FOLDER
//
// What FOLDER holds, and the pages, are those of `../authlib_rp.py`; besides these it has
//   /device        begins the device grant, and says which code its person enters where
//   /device/token  what became of it, as /account has it
//
// What openid-client leaves to the program around it is done here: back-channel logout, with jose.

import { createPrivateKey, createPublicKey, randomUUID, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oidc from "openid-client";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";

const folder = process.argv[2];
const asked = JSON.parse(readFileSync(`${folder}/asked.json`, "utf8"));
const ownKey = readFileSync(`${folder}/rp-p256.key`, "utf8");
const config = await oidc.discovery(new URL(asked.issuer), asked.client_id, {}, await proof(), {
  // The signature of an identity token counts as well, though it comes by a connection of its own.
  execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
});
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
// By what stands in a cookie: logins that wait for their code, sessions, and where people are who leave.
const [pending, signedIn, leaving] = [new Map(), new Map(), new Map()];
const taken = new Set();
let device;

async function proof() {
  switch (asked.method) {
    case "client_secret_basic":
      return oidc.ClientSecretBasic(asked.client_secret);
    case "client_secret_post":
      return oidc.ClientSecretPost(asked.client_secret);
    case "none":
      return oidc.None();
    case "private_key_jwt": {
      const der = createPrivateKey(ownKey).export({ type: "pkcs8", format: "der" });
      const kind = { name: "ECDSA", namedCurve: "P-256" };
      return oidc.PrivateKeyJwt({ key: await webcrypto.subtle.importKey("pkcs8", der, kind, false, ["sign"]), kid: "rp" });
    }
    default:
      throw new Error(`no way to prove itself: ${asked.method}`);
  }
}

/** A page: status, headers and body. */
const pages = {
  async "GET /account"({ query, cookies }) {
    const kept = signedIn.get(cookies.session);
    if (kept && query.size === 0) return json(told(kept));
    const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${asked.base}/callback`,
      scope: asked.scope,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      ...Object.fromEntries(query),
    });
    const key = randomUUID();
    const maxAge = query.has("max_age") ? Number(query.get("max_age")) : undefined;
    pending.set(key, { verifier, state, nonce, maxAge });
    return to(address, `pending=${key}`);
  },

  async "GET /callback"({ url, cookies }) {
    const login = pending.get(cookies.pending);
    if (!login) throw new Error("no login waits in this browser");
    pending.delete(cookies.pending);
    const tokens = await oidc.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: login.verifier,
      expectedState: login.state,
      expectedNonce: login.nonce,
      idTokenExpected: true,
      maxAge: login.maxAge,
    });
    const key = randomUUID();
    signedIn.set(key, await kept(tokens));
    return to("/account", `session=${key}`);
  },

  async "GET /refresh"({ cookies }) {
    const { tokens } = own(cookies);
    signedIn.set(cookies.session, await kept(await oidc.refreshTokenGrant(config, tokens.refresh_token)));
    return to("/account");
  },

  async "GET /userinfo"({ cookies }) {
    const { tokens, claims } = own(cookies);
    return json(await oidc.fetchUserInfo(config, tokens.access_token, claims.sub));
  },

  async "GET /introspect"({ query }) {
    return json(await oidc.tokenIntrospection(config, query.get("token")));
  },

  async "GET /revoke"({ cookies }) {
    await oidc.tokenRevocation(config, own(cookies).tokens.refresh_token, { token_type_hint: "refresh_token" });
    return json({ revoked: true });
  },

  async "GET /logout"({ cookies }) {
    const { tokens } = own(cookies);
    signedIn.delete(cookies.session);
    const [key, state] = [randomUUID(), oidc.randomState()];
    leaving.set(key, state);
    const address = oidc.buildEndSessionUrl(config, {
      post_logout_redirect_uri: `${asked.base}/out`,
      id_token_hint: tokens.id_token,
      state,
    });
    return to(address, `leaving=${key}`);
  },

  async "GET /out"({ query, cookies }) {
    if (leaving.get(cookies.leaving) !== query.get("state")) throw new Error("nobody leaves with this state");
    return [200, {}, "<!doctype html><p>Signed out.</p>"];
  },

  async "POST /backchannel"({ form }) {
    const { payload } = await jwtVerify(form.get("logout_token"), keys, {
      issuer: asked.issuer,
      audience: asked.client_id,
      algorithms: config.serverMetadata().id_token_signing_alg_values_supported,
      typ: "logout+jwt",
      requiredClaims: ["iat", "exp", "jti", "events"],
    });
    if (JSON.stringify(payload.events[EVENT]) !== "{}" || "nonce" in payload) throw new Error("it is no logout token");
    if (taken.has(payload.jti)) throw new Error("the logout token was taken before");
    taken.add(payload.jti);
    // The session, and where none is named all of the person's.
    const isMeant = ({ sub, sid }) => payload.sub === sub && (payload.sid === undefined || payload.sid === sid);
    const ended = [...signedIn].filter(([, { claims }]) => isMeant(claims)).map(([key]) => key);
    ended.forEach((key) => signedIn.delete(key));
    console.error(`back-channel logout ended ${ended.length}`);
    return [200, { "Cache-Control": "no-store" }, ""];
  },

  async "GET /jwks"() {
    const key = createPublicKey(ownKey).export({ format: "jwk" });
    return json({ keys: [{ ...key, kid: "rp", alg: "ES256", use: "sig" }] });
  },

  async "GET /device"() {
    const begun = await oidc.initiateDeviceAuthorization(config, { scope: asked.scope });
    device = oidc.pollDeviceAuthorizationGrant(config, begun).then(kept);
    // It is looked at later, refused or not.
    device.catch(() => {});
    return json(begun);
  },

  async "GET /device/token"() {
    return json(told(await device));
  },
};

function own(cookies) {
  const kept = signedIn.get(cookies.session);
  if (!kept) throw new Error("nobody is signed in");
  return kept;
}

/** What is kept of a person, with what openid-client made of the tokens. */
async function kept(tokens) {
  const claims = tokens.claims();
  return { tokens, claims, userinfo: await oidc.fetchUserInfo(config, tokens.access_token, claims.sub) };
}

function told({ tokens, claims, userinfo }) {
  const { id_token, access_token, refresh_token } = tokens;
  return { claims, userinfo, id_token, access_token, refresh_token };
}

function json(value) {
  return [200, { "Content-Type": "application/json" }, JSON.stringify(value)];
}

function to(address, cookie) {
  const cookies = cookie ? { "Set-Cookie": `${cookie}; Path=/; HttpOnly; SameSite=Lax` } : {};
  return [303, { Location: String(address), ...cookies }, ""];
}

/** An error with what its library says of it, and its causes. */
function named(error) {
  const parts = [error.name, error.message, error.code, error.error, error.error_description];
  const cause = error.cause instanceof Error ? `: ${named(error.cause)}` : "";
  return parts.filter((part) => typeof part === "string").join(" ") + cause;
}

const server = createServer(async (request, response) => {
  let page;
  try {
    const url = new URL(request.url, asked.base);
    let body = "";
    for await (const chunk of request) body += chunk;
    const pairs = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
    const form = new URLSearchParams(body);
    const answer = pages[`${request.method} ${url.pathname}`];
    page = answer
      ? await answer({ url, query: url.searchParams, cookies: Object.fromEntries(pairs), form })
      : [404, {}, "There is no such page."];
  } catch (error) {
    console.error(error);
    const text = named(error).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    page = [400, { "Content-Type": "text/html" }, `<!doctype html><p>${text}</p>`];
  }
  const [status, headers, text] = page;
  response.writeHead(status, headers).end(text);
});
const { hostname, port } = new URL(asked.base);
server.listen(Number(port), hostname, () => console.log(`listening ${asked.base}`));
