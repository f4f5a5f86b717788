"""What refusals of Sales mean: the code decides, never the status."""

import pytest

from connector.dataverse.answers import explain, meaning, normalized, sentence
from connector.errors import (
    AuthenticationError,
    ConfigurationError,
    DeltaTokenExpired,
    DuplicateRecord,
    IntegrationError,
    NotFound,
    PermissionMissing,
    ServerUnavailable,
    Throttled,
    Timeout,
    ValidationRejected,
    VersionConflict,
)
from connector.transport import Answer, Call
from tests.fakes.adapter import Reply, error_reply, page_reply


def explained(reply: Reply) -> IntegrationError:
    """Return what the client makes of an answer."""
    answer = Answer(reply.status, reply.headers, reply.body, 0.1)
    return explain(answer, Call("GET", "https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$top=1"))


class TestCode:
    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            pytest.param(412, "0x80060882", VersionConflict, id="moved"),
            pytest.param(400, "0x80060882", VersionConflict, id="moved, whatever the status"),
            pytest.param(412, "0x80040237", DuplicateRecord, id="primary key used"),
            pytest.param(412, "0x80060892", DuplicateRecord, id="business key used"),
            pytest.param(412, "0x80040333", DuplicateRecord, id="duplicate detection"),
            pytest.param(500, "0x80040333", DuplicateRecord, id="duplicate detection, older"),
            pytest.param(400, "0x80043b06", DuplicateRecord, id="product number used"),
            pytest.param(404, "0x80040217", NotFound, id="row gone"),
            pytest.param(404, "0x80060891", NotFound, id="key matches nothing"),
            pytest.param(404, "0x80060888", ConfigurationError, id="no such table"),
            pytest.param(404, "", ConfigurationError, id="nothing at the address"),
            pytest.param(429, "0x80072322", Throttled, id="too many requests"),
            pytest.param(403, "0x80072321", Throttled, id="too much time, whatever the status"),
            pytest.param(429, "", Throttled, id="throttled by a gateway"),
            pytest.param(400, "0x80072325", ConfigurationError, id="storage full"),
            pytest.param(403, "0x80040220", PermissionMissing, id="privilege"),
            pytest.param(403, "0x80048306", PermissionMissing, id="no access to the row"),
            pytest.param(403, "", PermissionMissing, id="forbidden"),
            pytest.param(403, "0x80072560", AuthenticationError, id="no application user"),
            pytest.param(401, "0x80042f09", AuthenticationError, id="no role"),
            pytest.param(401, "", AuthenticationError, id="refused token"),
            pytest.param(500, "0x80044150", ServerUnavailable, id="deadlock"),
            pytest.param(400, "0x80071151", ServerUnavailable, id="another import runs"),
            pytest.param(500, "0x80040216", ServerUnavailable, id="failure"),
            pytest.param(503, "", ServerUnavailable, id="maintenance"),
            pytest.param(504, "", Timeout, id="gateway time-out"),
            pytest.param(400, "0x80044352", DeltaTokenExpired, id="cursor too old"),
            pytest.param(400, "0x80072491", ConfigurationError, id="no change tracking"),
            pytest.param(400, "0x8006088d", ConfigurationError, id="no optimistic concurrency"),
            pytest.param(400, "0x80044331", ValidationRejected, id="text too long"),
            pytest.param(400, "0x80040265", ValidationRejected, id="refused by a plug-in"),
            pytest.param(501, "0x80040800", ValidationRejected, id="not offered"),
            pytest.param(400, "-2147088254", VersionConflict, id="the signed decimal form"),
            pytest.param(412, "0X80060882", VersionConflict, id="capitals"),
        ],
    )
    def test_decides(self, status: int, code: str, kind: type[IntegrationError]) -> None:
        assert type(meaning(status, code, "text")) is kind

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("A record with matching key values already exists.", DuplicateRecord),
            ("Duplicate row", DuplicateRecord),
            ("Precondition failed", VersionConflict),
        ],
    )
    def test_gives_way_to_the_text_where_412_comes_bare(self, text: str, kind: type[IntegrationError]) -> None:
        assert type(meaning(412, "", text)) is kind

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_leaves_the_outcome_of_a_failure_open(self, status: int) -> None:
        assert meaning(status, "", "").outcome_unknown

    def test_names_the_missing_privilege(self) -> None:
        error = meaning(403, "0x80040220", "Principal user is missing prvCreateAccount privilege")

        assert isinstance(error, PermissionMissing)
        assert error.privilege == "prvCreateAccount"
        assert "prvCreateAccount" in str(error)

    def test_is_written_in_one_way(self) -> None:
        assert normalized(" 0X80060882 ") == normalized("-2147088254") == "0x80060882"
        assert normalized("404") == "404"


class TestAnswer:
    def test_gives_the_servers_wish_for_a_pause(self) -> None:
        error = explained(error_reply(429, "0x80072322", Retry_After="17"))

        assert isinstance(error, Throttled)
        assert error.retry_after == 17

    def test_asks_for_five_seconds_where_a_gateway_dropped_the_wish(self) -> None:
        error = explained(error_reply(429, ""))

        assert isinstance(error, Throttled)
        assert error.retry_after == 5

    def test_tells_a_wrong_path_from_a_page_in_between(self) -> None:
        assert "nothing answers under /api/data/v9.2" in str(explained(page_reply(404)))
        assert "web page instead of data" in str(explained(page_reply(502)))


class TestSentence:
    def test_loses_the_correlation_tail_and_ends_with_a_stop(self) -> None:
        assert sentence("Not  allowed\n here.  CorrelationId:  1.") == "Not allowed here."
        assert sentence("Not allowed") == "Not allowed."

    def test_is_at_most_400_characters(self) -> None:
        assert len(sentence("x" * 900)) == 400
