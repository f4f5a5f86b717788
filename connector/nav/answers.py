"""What NAV's refusals mean: one table from error code to our error tree.

The code decides, never the status: 409 is a moved record as well as a duplicate, 400 a bad value as well as a missing right.
Source: learn.microsoft.com, "OData V4 error codes" of Business Central; NAV 2017 gives the same codes.
"""

from urllib.parse import urlsplit

from connector import odata
from connector.errors import (
    AuthenticationError,
    ConfigurationError,
    DuplicateRecord,
    IntegrationError,
    LockTaken,
    NotFound,
    PermissionMissing,
    ServerUnavailable,
    Throttled,
    Timeout,
    ValidationRejected,
    VersionConflict,
)
from connector.transport import Answer, Call, retry_after_seconds

DEFAULT_THROTTLE_SECONDS = 5.0
DUPLICATE = frozenset({"Internal_EntityWithSameKeyExists"})
MOVED = frozenset({"Request_EntityChanged"})
GONE = frozenset({"Internal_RecordNotFound", "BadRequest_NotFound", "Internal_DataNotFoundFilter"})
NO_SERVICE = frozenset({"BadRequest_ResourceNotFound"})
READ_ONLY = frozenset({"BadRequest_MethodNotAllowed", "BadRequest_InvalidOperation"})
BUSY = frozenset({"Internal_ServerError", "Internal_TenantUnavailable"})
OUR_BUG = frozenset({"BadRequest_InvalidToken", "BadRequest_InvalidRequestUrl", "BadRequest_MethodNotImplemented"})


def explain(answer: Answer, call: Call) -> IntegrationError:
    """Return the typed error for an answer with an error status."""
    if answer.status == 401:
        return sign_in_error(answer)
    if odata.looks_like_a_page(answer.content_type, answer.body):
        return odata.wrong_instance_error(urlsplit(call.url).path) if answer.status == 404 else odata.page_error()
    found = odata.error_body(answer.content_type, answer.body)
    error = meaning(
        answer.status,
        found.code,
        sentence(found.message),
        retry_after_seconds(answer.headers, DEFAULT_THROTTLE_SECONDS),
    )
    if isinstance(error, ServerUnavailable):
        error.retry_after = retry_after_seconds(answer.headers)
    return error


def sign_in_error(answer: Answer) -> AuthenticationError:
    """Return the error for 401: a server that only offers Windows sign-in is told from a wrong key."""
    offered = answer.headers.get("WWW-Authenticate", "").lower()
    if offered and "basic" not in offered and "bearer" not in offered:
        return AuthenticationError(
            "NAV offers only Windows sign-in here. Set the server instance's Credential Type to NavUserPassword (with a "
            "certificate for its OData services), restart the instance, then use a user with a web service access key.",
            code="windows_only",
        )
    return AuthenticationError(
        "NAV refuses user and web service access key. Check the user name, and make a new key on the NAV user's card "
        "(Change Web Service Key); a key may also have expired.",
        code="Authentication_InvalidCredentials",
    )


def meaning(status: int, code: str, text: str, retry_after: float = DEFAULT_THROTTLE_SECONDS) -> IntegrationError:
    """Return the typed error for a code, or for a bare status where there is no code we know."""
    if status == 429:
        return Throttled("NAV asks for a pause: too many requests.", retry_after=retry_after, code=code or "429")
    return _by_code(code, text) or _by_status(status, code, text)


def _by_code(code: str, text: str) -> IntegrationError | None:
    if code in MOVED:
        return VersionConflict("The record in NAV was changed by somebody else since it was read.", code=code)
    if code in DUPLICATE:
        return DuplicateRecord(f"A record with this key is in NAV already. {text}".strip(), code=code)
    if code in GONE:
        return NotFound(f"The record is not in NAV (any more). {text}".strip(), code=code)
    if code == "Internal_CompanyNotFound":
        return ConfigurationError(
            "NAV does not have this company. Choose the company by the exact name that NAV shows.", code=code
        )
    if code in NO_SERVICE:
        return ConfigurationError(
            f"NAV does not publish this page service. Publish it on NAV's Web Services page. {text}".strip(), code=code
        )
    if code in READ_ONLY:
        return ConfigurationError(
            f"NAV serves this page for reading only. Publish the card page, or the connector's object pack. {text}".strip(),
            code=code,
        )
    if code.startswith("Authorization_"):
        return PermissionMissing(
            f"The NAV user lacks a right. Add it to the user's permission sets. {text}".strip(), code=code
        )
    if code in BUSY:
        return ServerUnavailable(f"NAV has a failure of its own. {text}".strip(), outcome_unknown=True, code=code)
    if code in OUR_BUG:
        return ConfigurationError(
            f"NAV does not understand a request of the connector ({code}). {text}".strip(), code=code
        )
    return None


def _by_status(status: int, code: str, text: str) -> IntegrationError:
    if status == 403:
        return PermissionMissing(f"The NAV user may not do this. {text}".strip(), code=code or "403")
    if status in {408, 504}:
        return Timeout(f"NAV did not finish in time. {text}".strip(), outcome_unknown=True, code=code or str(status))
    if status == 409:
        return LockTaken(
            f"Somebody else holds the record or its table in NAV at the moment. {text}".strip(), code=code or "409"
        )
    if status == 412:
        return VersionConflict("The record in NAV was changed by somebody else since it was read.", code=code or "412")
    if status == 404:
        return ConfigurationError(f"NAV has nothing at this address. {text}".strip(), code=code or "404")
    if status >= 500 and status != 501:
        return ServerUnavailable(
            f"NAV has a failure of its own ({status}). {text}".strip(), outcome_unknown=True, code=code or str(status)
        )
    return ValidationRejected(
        f"NAV refuses the record: {text}" if text else f"NAV refuses the request ({status}) without a reason.",
        code=code or str(status),
    )


def sentence(message: str) -> str:
    """Return the server's message without its correlation tail, at most 400 characters, ending like a sentence."""
    text = " ".join(message.split("CorrelationId:", maxsplit=1)[0].split())
    text = text if len(text) <= 400 else text[:399] + "…"
    return text if not text or text[-1] in ".!?…" else text + "."
