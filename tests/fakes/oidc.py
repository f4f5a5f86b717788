"""An organization's authority on loopback: discovery, token endpoint, identity tokens; it checks PKCE and the client's secret.

The stand-in authority of the sandbox issues tokens for Dataverse only, so it cannot play this part.
"""

import base64
import hashlib
import http.server
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

CLIENT_ID, CLIENT_SECRET = "connector", "s3cret"
KEY = "a key of the fake, which nobody trusts but over its own connection"


class FakeAuthority:
    """One authority; `claims` is who signs in next, `broken` lets it answer nonsense."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.broken = ""
        self.problems: list[str] = []
        self._challenges: dict[str, str] = {}
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}/tenant/v2.0"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def sign_in(self, location: str) -> dict[str, str]:
        """Do what a browser and a person do at the authorization endpoint; return the answer's parameters."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = f"code-{len(self._challenges)}"
        self._challenges[code] = asked.get("code_challenge", "")
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Return status and body for one request."""
        root = self.issuer.removesuffix("/v2.0")
        if path.endswith("/.well-known/openid-configuration"):
            if self.broken == "discovery":
                return 500, {}
            return 200, {
                "issuer": self.issuer if self.broken != "issuer" else "https://elsewhere.example/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "jwks_uri": f"{root}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path.endswith("/token"):
            return self._token(form)
        return 404, {}

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != self._challenges.get(form.get("code", "")):
            self.problems.append("pkce")
        if form.get("client_secret") != CLIENT_SECRET:
            self.problems.append("secret")
        if self.problems:
            return 400, {"error": "invalid_grant"}
        audience = "somebody else" if self.broken == "audience" else CLIENT_ID
        claims = {"iss": self.issuer, "aud": audience, "iat": int(time.time()), "exp": int(time.time()) + 300}
        token = jwt.encode({**claims, **self.claims}, KEY, algorithm="HS256")
        return 200, {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _say(self, form: dict[str, str]) -> None:
                status, body = fake.answer(self.path, form)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self._say({})

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._say({name: values[0] for name, values in parse_qs(sent).items()})

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        return Handler
