"""The pages of a service provider on loopback, for the drivers beside this file: who speaks SAML is theirs.

A driver gives `serve` a class, which is made with the address, the folder and what stands in FOLDER/asked.json:
{"sign": whether requests are to be signed, "unsolicited": whether a response may come that nobody asked for,
"metadata_url": where the identity provider publishes its metadata}.
FOLDER holds idp.xml too, and the key of the service provider as sp.key and sp.crt.

The class has these methods; what it raises becomes a page with status 400 that names it.
  metadata()                  a text
  begin()                     the id of a request, what to keep of it, and where to go with it
  accept(fields, kept)        a session: anything with a `name`; `kept` is None where the browser has no login pending
  ask_to_log_out(session)     where to go to leave
  leave(query, fields, session)
                              takes a request for logout, or the answer to ours: where to go on, or None, and whether
                              the session is over
"""

import html
import json
import pathlib
import secrets
import sys
import traceback
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Refused(Exception):
    """What a driver refuses by itself, because the library leaves it to the program around it."""


class Pages(BaseHTTPRequestHandler):
    """One request."""

    provider = None
    # What was kept of each login that is pending, and each session, by what stands in a cookie.
    pending, sessions = {}, {}

    def do_GET(self):
        url = urlsplit(self.path)
        self.answer(url.path, url.query, dict(parse_qsl(url.query)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.answer("POST " + urlsplit(self.path).path, "", dict(parse_qsl(body)))

    def answer(self, path, query, fields):
        try:
            status, headers, body = self.page(path, query, fields)
        except Exception as error:  # whatever it is, the run must show it
            traceback.print_exc()
            status, headers, body = 400, [], f"<!doctype html><p>{html.escape(name(error))}</p>"
        self.send_response(status)
        for header in [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body.encode())))]:
            self.send_header(*header)
        for header in headers:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body.encode())

    def page(self, path, query, fields):
        """Status, headers and body."""
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        held = {key: morsel.value for key, morsel in cookies.items()}
        session = self.sessions.get(held.get("session"))
        if path == "/metadata":
            return 200, [], self.provider.metadata()
        if path == "/account" and session:
            return 200, [], f"<!doctype html><p>Signed in: {html.escape(session.name)}</p>"
        if path == "/account":
            identifier, kept, address = self.provider.begin()
            self.pending[identifier] = kept
            # The response comes from another site.
            return to(address, f"pending={identifier}; Path=/acs; HttpOnly; Secure; SameSite=None")
        if path == "POST /acs":
            # Once: a response that comes again answers nothing.
            session = self.provider.accept(fields, self.pending.pop(held.get("pending"), None))
            token = secrets.token_urlsafe(16)
            self.sessions[token] = session
            return to("/account", f"session={token}; Path=/; HttpOnly; SameSite=Lax")
        if path == "/logout" and session:
            return to(self.provider.ask_to_log_out(session))
        if path == "/slo" and session:
            address, over = self.provider.leave(query, fields, session)
            if over:
                del self.sessions[held["session"]]
            return to(address) if address else (200, [], "<!doctype html><p>Signed out.</p>")
        return 404, [], "<!doctype html><p>There is no such page, or nobody is signed in.</p>"


def to(address, cookie=None):
    """A redirect."""
    return 303, [("Location", address)] + ([("Set-Cookie", cookie)] if cookie else []), ""


def name(error):
    """What an error is and says."""
    return f"{type(error).__name__}: {error}"


def serve(make):
    """Serves the pages of a driver; the first line that is printed says where it listens."""
    folder = pathlib.Path(sys.argv[1])
    asked = json.loads((folder / "asked.json").read_text())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    base = f"http://127.0.0.1:{server.server_address[1]}"
    Pages.provider = make(base, folder, asked)
    print(f"listening {base}", flush=True)
    server.serve_forever()
