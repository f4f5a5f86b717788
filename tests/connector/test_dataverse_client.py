"""The Sales client: reading, change tracking, single writes, options."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from connector.dataverse.client import DataverseClient
from connector.errors import (
    ConfigurationError,
    DeltaTokenExpired,
    DuplicateRecord,
    NotFound,
    ServerUnavailable,
    Timeout,
    VersionConflict,
)
from connector.records import Reference
from connector.schema_cache import MemoryCache
from connector.transport import Transport
from tests.fakes.adapter import FakeAdapter, Reply, error_reply, json_reply

BASE = "https://contoso.crm4.dynamics.com/api/data/v9.2/"
ONE, TWO = "aaaaaaaa-0000-0000-0000-000000000001", "aaaaaaaa-0000-0000-0000-000000000002"


def row(key: str, name: str = "Contoso") -> dict[str, Any]:
    """Return a row of accounts as it comes."""
    return {"@odata.etag": 'W/"1"', "accountid": key, "name": name}


def page(*rows: dict[str, Any], following: str = "", delta: str = "") -> Reply:
    """Return a page of rows."""
    links = {"@odata.nextLink": following, "@odata.deltaLink": delta}
    return json_reply({"value": list(rows)} | {name: link for name, link in links.items() if link})


class TestReading:
    def test_sends_the_fixed_headers(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply(row(ONE))]

        sales.get("account", ONE, ["name"])

        sent = adapter.sent[0]
        assert sent.url == f"{BASE}accounts({ONE})?$select=name,modifiedon,_modifiedby_value,accountid"
        assert (sent.headers["OData-Version"], sent.headers["If-None-Match"]) == ("4.0", "null")

    def test_follows_pages_and_asks_for_large_ones(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page(row(ONE), following=BASE + "accounts?$skiptoken=1"), page(row(TWO))]

        assert [record.key for record in sales.iter_records("account", ["name"])] == [ONE, TWO]
        assert [sent.headers["Prefer"] for sent in adapter.sent] == ["odata.maxpagesize=5000"] * 2

    def test_goes_on_from_a_position(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page(row(TWO))]

        (found,) = sales.iter_pages("account", ["name"], position=BASE + "accounts?$skiptoken=1")

        assert adapter.sent[0].url == BASE + "accounts?$skiptoken=1"
        assert found.position is None

    def test_refuses_a_link_that_repeats(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page(row(ONE), following=BASE + "accounts?x"), page(row(TWO), following=BASE + "accounts?x")]

        with pytest.raises(ServerUnavailable) as caught:
            list(sales.iter_records("account", ["name"]))

        assert caught.value.code == "repeated_link"
        assert len(adapter.sent) == 2

    @pytest.mark.parametrize("link", ["https://evil.example/accounts", "http://contoso.crm4.dynamics.com/accounts"])
    def test_follows_no_link_to_another_server(self, sales: DataverseClient, adapter: FakeAdapter, link: str) -> None:
        adapter.queue = [page(row(ONE), following=link)]

        with pytest.raises(ConfigurationError, match="another server") as caught:
            list(sales.iter_records("account", ["name"]))

        assert caught.value.code == "foreign_link"
        assert len(adapter.sent) == 1

    def test_filters_by_a_web_address(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page()]

        list(sales.iter_records("account", ["name"], where="websiteurl eq 'https://contoso.com'"))

        assert "$filter=websiteurl eq 'https://contoso.com'" in adapter.sent[0].query

    def test_reads_many_ids_in_few_requests(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page(row(ONE)), page()]

        found = sales.existing("account", [ONE] * 201, ["name"])

        assert list(found) == [ONE]
        assert len(adapter.sent) == 2
        assert len(adapter.sent[0].url) < 32_000
        assert adapter.sent[1].query.endswith(f"$filter=(accountid eq {ONE})")

    def test_says_that_another_program_answers(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply({"hello": "world"})]

        with pytest.raises(ConfigurationError, match="no Sales environment"):
            sales.who_am_i()


class TestChanges:
    def test_begin_with_everything_and_end_with_a_cursor(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        following, delta = BASE + "accounts?$skiptoken=1", BASE + "accounts?$deltatoken=919042"
        adapter.queue = [page(row(ONE), following=following), page(row(TWO), delta=delta)]

        pages = list(sales.changes_since("account", ["name"], None))

        assert [(found.position, found.cursor) for found in pages] == [(following, None), (None, delta)]
        assert [sent.headers["Prefer"] for sent in adapter.sent] == ["odata.track-changes,odata.maxpagesize=5000"] * 2

    def test_go_on_from_a_cursor_and_name_deletions(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        gone = {"@odata.context": BASE + "$metadata#accounts/$deletedEntity", "id": TWO.upper(), "reason": "deleted"}
        adapter.queue = [page(row(ONE, "New"), gone, delta=BASE + "accounts?$deltatoken=2")]

        (found,) = sales.changes_since("account", ["name"], BASE + "accounts?$deltatoken=1")

        assert adapter.sent[0].url == BASE + "accounts?$deltatoken=1"
        assert [(change.key, change.record and change.record.values["name"]) for change in found.changes] == [
            (ONE, "New"),
            (TWO, None),
        ]

    def test_go_on_from_a_position_before_the_cursor(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page(delta=BASE + "d")]

        list(sales.changes_since("account", ["name"], BASE + "old", position=BASE + "accounts?$skiptoken=1"))

        assert adapter.sent[0].url == BASE + "accounts?$skiptoken=1"

    def test_with_a_cursor_too_old_begin_anew(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(400, "0x80044352", "Version stamp associated with the client has expired.")]

        with pytest.raises(DeltaTokenExpired):
            list(sales.changes_since("account", ["name"], BASE + "accounts?$deltatoken=1"))

    def test_refuse_an_end_without_a_cursor(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page(row(ONE))]

        with pytest.raises(ServerUnavailable) as caught:
            list(sales.changes_since("account", ["name"], None))

        assert caught.value.code == "no_delta_link"

    def test_take_no_cursor_of_another_server(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        with pytest.raises(ConfigurationError):
            list(sales.changes_since("account", ["name"], "https://evil.example/accounts?$deltatoken=1"))

        assert adapter.sent == []


class TestSingleWrites:
    def test_create_under_a_key_and_give_the_stored_row(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply(row(ONE, "CONTOSO"), 201)]

        record = sales.create("account", {"name": "Contoso", "primarycontactid": Reference("contact", TWO)}, key=ONE)

        sent = adapter.sent[0]
        assert sent.json() == {"name": "Contoso", "primarycontactid@odata.bind": f"/contacts({TWO})", "accountid": ONE}
        assert sent.headers["Prefer"] == "return=representation"
        assert record.values["name"] == "CONTOSO"

    @pytest.mark.parametrize(
        "failure", [Reply(503), Reply(200, b'{"acc', {"Content-Type": "application/json"})], ids=["503", "cut"]
    )
    def test_create_once_whatever_happens(self, sales: DataverseClient, adapter: FakeAdapter, failure: Reply) -> None:
        adapter.queue = [failure, json_reply(row(ONE))]

        with pytest.raises((ServerUnavailable, Timeout)) as caught:
            sales.create("account", {"name": "Contoso"})

        assert caught.value.outcome_unknown
        assert len(adapter.sent) == 1

    def test_leave_the_outcome_open_when_the_row_does_not_come_back(
        self, sales: DataverseClient, adapter: FakeAdapter
    ) -> None:
        adapter.queue = [Reply(204)]

        with pytest.raises(ServerUnavailable) as caught:
            sales.create("account", {"name": "Contoso"})

        assert caught.value.outcome_unknown

    @pytest.mark.parametrize(("etag", "header"), [('W/"1"', 'W/"1"'), (None, "*")], ids=["a version", "any version"])
    def test_update_under_a_version(
        self, sales: DataverseClient, adapter: FakeAdapter, etag: str | None, header: str
    ) -> None:
        adapter.queue = [Reply(204)]

        sales.update("account", ONE, {"name": "New"}, if_match=etag)

        assert adapter.sent[0].method == "PATCH"
        assert adapter.sent[0].headers["If-Match"] == header

    @pytest.mark.parametrize(
        ("code", "kind"), [("0x80060882", VersionConflict), ("0x80060892", DuplicateRecord)], ids=["moved", "duplicate"]
    )
    def test_tell_412_apart_by_its_code(
        self, sales: DataverseClient, adapter: FakeAdapter, code: str, kind: type[Exception]
    ) -> None:
        adapter.queue = [error_reply(412, code)]

        with pytest.raises(kind):
            sales.update("account", ONE, {"name": "New"}, if_match='W/"1"')

    def test_delete_what_is_gone_already(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(404, "0x80040217")]

        sales.delete("account", ONE, if_match='W/"1"')

        assert adapter.sent[0].headers["If-Match"] == 'W/"1"'

    def test_do_not_delete_what_moved(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(412, "0x80060882")]

        with pytest.raises(VersionConflict):
            sales.delete("account", ONE, if_match='W/"1"')


@pytest.fixture
def unknowing(transport_of: Callable[..., Transport]) -> tuple[DataverseClient, MemoryCache]:
    """A client that knows no table yet, and its cache."""
    cache = MemoryCache()
    return DataverseClient("https://contoso.crm4.dynamics.com", transport_of(DataverseClient), cache=cache), cache


@pytest.fixture
def definitions(adapter: FakeAdapter, sample: Callable[[str], bytes]) -> FakeAdapter:
    """The network edge with the sample's definitions."""
    details = orjson.loads(sample("dataverse/account-details.json"))
    for kind in ("String", "Memo", "Integer", "Decimal", "Double", "Money", "Picklist", "State", "Status"):
        adapter.on(
            "GET",
            rf"Attributes/Microsoft\.Dynamics\.CRM\.{kind}Attribute",
            json_reply({"value": details.get(kind, [])}),
        )
    adapter.on(
        "GET", r"EntityDefinitions\(LogicalName='account'\)\?", Reply(200, sample("dataverse/account-definition.json"))
    )
    offered = [
        {"sdkmessagefilterid": "1", "sdkmessageid": {"name": "CreateMultiple"}},
        {"sdkmessagefilterid": "2", "sdkmessageid": None},
    ]
    adapter.on("GET", "sdkmessagefilters", json_reply({"value": offered}))
    return adapter


class TestMetadata:
    def test_tells_all_about_a_table(
        self, unknowing: tuple[DataverseClient, MemoryCache], definitions: FakeAdapter
    ) -> None:
        info = unknowing[0].metadata("account")

        assert (info.entity_set, info.primary_id, info.primary_name) == ("accounts", "accountid", "name")
        assert info.change_tracking
        assert info.optimistic_concurrency
        assert info.bulk_messages == {"CreateMultiple"}
        assert (info.columns["name"].max_length, info.columns["name"].required) == (160, True)
        assert (info.columns["creditlimit"].maximum, info.columns["creditlimit"].precision) == (100000000000.0, 2)
        assert (info.columns["statecode"].creatable, info.columns["statecode"].updatable) == (False, True)
        assert info.columns["paymenttermscode"].options == {1: "Netto 30", 2: "2% 10, Net 30", 3: ""}
        assert info.columns["new_payerid"].targets == {
            "account": "new_PayerId_account",
            "contact": "new_PayerId_contact",
        }
        assert info.columns["name"].targets == {}

    def test_leaves_out_shadows_and_what_cannot_be_read(
        self, unknowing: tuple[DataverseClient, MemoryCache], definitions: FakeAdapter
    ) -> None:
        columns = unknowing[0].metadata("account").columns

        assert not {"primarycontactidname", "address1_addressid_hidden"} & set(columns)

    def test_is_read_once_for_reading_and_writing(
        self, unknowing: tuple[DataverseClient, MemoryCache], definitions: FakeAdapter
    ) -> None:
        definitions.on("GET", r"/accounts\?", page())
        client, _cache = unknowing

        list(client.iter_records("account", ["name"]))
        list(client.iter_records("account", ["name"]))

        assert len(definitions.sent) == 4

    def test_is_kept_as_plain_json(
        self, unknowing: tuple[DataverseClient, MemoryCache], definitions: FakeAdapter
    ) -> None:
        client, cache = unknowing
        client.metadata("account")
        kept = cache.get("table/account")

        client.metadata_forget()

        assert orjson.loads(orjson.dumps(kept)) == kept
        assert cache.get("table/account") is None

    def test_names_a_table_that_is_not_there(
        self, unknowing: tuple[DataverseClient, MemoryCache], adapter: FakeAdapter
    ) -> None:
        adapter.on("GET", "EntityDefinitions", error_reply(404, "0x80060888", "Resource not found"))

        with pytest.raises((ConfigurationError, NotFound)):
            unknowing[0].metadata("salesorder")

    def test_names_an_unknown_lookup_target(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        with pytest.raises(ConfigurationError, match="no table new_thing"):
            sales.delete("new_thing", ONE)

        assert adapter.sent == []


class TestOptions:
    PICKLIST = r"Attributes\(LogicalName='paymenttermscode'\)/Microsoft\.Dynamics\.CRM\.PicklistAttribute"

    @pytest.fixture
    def attribute(self, adapter: FakeAdapter, sample: Callable[[str], bytes]) -> FakeAdapter:
        """The network edge with the sample's choice column."""
        adapter.on(
            "GET", self.PICKLIST, json_reply(orjson.loads(sample("dataverse/account-details.json"))["Picklist"][0])
        )
        return adapter

    def test_come_by_value(self, sales: DataverseClient, attribute: FakeAdapter) -> None:
        assert sales.options("account", "paymenttermscode") == {1: "Netto 30", 2: "2% 10, Net 30", 3: ""}

    @pytest.mark.parametrize(("column", "kind"), [("statecode", "State"), ("statuscode", "Status")])
    def test_of_states_have_a_kind_of_their_own(
        self, sales: DataverseClient, adapter: FakeAdapter, column: str, kind: str
    ) -> None:
        adapter.on("GET", f"CRM.{kind}AttributeMetadata", json_reply({"OptionSet": {"Options": []}}))

        assert sales.options("account", column) == {}
