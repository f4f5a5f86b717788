"""Choice columns: options read, added and renamed, many in one request."""

from collections.abc import Callable

import orjson
import pytest

from connector.dataverse.choices import Option
from connector.dataverse.client import DataverseClient
from connector.errors import ConfigurationError, Timeout, ValidationRejected
from tests.fakes.adapter import FakeAdapter, Reply
from tests.fakes.multipart import DONE, batch_reply, operations, part

TERMS = ("account", "paymenttermscode")
OPTIONS = [Option(*TERMS, 100_000_000, "14 days"), Option(*TERMS, 100_000_001, "1 month")]


def definition(text: bytes) -> str:
    """Return the answer to one column of a batch."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{text.decode()}"


@pytest.fixture
def local(sample: Callable[[str], bytes]) -> str:
    """A column with options of its own."""
    return definition(orjson.dumps(orjson.loads(sample("dataverse/account-details.json"))["Picklist"][0]))


GLOBAL = definition(b'{"OptionSet":{"IsGlobal":true,"Name":"new_terms","Options":[]}}')


class TestReading:
    def test_takes_one_request_for_several_columns(
        self, sales: DataverseClient, adapter: FakeAdapter, local: str
    ) -> None:
        adapter.queue = [batch_reply(local, GLOBAL)]

        found = sales.choices.read([TERMS, ("salesorder", "paymenttermscode")])

        assert found == {TERMS: {1: "Netto 30", 2: "2% 10, Net 30", 3: ""}, ("salesorder", "paymenttermscode"): {}}
        assert [line.split("(")[0] for line, _headers, _body in operations(adapter.sent[0])] == [
            "GET /api/data/v9.2/EntityDefinitions"
        ] * 2

    def test_says_which_column_is_refused(self, sales: DataverseClient, adapter: FakeAdapter, local: str) -> None:
        adapter.queue = [batch_reply(local, part(404, "0x80060888"))]

        with pytest.raises(ConfigurationError):
            sales.choices.read([TERMS, ("account", "nothing")])


class TestAdding:
    def test_goes_under_a_value_of_our_choosing(self, sales: DataverseClient, adapter: FakeAdapter, local: str) -> None:
        adapter.queue = [batch_reply(local), batch_reply(DONE, DONE)]

        outcomes = sales.choices.insert(OPTIONS)

        bodies = [orjson.loads(body) for _line, _headers, body in operations(adapter.sent[1])]
        assert [(body["Value"], body["Label"]["LocalizedLabels"][0]["Label"]) for body in bodies] == [
            (100_000_000, "14 days"),
            (100_000_001, "1 month"),
        ]
        assert {(body["EntityLogicalName"], body["AttributeLogicalName"]) for body in bodies} == {TERMS}
        assert [outcome.error for outcome in outcomes] == [None, None]

    def test_takes_what_is_there_already_for_added(
        self, sales: DataverseClient, adapter: FakeAdapter, local: str
    ) -> None:
        adapter.queue = [batch_reply(local), batch_reply(part(412, "0x80040237"), part(400, "0x80040203"))]

        outcomes = sales.choices.insert(OPTIONS)

        assert [type(outcome.error) for outcome in outcomes] == [type(None), ValidationRejected]

    def test_is_not_repeated_after_a_lost_answer(
        self, sales: DataverseClient, adapter: FakeAdapter, local: str
    ) -> None:
        adapter.queue = [batch_reply(local), Reply(504), batch_reply(DONE, DONE)]

        with pytest.raises(Timeout) as caught:
            sales.choices.insert(OPTIONS)

        assert caught.value.outcome_unknown
        assert len(adapter.sent) == 2


class TestRenaming:
    def test_of_a_global_set_happens_there(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [batch_reply(GLOBAL), batch_reply(DONE)]

        sales.choices.rename(OPTIONS[:1])

        ((line, _headers, body),) = operations(adapter.sent[1])
        sent = orjson.loads(body)
        assert line.startswith("POST /api/data/v9.2/UpdateOptionValue ")
        assert (sent["OptionSetName"], sent["Value"], sent["MergeLabels"]) == ("new_terms", 100_000_000, True)
        assert "AttributeLogicalName" not in sent


class TestPublishing:
    def test_names_each_table_once(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(204)]

        sales.choices.publish(["salesorder", "account", "salesorder"])

        entities = "<entity>account</entity><entity>salesorder</entity>"
        assert f"<entities>{entities}</entities>" in adapter.sent[0].json()["ParameterXml"]

    def test_names_a_global_choice_too(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [batch_reply(GLOBAL), Reply(204)]
        sales.choices.read([TERMS])

        sales.choices.publish(["account"])

        xml = orjson.loads(adapter.sent[1].body or b"")["ParameterXml"]
        assert "<entity>account</entity>" in xml and "<optionset>new_terms</optionset>" in xml
