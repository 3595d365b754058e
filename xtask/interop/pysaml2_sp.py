"""A service provider made of pysaml2, for `cargo xtask interop` alone; `sp_pages.py` says what FOLDER holds.

    pysaml2_sp.py FOLDER

It fetches the metadata of the identity provider by itself, and checks their signature with the key that they list.
"""

import pathlib
import re
import sys
import types
import xml.etree.ElementTree as ElementTree

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.sigver import verify_redirect_signature
from saml2.xmldsig import SIG_RSA_SHA256
from sp_pages import Refused, serve

METADATA, XMLDSIG = "{urn:oasis:names:tc:SAML:2.0:metadata}", "{http://www.w3.org/2000/09/xmldsig#}"
NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"


class ServiceProvider:
    """pysaml2's client, with the settings of a service provider that wants a signature somewhere."""

    def __init__(self, base, folder, asked):
        self.sign = asked["sign"]
        keys = {"key_file": str(folder / "sp.key"), "cert_file": str(folder / "sp.crt")}
        listed = certificate(folder)
        service = {
            "endpoints": {
                "assertion_consumer_service": [(f"{base}/acs", BINDING_HTTP_POST)],
                "single_logout_service": [(f"{base}/slo", BINDING_HTTP_REDIRECT)],
            },
            "want_response_signed": False,
            "want_assertions_signed": False,
            "want_assertions_or_response_signed": True,
            "authn_requests_signed": asked["sign"],
            "allow_unsolicited": asked["unsolicited"],
        }
        config = {
            "entityid": f"{base}/metadata",
            "metadata": {"remote": [{"url": asked["metadata_url"], "cert": listed}]},
            "allow_unknown_attributes": True,
            "encryption_keypairs": [keys],
            "service": {"sp": service},
            **keys,
        }
        self.client = Saml2Client(config=SPConfig().load(config))
        self.idp = next(iter(self.client.metadata.with_descriptor("idpsso")))

    def metadata(self):
        return str(entity_descriptor(self.client.config))

    def begin(self):
        identifier, sent = self.client.prepare_for_authenticate(
            self.idp, binding=BINDING_HTTP_REDIRECT, sign=self.sign, sigalg=SIG_RSA_SHA256
        )
        return identifier, identifier, location(sent)

    def accept(self, fields, kept):
        outstanding = {kept: "/account"} if kept else {}
        response = self.client.parse_authn_request_response(fields["SAMLResponse"], BINDING_HTTP_POST, outstanding)
        if response is None:
            raise Refused("pysaml2 gives no reason")
        given = response.ava.get(NAME) or response.ava["name"]
        return types.SimpleNamespace(name=given[0], name_id=response.name_id)

    def ask_to_log_out(self, session):
        sent = self.client.global_logout(session.name_id, sign=True, sign_alg=SIG_RSA_SHA256)
        binding, message = sent[self.idp]
        if binding != BINDING_HTTP_REDIRECT:
            raise Refused(f"the request would go by {binding}")
        return location(message)

    def leave(self, query, fields, session):
        if "SAMLResponse" in fields:
            # pysaml2 reads an answer without the signature of its address, which must hold as well.
            if not self.signed(fields, "SAMLResponse"):
                raise Refused("the answer is not signed by the identity provider")
            answer = self.client.parse_logout_request_response(fields["SAMLResponse"], BINDING_HTTP_REDIRECT)
            if not answer.status_ok():
                raise Refused("the identity provider did not log out")
            self.client.handle_logout_response(answer)
            return None, True
        signature = {name.lower(): fields[name] for name in ("SigAlg", "Signature")}
        sent = self.client.handle_logout_request(
            fields["SAMLRequest"],
            session.name_id,
            BINDING_HTTP_REDIRECT,
            sign=True,
            sign_alg=SIG_RSA_SHA256,
            relay_state=fields.get("RelayState"),
            **signature,
        )
        # It compares whole NameIDs, and forgets the person if they are the same.
        over = not self.client.is_logged_in(session.name_id)
        print("pysaml2 ends the session" if over else "pysaml2 keeps the session", file=sys.stderr)
        return location(sent), over

    def signed(self, fields, message):
        """Whether the identity provider signed this query."""
        certificates = [pair[1] for pair in self.client.metadata.certs(self.idp, "idpsso", "signing")]
        signed = {name: fields[name] for name in (message, "RelayState", "SigAlg", "Signature") if name in fields}
        return any(verify_redirect_signature(signed, self.client.sec.sec_backend, one) for one in certificates)


def certificate(folder):
    """The file of the certificate with which the metadata must be signed: the first that they list for SAML."""
    role = ElementTree.fromstring((folder / "idp.xml").read_bytes()).find(f"{METADATA}IDPSSODescriptor")
    text = re.sub(r"\s", "", role.find(f".//{XMLDSIG}X509Certificate").text)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    file = pathlib.Path(folder) / "listed.crt"
    file.write_text("\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]))
    return str(file)


def location(sent):
    """Where a message goes."""
    return dict(sent["headers"])["Location"]


serve(ServiceProvider)
