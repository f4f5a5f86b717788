"""What refusals of NAV mean: the code decides, never the status."""

import pytest

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
from connector.nav.answers import explain
from connector.transport import Answer, Call
from tests.fakes.adapter import Reply, error_reply, page_reply

MESSAGE = "Not so.  CorrelationId:  8f2f3a4b-0000-0000-0000-00000000000a."


def explained(reply: Reply) -> IntegrationError:
    """Return what the client makes of an answer."""
    answer = Answer(reply.status, reply.headers, reply.body, 0.1)
    return explain(answer, Call("GET", "https://nav.example:7048/NAV/ODataV4/Company('X')/CustomerCard"))


class TestCode:
    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            pytest.param(409, "Request_EntityChanged", VersionConflict, id="moved"),
            pytest.param(412, "", VersionConflict, id="moved, in another dress"),
            pytest.param(409, "Internal_EntityWithSameKeyExists", DuplicateRecord, id="key used, with the same status"),
            pytest.param(409, "", LockTaken, id="a table locked for a moment"),
            pytest.param(400, "Internal_EntityWithSameKeyExists", DuplicateRecord, id="key used, older"),
            pytest.param(404, "Internal_RecordNotFound", NotFound, id="row gone"),
            pytest.param(404, "BadRequest_NotFound", NotFound, id="row gone, in other words"),
            pytest.param(404, "BadRequest_ResourceNotFound", ConfigurationError, id="no such service"),
            pytest.param(404, "Internal_CompanyNotFound", ConfigurationError, id="no such company"),
            pytest.param(404, "", ConfigurationError, id="nothing there"),
            pytest.param(405, "BadRequest_MethodNotAllowed", ConfigurationError, id="a page for reading"),
            pytest.param(400, "BadRequest_InvalidOperation", ConfigurationError, id="a field for reading"),
            pytest.param(403, "Authorization_RequestDenied", PermissionMissing, id="no right"),
            pytest.param(403, "Internal_ServerSomething", PermissionMissing, id="forbidden"),
            pytest.param(429, "", Throttled, id="throttled"),
            pytest.param(500, "Internal_ServerError", ServerUnavailable, id="database not reached"),
            pytest.param(503, "Internal_TenantUnavailable", ServerUnavailable, id="tenant not mounted"),
            pytest.param(502, "", ServerUnavailable, id="gateway"),
            pytest.param(504, "", Timeout, id="gateway time-out"),
            pytest.param(400, "BadRequest_InvalidToken", ConfigurationError, id="a fault of ours"),
            pytest.param(501, "BadRequest_MethodNotImplemented", ConfigurationError, id="not implemented"),
            pytest.param(400, "Application_DialogException", ValidationRejected, id="refused by business code"),
            pytest.param(400, "Application_StringExceededLength", ValidationRejected, id="too long"),
            pytest.param(400, "Internal_InvalidTableRelation", ValidationRejected, id="unknown related value"),
            pytest.param(400, "Unknown", ValidationRejected, id="anything else"),
        ],
    )
    def test_decides(self, status: int, code: str, kind: type[IntegrationError]) -> None:
        error = explained(error_reply(status, code, MESSAGE))

        assert type(error) is kind
        assert "CorrelationId" not in str(error)

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_leaves_the_outcome_of_a_failure_open(self, status: int) -> None:
        assert explained(Reply(status)).outcome_unknown


class TestSignIn:
    @pytest.mark.parametrize(
        ("offered", "code"),
        [
            pytest.param("Negotiate", "windows_only", id="Kerberos only"),
            pytest.param("Negotiate, NTLM", "windows_only", id="Kerberos and NTLM"),
            pytest.param('Basic realm="NAV"', "Authentication_InvalidCredentials", id="basic"),
            pytest.param('Negotiate, Basic realm="NAV"', "Authentication_InvalidCredentials", id="both"),
            pytest.param("Bearer", "Authentication_InvalidCredentials", id="tokens"),
            pytest.param("", "Authentication_InvalidCredentials", id="nothing"),
        ],
    )
    def test_tells_windows_sign_in_from_a_wrong_key(self, offered: str, code: str) -> None:
        error = explained(Reply(401, b"<html>", {"WWW-Authenticate": offered, "Content-Type": "text/html"}))

        assert isinstance(error, AuthenticationError)
        assert error.code == code

    def test_says_how_to_leave_windows_sign_in(self) -> None:
        error = explained(Reply(401, b"", {"WWW-Authenticate": "Negotiate"}))

        assert "Credential Type to NavUserPassword" in str(error)


class TestPage:
    def test_of_the_web_server_means_a_wrong_instance(self) -> None:
        error = explained(page_reply(404))

        assert isinstance(error, ConfigurationError)
        assert error.code == "wrong_instance"

    def test_of_a_proxy_means_a_proxy(self) -> None:
        error = explained(page_reply(503))

        assert error.code == "html"
        assert error.outcome_unknown
