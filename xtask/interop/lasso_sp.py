"""A service provider made of lasso's Python module, for `cargo xtask interop` alone; `sp_pages.py` says what FOLDER holds.

    lasso_sp.py FOLDER

What lasso leaves to the program around it is done here with lasso's own functions: conditions, and the session index.
"""

import types

import lasso
from sp_pages import Refused, serve

NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:"
# Seconds.
CLOCK_SKEW = 60
# lasso writes no metadata of its own.
METADATA = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{base}/metadata">
<SPSSODescriptor AuthnRequestsSigned="{sign}" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}
</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleLogoutService Binding="{bindings}HTTP-Redirect" Location="{base}/slo"/>
<AssertionConsumerService Binding="{bindings}HTTP-POST" Location="{base}/acs" index="0" isDefault="true"/>
</SPSSODescriptor></EntityDescriptor>"""


class ServiceProvider:
    """lasso's server, with one identity provider."""

    def __init__(self, base, folder, asked):
        self.sign, self.base = asked["sign"], base
        key, certificate = (folder / "sp.key").read_text(), (folder / "sp.crt").read_text()
        text = "".join(line for line in certificate.splitlines() if "-----" not in line)
        own = METADATA.format(base=base, sign=str(self.sign).lower(), certificate=text, bindings=BINDINGS)
        self.own = own
        self.server = lasso.Server.newFromBuffers(own, key, None, certificate)
        self.server.signatureMethod = lasso.SIGNATURE_METHOD_RSA_SHA256
        self.server.setEncryptionPrivateKey(str(folder / "sp.key"))
        self.server.addProvider(lasso.PROVIDER_ROLE_IDP, str(folder / "idp.xml"))
        self.idp = next(iter(self.server.providerIds))

    def metadata(self):
        return self.own

    def begin(self):
        login = lasso.Login(self.server)
        login.initAuthnRequest(self.idp, lasso.HTTP_METHOD_REDIRECT)
        login.request.nameIdPolicy = None
        login.request.protocolBinding = BINDINGS + "HTTP-POST"
        login.setSignatureHint(
            lasso.PROFILE_SIGNATURE_HINT_FORCE if self.sign else lasso.PROFILE_SIGNATURE_HINT_FORBID
        )
        login.buildAuthnRequestMsg()
        return login.request.iD, login.dump(), login.msgUrl

    def accept(self, fields, kept):
        login = lasso.Login.newFromDump(self.server, kept) if kept else lasso.Login(self.server)
        login.processAuthnResponseMsg(fields["SAMLResponse"])
        login.acceptSso()
        assertion = login.assertion
        self.check(assertion)
        texts = {
            attribute.name: [node.content for value in attribute.attributeValue for node in value.any]
            for statement in assertion.attributeStatement
            for attribute in statement.attribute
        }
        return types.SimpleNamespace(
            name=texts[NAME][0],
            session=login.session.dump(),
        )

    def check(self, assertion):
        """Time and audience, by lasso's own rules."""
        for verdict in (assertion.validateTimeChecks(CLOCK_SKEW), assertion.validateAudience(f"{self.base}/metadata")):
            if verdict != lasso.SAML2_ASSERTION_VALID:
                raise Refused(f"lasso's verdict on the conditions is {verdict}")

    def ask_to_log_out(self, session):
        logout = lasso.Logout(self.server)
        logout.setSessionFromDump(session.session)
        logout.initRequest(None, lasso.HTTP_METHOD_REDIRECT)
        logout.buildRequestMsg()
        return logout.msgUrl

    def leave(self, query, fields, session):
        logout = lasso.Logout(self.server)
        logout.setSessionFromDump(session.session)
        if "SAMLResponse" in fields:
            logout.processResponseMsg(query)
            return None, True
        logout.processRequestMsg(query)
        logout.validateRequest()
        logout.buildResponseMsg()
        return logout.msgUrl, True


serve(ServiceProvider)
