"""What Dataverse's refusals mean: one table from error code to our error tree.

The code decides, never the status: 412 is a moved row as well as a duplicate, 403 a missing right as well as a limit.
The status counts only where a gateway answers without a code.
Source: learn.microsoft.com, "Web service error codes (Microsoft Dataverse)".
"""

import re

from connector import odata
from connector.errors import (
    AuthenticationError,
    ConfigurationError,
    DeltaTokenExpired,
    DuplicateRecord,
    IntegrationError,
    NotFound,
    PermissionMissing,
    RecordRejected,
    ServerUnavailable,
    Throttled,
    Timeout,
    ValidationRejected,
    VersionConflict,
)
from connector.transport import Answer, Call, retry_after_seconds

# Dataverse sends Retry-After with every throttling; this counts when a gateway dropped it.
DEFAULT_THROTTLE_SECONDS = 5.0
_PRIVILEGE = re.compile(r"prv[A-Za-z]\w+")

THROTTLED = frozenset({"0x80072322", "0x80072321", "0x80072326", "0x80072323", "0x80072324"})
NOT_FOUND = frozenset({"0x80040217", "0x80060891"})
CONFLICT = frozenset({"0x80060882"})
DUPLICATE = frozenset({"0x80040237", "0x80060892", "0x80040333", "0x80043b06", "0x80043b08", "0x80048cf3"})
PERMISSION = frozenset({"0x80040220", "0x80048306", "0x80048405"})
SIGN_IN: dict[str, str] = {
    "0x80072560": "The application is known to Microsoft Entra, but not to this environment. Create its application user there.",
    "0x80042f09": "The application user has no security role. Assign one.",
    "0x80040225": "The application user is disabled. Enable it.",
    "0x80095ffc": "The environment does not allow this application id. An administrator has to allow it.",
    "0x80041d52": "The token has expired, and another one was refused too. Check the credential.",
    "0x8004a101": "The token has expired, and another one was refused too. Check the credential.",
}
UNKNOWN_NAME = frozenset({"0x80060888", "0x80048d19", "0x80041102", "0x80041103", "0x80060890"})
SERVER_BUSY = frozenset({"0x80044150", "0x80044151", "0x80071151"})
CONFIGURATION: dict[str, str] = {
    "0x80072491": "Change tracking is not switched on for this table. Switch it on in the environment, or read the table in "
    "full.",
    "0x8006088d": "This table does not offer optimistic concurrency.",
    "0x80072325": "The environment's storage is full. An administrator has to make room.",
}


def explain(answer: Answer, call: Call) -> IntegrationError:
    """Return the typed error for an answer with an error status."""
    if odata.looks_like_a_page(answer.content_type, answer.body):
        return _page(answer, call)
    found = odata.error_body(answer.content_type, answer.body)
    error = meaning(
        answer.status, found.code, found.message, retry_after_seconds(answer.headers, DEFAULT_THROTTLE_SECONDS)
    )
    if isinstance(error, ServerUnavailable):
        error.retry_after = retry_after_seconds(answer.headers)
    return error


def meaning(status: int, code: str, message: str, retry_after: float = DEFAULT_THROTTLE_SECONDS) -> IntegrationError:
    """Return the typed error for a code, or for a bare status where there is no code we know."""
    code = normalized(code)
    text = sentence(message)
    if code in THROTTLED or (status == 429 and code not in SIGN_IN):
        return Throttled("Sales asks for a pause: too many requests.", retry_after=retry_after, code=code)
    if code == "0x80044352":
        return DeltaTokenExpired(
            "The stored position of change tracking is too old. The table is read in full again.", code=code
        )
    return _by_record_code(code, text) or _by_set_up_code(code, text) or _by_status(status, code, text)


def _by_record_code(code: str, text: str) -> IntegrationError | None:
    if code in CONFLICT:
        return VersionConflict("The record in Sales was changed by somebody else since it was read.", code=code)
    if code in NOT_FOUND:
        return NotFound(f"The record is not in Sales (any more). {text}", code=code)
    if code in DUPLICATE:
        return DuplicateRecord(f"A record with this key is in Sales already. {text}", code=code)
    return None


def _by_set_up_code(code: str, text: str) -> IntegrationError | None:
    if code in SIGN_IN:
        return AuthenticationError(f"Sales refuses the sign-in. {SIGN_IN[code]}", code=code)
    if code in PERMISSION:
        match = _PRIVILEGE.search(text)
        privilege = match.group(0) if match else ""
        name = f"the privilege {privilege}" if privilege else "a privilege"
        return PermissionMissing(
            f"The application user lacks {name}. Add it to the user's security role. {text}",
            privilege=privilege,
            code=code,
        )
    if code in CONFIGURATION:
        return ConfigurationError(f"{CONFIGURATION[code]} {text}".strip(), code=code)
    if code in SERVER_BUSY:
        return ServerUnavailable(f"Sales is busy in its database. {text}", outcome_unknown=True, code=code)
    return None


def _by_status(status: int, code: str, text: str) -> IntegrationError:
    if status == 401:
        return AuthenticationError(
            "Sales refuses the token. Check client id, secret and tenant of the connection.", code=code
        )
    if status == 403:
        return PermissionMissing(f"Sales refuses the access. {text}".strip(), code=code)
    if status in {408, 504}:
        return Timeout(f"Sales did not finish in time. {text}".strip(), outcome_unknown=True, code=code)
    if status == 413:
        return ValidationRejected("The request is larger than Sales accepts.", code=code or "413")
    if status >= 500 and status != 501:
        return ServerUnavailable(
            f"Sales has a failure of its own ({status}). {text}".strip(), outcome_unknown=True, code=code
        )
    if status == 412 and not code:
        return _bare_precondition(text)
    if code in UNKNOWN_NAME and status == 404:
        return ConfigurationError(f"Sales does not know the table or address. {text}".strip(), code=code)
    if status == 404 and not code:
        return ConfigurationError(
            "Nothing answers at this address of Sales. Check the environment's address.", code="404"
        )
    return ValidationRejected(
        text or f"Sales refuses the request ({status}) without a reason.", code=code or str(status)
    )


def _bare_precondition(text: str) -> RecordRejected:
    # The conditional-request layer sometimes sends 412 with an empty code.
    if "matching key" in text or "duplicate" in text.lower():
        return DuplicateRecord(f"A record with this key is in Sales already. {text}", code="412")
    return VersionConflict("The record in Sales was changed by somebody else since it was read.", code="412")


def _page(answer: Answer, call: Call) -> IntegrationError:
    if answer.status == 404:
        return odata.wrong_instance_error(odata_path(call.url))
    return odata.page_error()


def odata_path(url: str) -> str:
    """Return the path of a URL up to the service root's version, for a sentence."""
    path = url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    return "/" + "/".join(path.split("/")[:3])


def normalized(code: str) -> str:
    """Return a code as lower-case hex; servers also write the signed decimal form."""
    text = code.strip().lower()
    if text.lstrip("-").isdigit() and len(text) > 5:
        return f"0x{int(text) & 0xFFFFFFFF:08x}"
    return text


def sentence(message: str) -> str:
    """Return the server's message without its correlation tail, at most 400 characters, ending like a sentence."""
    text = " ".join(message.split("CorrelationId:", maxsplit=1)[0].split())
    text = text if len(text) <= 400 else text[:399] + "…"
    return text if not text or text[-1] in ".!?…" else text + "."
