"""An application that signs people on with authlib, in Flask, for `cargo xtask interop oidc` alone.

    authlib_rp.py FOLDER

FOLDER/asked.json says how it is registered: {"base": its own address, "issuer": that of the provider, "client_id",
"client_secret", "method": how it proves itself to the token endpoint, "scope"}; FOLDER/rp.key is its private key.

Its pages, which `openid-client/rp.mjs` has too; what the library refuses becomes a page with status 400 that says so:
  /account      what is known of the person, as JSON; whoever is not signed in is sent to the provider, with `prompt`
                and `max_age` as the query has them
  /callback     where the code comes
  /refresh      takes new tokens for the refresh token
  /userinfo     asks for what is known of the person again
  /introspect   asks what a token stands for: `token` of the query
  /revoke       gives the refresh token up
  /logout       leaves here and at the provider, which sends the person back to /out
  /backchannel  where the provider says that a session ended
  /jwks         its public keys

What authlib leaves to the program around it is done here: max_age, and all of back-channel logout.
"""

import html
import json
import pathlib
import secrets
import sys
import time
import traceback

from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, redirect, request, session
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from joserfc.jws import JWSRegistry
from werkzeug.serving import make_server

EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Seconds.
CLOCK_SKEW = 30

folder = pathlib.Path(sys.argv[1])
asked = json.loads((folder / "asked.json").read_text())
base, issuer, method = asked["base"], asked["issuer"], asked["method"]
own_key = (folder / "rp.key").read_text()
secret = own_key if method == "private_key_jwt" else asked["client_secret"]
# A fresh one for each assertion is authlib's own choice: it is given nothing but the audience.
proofs = [PrivateKeyJWT(f"{issuer}/oidc/token")] if method == "private_key_jwt" else []

app = Flask(__name__)
app.secret_key = secrets.token_hex()
client = OAuth(app).register(
    "landfall",
    client_id=asked["client_id"],
    client_secret=secret,
    server_metadata_url=f"{issuer}/.well-known/openid-configuration",
    client_kwargs={
        "scope": asked["scope"],
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": method,
    },
    client_auth_methods=proofs,
)
# Tokens by what stands in the cookie, and the logout tokens that were taken.
signed_in, taken = {}, set()


class Refused(Exception):
    """What this program refuses by itself."""


def talk():
    """authlib's client without a browser."""
    direct = OAuth2Session(
        asked["client_id"],
        secret,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope=asked["scope"],
    )
    for proof in proofs:
        direct.register_client_auth_method(proof)
    return direct


def endpoint(name):
    return client.load_server_metadata()[f"{name}_endpoint"]


def own():
    """What is kept of whoever asks."""
    kept = signed_in.get(session.get("key"))
    if kept is None:
        raise Refused("nobody is signed in")
    return kept


def keep(kept, token):
    """Takes tokens in, with what authlib made of them."""
    # Its own rules: signature, issuer, audience, times, nonce, at_hash.
    claims = client.parse_id_token(token, nonce=kept.get("nonce"))
    kept.update(token=token, claims=dict(claims), userinfo=dict(client.userinfo(token=token)))


@app.get("/account")
def account():
    if not request.args and session.get("key") in signed_in:
        kept = own()
        tokens = {name: kept["token"].get(name) for name in ("id_token", "access_token", "refresh_token")}
        return {"claims": kept["claims"], "userinfo": kept["userinfo"], **tokens}
    session["max_age"] = request.args.get("max_age")
    return client.authorize_redirect(f"{base}/callback", **request.args)


@app.get("/callback")
def callback():
    token = client.authorize_access_token()
    claims = token.pop("userinfo")
    max_age = session.pop("max_age", None)
    if max_age is not None and claims["auth_time"] + int(max_age) + CLOCK_SKEW < time.time():
        raise Refused(f"auth_time {claims['auth_time']} is too long ago")
    key = secrets.token_urlsafe(16)
    kept = signed_in[key] = {"nonce": claims["nonce"]}
    keep(kept, token)
    # An identity token that comes with a refresh has no nonce.
    kept["nonce"] = None
    session["key"] = key
    return redirect("/account")


@app.get("/refresh")
def refresh():
    kept = own()
    token = talk().refresh_token(endpoint("token"), refresh_token=kept["token"]["refresh_token"])
    keep(kept, token)
    return redirect("/account")


@app.get("/userinfo")
def userinfo():
    return dict(client.userinfo(token=own()["token"]))


@app.get("/introspect")
def introspect():
    answer = talk().introspect_token(endpoint("introspection"), token=request.args["token"])
    answer.raise_for_status()
    return answer.json()


@app.get("/revoke")
def revoke():
    token = own()["token"]["refresh_token"]
    talk().revoke_token(endpoint("revocation"), token=token, token_type_hint="refresh_token").raise_for_status()
    return {"revoked": True}


@app.get("/logout")
def logout():
    kept = own()
    del signed_in[session.pop("key")]
    return client.logout_redirect(f"{base}/out", id_token_hint=kept["token"]["id_token"])


@app.get("/out")
def out():
    client.validate_logout_response()
    return "<!doctype html><p>Signed out.</p>"


@app.post("/backchannel")
def backchannel():
    keys = KeySet.import_key_set(client.fetch_jwk_set(force=True))
    algorithms = client.load_server_metadata()["id_token_signing_alg_values_supported"]
    token = jwt.decode(request.form["logout_token"], key=keys, registry=JWSRegistry(algorithms=algorithms))
    claims = token.claims
    essential = {"essential": True}
    jwt.JWTClaimsRegistry(
        leeway=CLOCK_SKEW,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": asked["client_id"]},
        iat=essential,
        exp=essential,
        jti=essential,
    ).validate(claims)
    if token.header.get("typ") != "logout+jwt" or claims["events"].get(EVENT) != {} or "nonce" in claims:
        raise Refused(f"it is no logout token: {token.header}, {claims}")
    if claims["jti"] in taken:
        raise Refused("the logout token was taken before")
    taken.add(claims["jti"])
    ended = [key for key, kept in signed_in.items() if is_meant(claims, kept["claims"])]
    for key in ended:
        del signed_in[key]
    print(f"back-channel logout ended {len(ended)}", file=sys.stderr)
    return "", 200, {"Cache-Control": "no-store"}


def is_meant(told, claims):
    """The session, and where none is named all of the person's."""
    if told["sub"] != claims["sub"]:
        return False
    return "sid" not in told or told["sid"] == claims["sid"]


@app.get("/jwks")
def jwks():
    return {"keys": [{**RSAKey.import_key(own_key).as_dict(private=False), "use": "sig"}]}


@app.errorhandler(Exception)
def refused(error):
    traceback.print_exc()
    return f"<!doctype html><p>{html.escape(f'{type(error).__name__}: {error}')}</p>", 400


host, port = base.removeprefix("http://").split(":")
server = make_server(host, int(port), app, threaded=True)
print(f"listening {base}", flush=True)
server.serve_forever()
