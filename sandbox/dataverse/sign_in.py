"""The authority's sign-in page: a plain form that people, and browsers without scripts, can fill in.

Source: learn.microsoft.com, "Microsoft identity platform and OAuth 2.0 authorization code flow".
"""

from __future__ import annotations

import html
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.common.clock import Clock
from sandbox.common.wire import Request, Response
from sandbox.dataverse.directory import Account, Directory, SignInProblem

CODE_SECONDS = 600
MODES = ("query", "fragment", "form_post")
PROMPTS = ("", "login", "none", "consent", "select_account")
FIELDS = (
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "resource",
    "state",
    "nonce",
    "prompt",
    "response_mode",
    "code_challenge",
    "code_challenge_method",
)


@dataclass(slots=True)
class Code:
    """An authorization code that waits to be redeemed."""

    account: Account
    fields: dict[str, str]
    expires: float


class SignIn:
    """Shows the page, checks who signs in, and sends the browser back with a code. Nobody stays signed in."""

    def __init__(self, clock: Clock, directory: Directory) -> None:
        self._clock = clock
        self._directory = directory
        self._codes: dict[str, Code] = {}

    def answer(self, request: Request) -> Response:
        """GET shows the form, POST is its submission."""
        source = request.body.decode("utf-8", "replace") if request.verb == "POST" else request.query_string
        fields = dict(parse_qsl(source, keep_blank_values=True))
        problem = self._problem(fields)
        if problem is not None:
            return _page(400, f'<h1>Sign in</h1><p role="alert">{html.escape(problem)}</p>')
        if "scope" not in fields and fields.get("resource"):
            fields["scope"] = f"{fields['resource'].rstrip('/')}/.default openid offline_access"
        if fields.get("prompt") == "none":
            text = "AADSTS50058: A silent sign-in request was sent but no user is signed in."
            return _return(
                fields, {"error": "login_required", "error_description": text, "state": fields.get("state", "")}
            )
        if request.verb == "GET":
            return _form(fields, "")
        if "cancel" in fields:
            text = "AADSTS65004: User declined to consent to access the app."
            return _return(
                fields, {"error": "access_denied", "error_description": text, "state": fields.get("state", "")}
            )
        return self._signed_in(fields)

    def redeem(self, code: str) -> Code | None:
        """What a code stands for; it can be redeemed once."""
        held = self._codes.pop(code, None)
        return held if held is not None and held.expires > self._clock.seconds() else None

    def _signed_in(self, fields: dict[str, str]) -> Response:
        account = self._directory.signed_in(fields.get("username", ""), fields.get("password", ""))
        if isinstance(account, SignInProblem):
            return _form(fields, f"AADSTS{account.number}: {account.text}")
        code = uuid.uuid4().hex
        self._codes[code] = Code(account, fields, self._clock.seconds() + CODE_SECONDS)
        return _return(fields, {"code": code, "state": fields.get("state", ""), "session_state": uuid.uuid4().hex})

    def _problem(self, fields: dict[str, str]) -> str | None:
        """What is wrong with the request; the browser is not sent anywhere then."""
        client = fields.get("client_id", "")
        if client not in self._directory.applications:
            return (
                f"AADSTS700016: Application with identifier '{client}' was not found in the directory "
                f"'{self._directory.domain}'."
            )
        if fields.get("response_type") != "code":
            return "AADSTS700054: response_type 'code' is the only one the sandbox has."
        address = fields.get("redirect_uri", "")
        if not is_redirect(address):
            return (
                f"AADSTS50011: The redirect URI '{address}' specified in the request does not match the redirect URIs "
                f"configured for the application '{client}'."
            )
        if fields.get("response_mode", "query") not in MODES:
            return f"AADSTS900144: response_mode is one of {', '.join(MODES)}."
        if fields.get("prompt", "") not in PROMPTS:
            return f"AADSTS90023: The prompt '{fields['prompt']}' is not valid."
        return None


def is_redirect(address: str) -> bool:
    """Whether an application may have this reply address: https, or http on this machine."""
    parts = urlsplit(address)
    if parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))


def _return(fields: dict[str, str], answer: dict[str, str]) -> Response:
    """Send the browser back to the application, as its response mode says."""
    address, mode = fields["redirect_uri"], fields.get("response_mode", "query")
    if mode == "form_post":
        inputs = "".join(_hidden(name, value) for name, value in answer.items())
        script = "<script>document.forms[0].submit()</script>"
        form = f'<form method="post" action="{html.escape(address)}">{inputs}<button>Continue</button></form>'
        return _page(200, form + script)
    mark = "#" if mode == "fragment" else "&" if "?" in address else "?"
    return Response(302, {"location": f"{address}{mark}{urlencode(answer)}"})


def _page(status: int, inner: str) -> Response:
    head = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head>'
    text = f"{head}<body>{inner}</body></html>"
    return Response(status, {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}, text.encode())


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'


def _form(fields: dict[str, str], problem: str) -> Response:
    hidden = "".join(_hidden(name, fields[name]) for name in FIELDS if name in fields)
    user = html.escape(fields.get("username", fields.get("login_hint", "")))
    asked = ", ".join(html.escape(name) for name in fields.get("scope", "").split())
    consent = f"<p>The application asks for: {asked}</p>" if fields.get("prompt") == "consent" else ""
    return _page(
        200,
        f'<h1>Sign in to the sandbox</h1><p role="alert">{html.escape(problem)}</p><form method="post">{hidden}{consent}'
        f'<p><label>User <input name="username" autocomplete="username" value="{user}"></label></p>'
        '<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>'
        '<p><button type="submit">Sign in</button> <button type="submit" name="cancel" value="1">Cancel</button></p></form>',
    )
