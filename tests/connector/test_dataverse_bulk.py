"""Many rows at once: the bulk message, the way back to a batch, one outcome per row."""

from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

import pytest

from connector.dataverse import bulk
from connector.dataverse.client import DataverseClient
from connector.errors import (
    ConfigurationError,
    DuplicateRecord,
    ServerUnavailable,
    Throttled,
    Timeout,
    ValidationRejected,
    VersionConflict,
)
from connector.window import SharedWindow
from tests.fakes.adapter import FakeAdapter, Reply, error_reply, json_reply
from tests.fakes.clock import FakeClock
from tests.fakes.multipart import DONE, batch_reply, operations, part

ROWS = [(str(UUID(int=number)), {"name": f"Row {number}"}) for number in range(1, 4)]
KEYS = [key for key, _values in ROWS]
MULTIPLE = r"accounts/Microsoft\.Dynamics\.CRM\."
SINGLE_FAILURE = error_reply(
    400, "0x80044331", "The length of the 'name' attribute exceeded the maximum allowed length"
)


class TestCreateMultiple:
    def test_creates_under_the_given_ids_in_one_request(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", MULTIPLE + "CreateMultiple", json_reply({"Ids": [key.upper() for key in KEYS]}))

        outcomes = sales_of("CreateMultiple").create_many("account", ROWS)

        targets = adapter.sent[0].json()["Targets"]
        assert [(target["accountid"], target["name"]) for target in targets] == [
            (key, row["name"]) for key, row in ROWS
        ]
        assert {target["@odata.type"] for target in targets} == {"Microsoft.Dynamics.CRM.account"}
        assert [(outcome.key, outcome.error) for outcome in outcomes] == [(key, None) for key in KEYS]
        assert len(adapter.sent) == 1

    @pytest.mark.parametrize(
        "ids",
        [list(reversed(KEYS)), KEYS[:2], [], [*KEYS[:2], str(UUID(int=9))]],
        ids=["order", "fewer", "none", "another"],
    )
    def test_is_not_believed_with_other_ids(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter, ids: list[str]
    ) -> None:
        adapter.on("POST", "CreateMultiple", json_reply({"Ids": ids}))

        with pytest.raises(ServerUnavailable) as caught:
            sales_of("CreateMultiple").create_many("account", ROWS)

        assert (caught.value.code, caught.value.outcome_unknown) == ("ids_differ", True)

    def test_refused_gives_each_row_its_own_answer(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", "CreateMultiple", SINGLE_FAILURE)
        adapter.on("POST", r"\$batch", batch_reply(DONE, part(400, "0x80044331"), part(412, "0x80040237")))

        outcomes = sales_of("CreateMultiple").create_many("account", ROWS)

        assert [type(outcome.error) for outcome in outcomes] == [type(None), ValidationRejected, DuplicateRecord]
        assert [outcome.key for outcome in outcomes] == KEYS
        refused = outcomes[1].error
        assert refused is not None
        assert (refused.record_key, refused.request_id) == (KEYS[1], "r-1")
        assert adapter.sent[1].headers["Prefer"] == "odata.continue-on-error"

    def test_refused_for_its_rows_is_tried_for_the_next(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", "CreateMultiple", SINGLE_FAILURE, json_reply({"Ids": KEYS[:1]}))
        adapter.on("POST", r"\$batch", batch_reply(DONE))
        client = sales_of("CreateMultiple")

        client.create_many("account", ROWS[:1])
        client.create_many("account", ROWS[:1])

        assert adapter.paths()[-1] == "POST Microsoft.Dynamics.CRM.CreateMultiple"

    @pytest.mark.parametrize(
        ("status", "code"), [(400, "0x80040203"), (404, "0x80060888"), (501, "0x80040800")], ids=["400", "404", "501"]
    )
    def test_that_is_not_offered_after_all_is_not_tried_again(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter, status: int, code: str
    ) -> None:
        missing = "Resource not found for the segment 'Microsoft.Dynamics.CRM.CreateMultiple'."
        adapter.on("POST", "CreateMultiple", error_reply(status, code, missing))
        adapter.on("POST", r"\$batch", batch_reply(DONE))
        client = sales_of("CreateMultiple")

        client.create_many("account", ROWS[:1])
        client.create_many("account", ROWS[:1])

        assert [path.rsplit(".", 1)[-1] for path in adapter.paths()] == ["CreateMultiple", "POST $batch", "POST $batch"]

    def test_stops_at_another_error_of_the_set_up(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", "CreateMultiple", error_reply(400, "0x80072325", "quota"))

        with pytest.raises(ConfigurationError, match="storage is full"):
            sales_of("CreateMultiple").create_many("account", ROWS)

        assert len(adapter.sent) == 1

    def test_with_a_lost_answer_is_not_repeated_and_takes_fewer_rows_next_time(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", "CreateMultiple", error_reply(504, ""))
        client = sales_of("CreateMultiple")

        with pytest.raises(Timeout) as caught:
            client.create_many("account", ROWS)

        assert caught.value.outcome_unknown
        assert len(adapter.sent) == 1
        assert bulk.SIZES.size("https://contoso.crm4.dynamics.com/api/data/v9.2/", "account", "create") == 500


class TestCreateInABatch:
    def test_sends_each_row_alone_under_its_id(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(DONE, DONE, DONE))

        outcomes = sales.create_many("account", ROWS)

        sent = operations(adapter.sent[0])
        assert [line for line, _headers, _body in sent] == ["POST /api/data/v9.2/accounts HTTP/1.1"] * 3
        assert all(key.encode() in body for key, (_line, _headers, body) in zip(KEYS, sent, strict=True))
        assert [(outcome.key, outcome.etag) for outcome in outcomes] == [(key, 'W/"7"') for key in KEYS]

    def test_sends_no_row_twice_together(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(DONE))

        sales.create_many("account", [ROWS[0], ROWS[0]])

        assert [len(operations(sent)) for sent in adapter.sent] == [1, 1]

    def test_that_is_cut_is_not_repeated(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(DONE, closed=False))

        with pytest.raises(Timeout) as caught:
            sales.create_many("account", ROWS)

        assert caught.value.outcome_unknown
        assert len(adapter.sent) == 1

    def test_sends_throttled_rows_again_after_the_pause(
        self, sales: DataverseClient, adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        busy = part(429, "0x80072322", Retry_After="3")
        adapter.on("POST", r"\$batch", batch_reply(DONE, busy, DONE), batch_reply(DONE))

        outcomes = sales.create_many("account", ROWS)

        assert [outcome.error for outcome in outcomes] == [None] * 3
        assert KEYS[1].encode() in operations(adapter.sent[1])[0][2]
        assert len(operations(adapter.sent[1])) == 1
        assert len(clock.pauses) == 1
        assert 3 <= clock.pauses[0] <= 3.75

    def test_that_is_throttled_in_part_stops_every_client_of_the_credential(
        self, sales: DataverseClient, adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        busy = part(429, "0x80072322", Retry_After="3")
        adapter.on("POST", r"\$batch", batch_reply(busy), batch_reply(DONE))
        other = SharedWindow(cast(SharedWindow, sales._wire.transport.window).store, pause=clock.sleep)
        until = clock.now + 3
        pause = sales._wire.transport.pause
        seen: list[float] = []

        def look(seconds: float) -> None:
            other.enter(30)
            seen.append(clock.now)
            pause(seconds)

        sales._wire.transport.pause = look
        sales.create_many("account", ROWS[:1])

        assert seen[0] >= until

    def test_gives_up_on_rows_that_stay_throttled(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(part(429, "0x80072322", Retry_After="3")))

        (outcome,) = sales.create_many("account", ROWS[:1])

        assert isinstance(outcome.error, Throttled)
        assert len(adapter.sent) == bulk.ROUNDS

    def test_asks_again_for_rows_without_an_answer(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(DONE), batch_reply())

        outcomes = sales.create_many("account", ROWS)

        assert outcomes[0].error is None
        assert [outcome.error and outcome.error.code for outcome in outcomes[1:]] == ["batch_unanswered"] * 2
        assert [len(operations(sent)) for sent in adapter.sent] == [3, 2, 2]


CHANGES: Sequence[tuple[str, dict[str, Any], str | None]] = [
    (KEYS[0], {"name": "New"}, 'W/"1"'),
    (KEYS[1], {"name": "New"}, 'W/"2"'),
    (KEYS[2], {"name": "New"}, None),
]


class TestUpdate:
    def test_states_the_version_of_every_row(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(DONE, DONE, DONE))

        sales.update_many("account", CHANGES)

        sent = operations(adapter.sent[0])
        assert [line for line, _headers, _body in sent] == [
            f"PATCH /api/data/v9.2/accounts({key}) HTTP/1.1" for key, _values, _etag in CHANGES
        ]
        # Without a version an update must still never create: a PATCH without If-Match would.
        assert [headers["if-match"] for _line, headers, _body in sent] == ['W/"1"', 'W/"2"', "*"]

    def test_tells_a_moved_row_from_a_duplicate_by_the_code(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(part(412, "0x80060882"), part(412, "0x80060892"), DONE))

        outcomes = sales.update_many("account", CHANGES)

        assert [type(outcome.error) for outcome in outcomes] == [VersionConflict, DuplicateRecord, type(None)]

    def test_is_conditional_though_the_table_has_a_bulk_message(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", r"\$batch", batch_reply(DONE, DONE, DONE))

        sales_of("UpdateMultiple").update_many("account", CHANGES)

        assert adapter.paths() == ["POST $batch"]

    def test_uses_the_bulk_message_where_it_need_not_be_conditional(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", "UpdateMultiple", Reply(204))

        outcomes = sales_of("UpdateMultiple").update_many("account", CHANGES, unconditional=True)

        assert [target["accountid"] for target in adapter.sent[0].json()["Targets"]] == KEYS
        assert [outcome.error for outcome in outcomes] == [None] * 3

    def test_goes_row_by_row_where_the_bulk_message_is_refused(
        self, sales_of: Callable[..., DataverseClient], adapter: FakeAdapter
    ) -> None:
        adapter.on("POST", "UpdateMultiple", SINGLE_FAILURE)
        adapter.on("POST", r"\$batch", batch_reply(DONE, part(404, "0x80040217"), DONE))

        outcomes = sales_of("UpdateMultiple").update_many("account", CHANGES, unconditional=True)

        assert [outcome.error is None for outcome in outcomes] == [True, False, True]

    def test_repeats_after_a_lost_answer(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(DONE, closed=False), batch_reply(DONE, DONE, DONE))

        outcomes = sales.update_many("account", CHANGES)

        assert [outcome.error for outcome in outcomes] == [None] * 3
        assert len(adapter.sent) == 2


class TestUpdateWithoutOptimisticConcurrency:
    """Tables whose versions the server does not check: read immediately before the write."""

    ROWS = [(KEYS[0], {"name": "New"}, 'W/"7"'), (KEYS[1], {"name": "New"}, 'W/"7"')]

    @pytest.fixture
    def unchecked(self, sales_of: Callable[..., DataverseClient]) -> DataverseClient:
        """A client whose table account has no optimistic concurrency."""
        client = sales_of()
        cache: Any = client._metadata._cache
        cache.put("table/account", cache.get("table/account") | {"concurrency": False})
        return client

    def present(self, key: str, version: int) -> str:
        body = f'{{"@odata.etag":"W/\\"{version}\\"","accountid":"{key}"}}'
        return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}"

    def test_writes_the_rows_that_are_as_they_were_seen(self, unchecked: DataverseClient, adapter: FakeAdapter) -> None:
        reads = batch_reply(self.present(KEYS[0], 7), self.present(KEYS[1], 8))
        adapter.on("POST", r"\$batch", reads, batch_reply(DONE))

        outcomes = unchecked.update_many("account", self.ROWS)

        assert [type(outcome.error) for outcome in outcomes] == [type(None), VersionConflict]
        written = operations(adapter.sent[1])
        assert [(line.split()[0], headers["if-match"]) for line, headers, _body in written] == [("PATCH", "*")]
        assert KEYS[0] in written[0][0]

    def test_says_that_a_row_is_gone(self, unchecked: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("POST", r"\$batch", batch_reply(part(404, "0x80040217"), part(404, "0x80040217")))

        outcomes = unchecked.update_many("account", self.ROWS)

        assert all(outcome.error is not None for outcome in outcomes)
        assert len(adapter.sent) == 1
