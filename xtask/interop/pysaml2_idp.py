"""An identity provider made of pysaml2, for `cargo xtask interop` alone: loopback, test keys, one person.

    pysaml2_idp.py FOLDER ENTITY_ID

FOLDER holds sp.xml, the service provider's metadata; keys are made there.
How a response is signed and encrypted stands in FOLDER/answer.json, which is read for each one:
{"sign": "assertion" | "response" | "both", "encrypt": null or the name of a method, "key": "own" | "foreign"}.
The first line that is printed says where it listens.
"""

import base64
import datetime
import html
import json
import pathlib
import re
import secrets
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import get_pem_wrapped_unwrapped, pre_encryption_part, verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

XMLENC, XMLENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
# The method, and what xmlsec1 calls a key for it.
METHODS = {
    "aes128-cbc": (XMLENC + "aes128-cbc", "aes-128"),
    "aes256-cbc": (XMLENC + "aes256-cbc", "aes-256"),
    "aes256-gcm": (XMLENC11 + "aes256-gcm", "aes-256"),
    "tripledes-cbc": (XMLENC + "tripledes-cbc", "des-192"),
}
PASSWORD_CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
PERSON = {
    CLAIMS + "name": "ada@pysaml2.example",
    CLAIMS + "emailaddress": "ada@pysaml2.example",
    CLAIMS + "givenname": "Ada",
    CLAIMS + "surname": "Lovelace",
}
PERSISTENT = NameID(format=NAMEID_FORMAT_PERSISTENT, text="pysaml2-0001")

FOLDER, ENTITY_ID = pathlib.Path(sys.argv[1]), sys.argv[2]


def make_key(name):
    """Makes a key and a certificate of its own, and says where they are."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"interop {name}")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key_file, certificate_file = FOLDER / f"{name}.key", FOLDER / f"{name}.crt"
    key_file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    )
    certificate_file.write_bytes(certificate.public_bytes(pem))
    return {"key_file": str(key_file), "cert_file": str(certificate_file)}


class IdentityProvider(Server):
    """pysaml2's, which encrypts by the method that it is told, where it would take Triple DES."""

    method = None

    def _encrypt_assertion(self, encrypt_cert, sp_entity_id, response, node_xpath=None):
        algorithm, key_type = METHODS[self.method]
        name, certificate = self.metadata.certs(sp_entity_id, "any", "encryption")[0]
        wrapped, unwrapped = get_pem_wrapped_unwrapped(certificate)
        template = pre_encryption_part(msg_enc=algorithm, key_name=name, encrypt_cert=unwrapped)
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(wrapped)
            file.flush()
            return self.sec.encrypt_assertion(response, file.name, template, key_type, node_xpath)


def provider(base, keys):
    """A provider at this address, with these keys."""
    sso, slo = f"{base}/sso", f"{base}/slo"
    service = {
        "endpoints": {
            "single_sign_on_service": [(sso, BINDING_HTTP_REDIRECT), (sso, BINDING_HTTP_POST)],
            "single_logout_service": [(slo, BINDING_HTTP_REDIRECT)],
        },
        "want_authn_requests_signed": True,
        "name_id_format": [NAMEID_FORMAT_PERSISTENT],
        "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
    }
    config = {
        "entityid": ENTITY_ID,
        "metadata": {"local": [str(FOLDER / "sp.xml")]},
        "allow_unknown_attributes": True,
        "service": {"idp": service},
        **keys,
    }
    return IdentityProvider(config=IdPConfig().load(config))


class Sites:
    """What the pages share: both providers, who has yet to sign in, and the indexes of the sessions that are open."""

    def __init__(self, base):
        self.honest = provider(base, make_key("own"))
        self.thief = provider(base, make_key("foreign"))
        self.sp = list(self.honest.metadata.keys())[0]
        self.waiting = {}
        self.sessions = []

    def respond(self, request_id, acs, relay_state):
        """The page that carries a response to the service provider."""
        answer = json.loads((FOLDER / "answer.json").read_text())
        signer = self.thief if answer["key"] == "foreign" else self.honest
        signer.method = answer["encrypt"]
        response = signer.create_authn_response(
            dict(PERSON),
            request_id,
            acs,
            self.sp,
            name_id=PERSISTENT,
            userid="ada",
            authn={"class_ref": PASSWORD_CLASS, "authn_auth": ENTITY_ID},
            sign_response=answer["sign"] in ("response", "both"),
            sign_assertion=answer["sign"] in ("assertion", "both"),
            encrypt_assertion=answer["encrypt"] is not None,
            sign_alg=SIG_RSA_SHA256,
            digest_alg=DIGEST_SHA256,
        )
        # pysaml2 draws the index itself and keeps it to itself; in an encrypted assertion it cannot be seen.
        self.sessions += re.findall(r'SessionIndex="([^"]+)"', str(response))
        fields = {"SAMLResponse": base64.b64encode(str(response).encode()).decode(), "RelayState": relay_state}
        return form(acs, {name: value for name, value in fields.items() if value})

    def ask(self, query, binding):
        """The page that asks for a name and a password, once pysaml2 has taken the request."""
        signature = {"relay_state": query.get("RelayState")}
        signature.update(sigalg=query.get("SigAlg"), signature=query.get("Signature"))
        request = self.honest.parse_authn_request(
            query["SAMLRequest"], binding, **(signature if query.get("Signature") else {})
        ).message
        acs = self.honest.response_args(request, [BINDING_HTTP_POST])["destination"]
        token = secrets.token_urlsafe(16)
        self.waiting[token] = (request.id, acs, query.get("RelayState"))
        return form("/login", {"token": token, "username": "", "password": ""})

    def log_out(self, query, binding):
        """Takes a signed request for logout, or the signed answer to ours."""
        signature = {"relay_state": query.get("RelayState"), "sigalg": query.get("SigAlg")}
        signature["signature"] = query["Signature"]
        if "SAMLResponse" in query:
            # pysaml2 reads an answer without the signature of its address, which must hold as well.
            if not self.signed(query, "SAMLResponse"):
                raise ValueError("the answer is not signed by the service provider")
            answer = self.honest.parse_logout_request_response(query["SAMLResponse"], binding)
            if not answer or not answer.status_ok():
                raise ValueError("the service provider did not log out")
            return "<!doctype html><p>Signed out everywhere.</p>"
        request = self.honest.parse_logout_request(query["SAMLRequest"], binding, **signature).message
        ended = {index.text for index in request.session_index}
        if request.name_id.text != PERSISTENT.text or not ended & set(self.sessions):
            raise ValueError("the request names no session")
        self.sessions = [session for session in self.sessions if session not in ended]
        answer = self.honest.create_logout_response(request, [binding], sign=False)
        service = self.honest.response_args(request, [binding])
        return self.redirect(str(answer), service["destination"], query.get("RelayState", ""), response=True)

    def signed(self, query, message):
        """Whether the service provider signed this query."""
        certificates = [pair[1] for pair in self.honest.metadata.certs(self.sp, "spsso", "signing")]
        signed = {name: query[name] for name in (message, "RelayState", "SigAlg", "Signature") if name in query}
        return any(verify_redirect_signature(signed, self.honest.sec.sec_backend, one) for one in certificates)

    def ask_to_log_out(self):
        """A signed request for logout of all sessions, to the service provider."""
        service = self.honest.metadata.single_logout_service(self.sp, BINDING_HTTP_REDIRECT, "spsso")
        where, indexes = service[0]["location"], self.sessions
        self.sessions = []
        _, request = self.honest.create_logout_request(
            where, self.sp, name_id=PERSISTENT, session_indexes=indexes, sign=False
        )
        return self.redirect(str(request), where, "", response=False)

    def redirect(self, message, where, relay_state, response):
        """An address with a message and its signature."""
        sent = self.honest.apply_binding(
            BINDING_HTTP_REDIRECT, message, where, relay_state, response=response, sign=True, sigalg=SIG_RSA_SHA256
        )
        return Redirect(dict(sent["headers"])["Location"])

    def page(self, path, query, binding):
        """The page at this path, or none."""
        if path == "/metadata":
            return str(entity_descriptor(self.honest.config))
        if path == "/sso":
            return self.ask(query, binding)
        if path == "/login" and (query.get("username"), query.get("password")) == ("ada", "ada"):
            return self.respond(*self.waiting.pop(query["token"]))
        if path == "/unsolicited":
            service = self.honest.metadata.assertion_consumer_service(self.sp, BINDING_HTTP_POST)
            return self.respond(None, service[0]["location"], None)
        if path == "/slo":
            return self.log_out(query, binding)
        if path == "/log-out":
            return self.ask_to_log_out()
        return None


class Redirect(str):
    """An address to go to, in place of a page."""


def form(action, fields):
    """A page with one form."""
    inputs = "".join(f'<input name="{name}" value="{html.escape(value)}">' for name, value in fields.items())
    return f'<!doctype html><form method="post" action="{html.escape(action)}">{inputs}</form>'


class Handler(BaseHTTPRequestHandler):
    """One request."""

    sites = None

    def do_GET(self):
        self.answer(urlsplit(self.path).query, BINDING_HTTP_REDIRECT)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self.answer(self.rfile.read(length).decode(), BINDING_HTTP_POST)

    def answer(self, encoded, binding):
        try:
            page = self.sites.page(urlsplit(self.path).path, dict(parse_qsl(encoded)), binding)
            status, body = (200, page) if page else (404, "there is no such page")
        except Exception as error:  # whatever it is, the run must show it
            status, body = 400, html.escape(f"{type(error).__name__}: {error}")
        target, body = (body, b"") if isinstance(body, Redirect) else (None, body.encode())
        self.send_response(303 if target else status)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
# Another site than Landfall's, as in the world: browsers tell them apart by the name of the host.
base = f"http://localhost:{server.server_address[1]}"
Handler.sites = Sites(base)
print(f"listening {base}", flush=True)
server.serve_forever()
