"""The NAV client: addresses, pages, writes under a version, what is missing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from connector.errors import (
    AuthenticationError,
    ConfigurationError,
    IntegrationError,
    NotFound,
    PermissionMissing,
    ServerUnavailable,
    Throttled,
    Timeout,
    ValidationRejected,
    VersionConflict,
)
from connector.nav.client import NavClient
from connector.transport import Transport
from tests.fakes.adapter import FakeAdapter, Reply, error_reply, json_reply, page_reply

ROOT = "https://nav.contoso.example:7048/NAV/ODataV4"
COMPANY = ROOT + "/Company('CRONUS%20International%20Ltd.')/"
ETAG = 'W/"JzIwOzEwMDkzMjczMDY1MjU0NTY2NDQzMTswMDsn"'


def customer(number: str, **values: Any) -> dict[str, Any]:
    """Return a customer as NAV serves it."""
    return {"@odata.etag": ETAG, "No": number, "Name": f"Customer {number}"} | values


def page(*rows: dict[str, Any], following: str = "") -> Reply:
    """Return a page of rows."""
    return json_reply({"value": list(rows)} | ({"@odata.nextLink": following} if following else {}))


class TestAddresses:
    @pytest.mark.parametrize(
        ("service", "key", "path"),
        [
            pytest.param("CustomerCard", "10000", "CustomerCard('10000')", id="single"),
            pytest.param(
                "CustomerCard", "O'Neill & Co", "CustomerCard('O''Neill%20%26%20Co')", id="apostrophe and marks"
            ),
            pytest.param("CustomerCard", "50%25", "CustomerCard('50%25')", id="an encoded percent sign"),
            pytest.param(
                "SalesPrices",
                "Item_No=1936-S;Sales_Type=All Customers;Sales_Code=;Starting_Date=2017-01-20;Minimum_Quantity=0",
                "SalesPrices(Item_No='1936-S',Sales_Type='All%20Customers',Sales_Code='',"
                "Starting_Date=2017-01-20,Minimum_Quantity=0)",
                id="composite",
            ),
        ],
    )
    def test_name_company_service_and_key(
        self, nav: NavClient, adapter: FakeAdapter, service: str, key: str, path: str
    ) -> None:
        adapter.queue = [json_reply({})]

        nav.get(service, key)

        assert adapter.sent[0].url == COMPANY + path

    def test_come_back_from_what_was_read(self, nav: NavClient, adapter: FakeAdapter) -> None:
        key = {
            "Item_No": "A;B=1",
            "Sales_Type": "Customer",
            "Sales_Code": "",
            "Starting_Date": "2017-01-20",
            "Minimum_Quantity": 1e-05,
        }
        adapter.queue = [page({"@odata.etag": ETAG, "Unit_Price": 4} | key), json_reply({})]
        (record,) = nav.iter_records("SalesPrices", ["Unit_Price"])

        nav.get("SalesPrices", record.key)

        assert unquote(adapter.sent[1].path).endswith(
            "(Item_No='A;B=1',Sales_Type='Customer',Sales_Code='',Starting_Date=2017-01-20,Minimum_Quantity=0.00001)"
        )

    def test_refuse_a_key_of_other_parts(self, nav: NavClient, adapter: FakeAdapter) -> None:
        with pytest.raises(ConfigurationError, match="Item_No, Sales_Type"):
            nav.get("SalesPrices", "1936-S")

        assert adapter.sent == []


class TestReading:
    def test_selects_key_columns_and_the_stamps(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [page(customer("10000", SystemModifiedAt="2026-01-05T12:00:00.1234567Z"))]

        (record,) = nav.iter_records("CustomerCard", ["Name", "Unknown"], where="No eq '10000'")

        assert adapter.sent[0].query == "$select=No,Name,SystemModifiedAt,Last_Date_Modified&$filter=No eq '10000'"
        assert (record.key, record.etag) == ("10000", ETAG)
        assert record.modified_at == datetime(2026, 1, 5, 12, 0, 0, 123456, UTC)

    def test_follows_pages_as_they_are_linked(self, nav: NavClient, adapter: FakeAdapter) -> None:
        following = COMPANY + "CustomerCard?$select=No&$skiptoken='10000'"
        adapter.queue = [page(customer("10000"), following=following), page(customer("20000")), page()]

        pages = list(nav.iter_pages("CustomerCard", ["Name"]))
        list(nav.iter_pages("CustomerCard", ["Name"], position=following))

        assert [found.position for found in pages] == [following, None]
        assert unquote(adapter.sent[1].url) == unquote(adapter.sent[2].url) == unquote(following)

    def test_refuses_a_link_that_repeats(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.on("GET", "CustomerCard", page(customer("10000"), following=COMPANY + "CustomerCard?$skiptoken='1'"))

        with pytest.raises(ServerUnavailable) as caught:
            list(nav.iter_records("CustomerCard", ["Name"]))

        assert caught.value.code == "repeated_link"

    @pytest.mark.parametrize(
        "link",
        ["http://nav.contoso.example:7048/x", "https://nav.contoso.example/x", "https://evil.example:7048/x"],
        ids=["scheme", "port", "host"],
    )
    def test_follows_no_link_to_another_server(self, nav: NavClient, adapter: FakeAdapter, link: str) -> None:
        adapter.queue = [page(customer("10000"), following=link)]

        with pytest.raises(ConfigurationError, match="PublicODataBaseUrl"):
            list(nav.iter_records("CustomerCard", ["Name"]))

        assert len(adapter.sent) == 1

    def test_says_that_a_record_is_gone(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(404, "Internal_RecordNotFound")]

        with pytest.raises(NotFound) as caught:
            nav.get("CustomerCard", "10000")

        assert caught.value.record_key == "10000"

    @pytest.mark.parametrize(
        ("reply", "kind", "words"),
        [
            pytest.param(page_reply(), ServerUnavailable, "web page", id="a proxy's page"),
            pytest.param(page_reply(404), ConfigurationError, "instance name", id="the web server's own page"),
            pytest.param(
                Reply(401, headers={"WWW-Authenticate": "NTLM"}), AuthenticationError, "Windows", id="Windows sign-in"
            ),
            pytest.param(error_reply(404, "Internal_CompanyNotFound"), ConfigurationError, "company", id="no company"),
            pytest.param(
                error_reply(404, "BadRequest_ResourceNotFound"), ConfigurationError, "Publish", id="no service"
            ),
            pytest.param(json_reply({"odd": 1}), ServerUnavailable, "no rows", id="no rows"),
            pytest.param(Reply(204), ServerUnavailable, "without data", id="no content"),
        ],
    )
    def test_says_what_is_wrong(
        self, nav: NavClient, adapter: FakeAdapter, reply: Reply, kind: type[IntegrationError], words: str
    ) -> None:
        adapter.on("GET", "CustomerCard", reply)

        with pytest.raises(kind, match=words):
            list(nav.iter_records("CustomerCard", ["Name"]))

    @pytest.mark.parametrize("name", ["Name", "name"], ids=["NAV", "Business Central"])
    def test_lists_the_companies(self, nav: NavClient, adapter: FakeAdapter, name: str) -> None:
        adapter.queue = [page({name: "CRONUS"}, {name: "Contoso"})]

        assert nav.companies() == ["CRONUS", "Contoso"]
        assert adapter.sent[0].url == ROOT + "/Company"


class TestServices:
    def test_that_are_missing_say_how_to_publish_them(self, nav: NavClient, adapter: FakeAdapter) -> None:
        with pytest.raises(ConfigurationError, match="page service called ItemCard") as caught:
            nav.get("ItemCard", "1000")

        assert caught.value.code == "service_missing"
        assert adapter.sent == []

    def test_are_learned_once(
        self, transport_of: Callable[..., Transport], adapter: FakeAdapter, sample: Callable[[str], bytes]
    ) -> None:
        adapter.on("GET", r"\$metadata", Reply(200, sample("nav/metadata.xml"), {"Content-Type": "application/xml"}))
        adapter.on("GET", "CustomerCard", json_reply(customer("10000")))
        client = NavClient(ROOT + "/", "CRONUS", transport_of(NavClient))

        client.get("CustomerCard", "10000")
        client.get("CustomerCard", "10000")

        assert [sent.headers["Accept"] for sent in adapter.sent][0] == "application/xml"
        assert len(adapter.sent) == 3

    def test_behind_a_page_are_not_learned(self, transport_of: Callable[..., Transport], adapter: FakeAdapter) -> None:
        adapter.on("GET", r"\$metadata", page_reply())

        with pytest.raises(ServerUnavailable, match="web page"):
            NavClient(ROOT, "CRONUS", transport_of(NavClient)).metadata()


class TestWriting:
    def test_creates_once_in_the_order_of_the_fields(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply(customer("C00010", Name="CONTOSO"), 201)]

        record = nav.create("CustomerCard", {"Name": "Contoso", "Address": "x", "City": "y"})

        sent = adapter.sent[0]
        assert (sent.method, sent.url) == ("POST", COMPANY + "CustomerCard")
        assert list(sent.json()) == ["Name", "Address", "City"]
        assert "If-Match" not in sent.headers
        assert (record.key, record.values["Name"]) == ("C00010", "CONTOSO")

    @pytest.mark.parametrize("failure", [Reply(504), Reply(500), Reply(200)], ids=["504", "500", "nothing"])
    def test_never_repeats_a_creation_of_unknown_outcome(
        self, nav: NavClient, adapter: FakeAdapter, failure: Reply
    ) -> None:
        adapter.queue = [failure, json_reply(customer("C00010"), 201)]

        with pytest.raises((ServerUnavailable, Timeout)) as caught:
            nav.create("CustomerCard", {"Name": "Contoso"})

        assert caught.value.outcome_unknown
        assert len(adapter.sent) == 1

    def test_repeats_a_throttled_creation(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(429, "", Retry_After="1"), json_reply(customer("C00010"), 201)]

        assert nav.create("CustomerCard", {"Name": "Contoso"}).key == "C00010"

    def test_updates_under_the_version_that_was_read(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply(customer("10000", Name="New"))]

        record = nav.update("CustomerCard", "10000", {"Name": "New"}, if_match=ETAG)

        assert adapter.sent[0].headers["If-Match"] == ETAG
        assert record.values["Name"] == "New"

    def test_reads_the_version_where_none_is_known(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply(customer("10000")), json_reply(customer("10000"))]

        nav.update("CustomerCard", "10000", {"Name": "New"})

        assert [sent.method for sent in adapter.sent] == ["GET", "PATCH"]
        assert adapter.sent[1].headers["If-Match"] == ETAG

    def test_does_not_overwrite_what_moved(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(409, "Request_EntityChanged")]

        with pytest.raises(VersionConflict) as caught:
            nav.update("CustomerCard", "10000", {"Name": "New"}, if_match=ETAG)

        assert caught.value.record_key == "10000"

    def test_deletes_what_is_gone_already(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(404, "Internal_RecordNotFound")]

        nav.delete("CustomerCard", "10000", if_match=ETAG)

        assert adapter.sent[0].headers["If-Match"] == ETAG


class TestUpdateMany:
    ROWS = [(number, {"Name": "New"}, ETAG) for number in ("1", "2", "3")]

    def test_gives_each_row_its_own_outcome(self, nav: NavClient, adapter: FakeAdapter) -> None:
        adapter.queue = [
            json_reply(customer("1")),
            error_reply(409, "Request_EntityChanged"),
            error_reply(400, "Application_DialogException", "No."),
        ]

        outcomes = nav.update_many("CustomerCard", self.ROWS)

        assert [outcome.key for outcome in outcomes] == ["1", "2", "3"]
        assert [type(outcome.error) for outcome in outcomes] == [type(None), VersionConflict, ValidationRejected]
        assert outcomes[0].record is not None
        assert [sent.headers["If-Match"] for sent in adapter.sent] == [ETAG] * 3

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            pytest.param(error_reply(429, "", Retry_After="300"), Throttled, id="throttled"),
            pytest.param(Reply(401), AuthenticationError, id="refused credential"),
            pytest.param(error_reply(403, "Authorization_RequestDenied"), PermissionMissing, id="missing right"),
            pytest.param(error_reply(405, "BadRequest_MethodNotAllowed"), ConfigurationError, id="a page for reading"),
        ],
    )
    def test_stops_at_what_concerns_all(
        self, nav: NavClient, adapter: FakeAdapter, reply: Reply, kind: type[IntegrationError]
    ) -> None:
        adapter.queue = [reply]

        with pytest.raises(kind):
            nav.update_many("CustomerCard", self.ROWS)

        assert len(adapter.sent) == 1
