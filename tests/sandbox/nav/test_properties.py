"""What must hold for every filter, every sequence of writes and every batch."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.nav.conftest import Erp
from tests.sandbox.nav.naive import Column, Node, filters

QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
API = "/BC/api/v2.0"
BLOCKED = Column("Blocked", "option", (" ", "Ship", "Invoice", "All"))
CUSTOMER = (
    Column("No", "code"),
    Column("Name", "text"),
    Column("City", "text"),
    Column("Currency_Code", "code"),
    Column("Credit_Limit_LCY", "dec"),
    Column("Last_Date_Modified", "date"),
    Column("Allow_Line_Disc", "bool"),
    Column("Last_Modified_Date_Time", "datetime"),
    BLOCKED,
)
PRICE = (
    Column("Item_No", "code"),
    Column("Sales_Type", "option", ("Customer", "Customer Price Group", "All Customers", "Campaign")),
    Column("Starting_Date", "date"),
    Column("Minimum_Quantity", "dec"),
    Column("Unit_Price", "dec"),
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    str.strip
)


def prepared() -> Erp:
    """A NAV with customers whose names are awkward."""
    erp = Erp()
    for name in ("O'Hara & Sons", "100 % +x", "ÅÄÖ, ß", "a (b) or c", "Name eq 'x'"):
        assert (
            erp("POST", "ConnectorCustomer", {"Name": name, "Credit_Limit_LCY": 12.5, "Blocked": "Invoice"}).status
            == 201
        )
    return erp


ERP = prepared()
ROWS = {service: ERP.get(service).rows for service in ("ConnectorCustomer", "SalesPrices")}


@QUICK
@given(filters(CUSTOMER, ROWS["ConnectorCustomer"]))
def test_customers_found_are_those_a_naive_evaluation_finds(tree: Node) -> None:
    found = ERP.found("ConnectorCustomer", tree.text())
    assert [row["No"] for row in found] == [row["No"] for row in ROWS["ConnectorCustomer"] if tree.holds(row)]


@QUICK
@given(filters(PRICE, ROWS["SalesPrices"]))
def test_prices_found_are_those_a_naive_evaluation_finds(tree: Node) -> None:
    found = ERP.found("SalesPrices", tree.text())
    assert found == [row for row in ROWS["SalesPrices"] if tree.holds(row)]


writes = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), NAMES),
        st.tuples(st.just("change"), st.integers(0, 40), NAMES),
        st.tuples(st.just("delete"), st.integers(0, 40)),
        st.tuples(st.just("rename"), st.integers(0, 40)),
        st.tuples(st.just("read")),
    ),
    max_size=25,
)


def perform(erp: Erp, service: str, step: tuple[Any, ...], number: int) -> None:
    """One write; what the ERP refuses changes nothing."""
    if step[0] == "insert":
        erp("POST", service, {"Name": step[1][:50]})
        return
    rows = erp.get(f"{service}?$select=No,Bill_to_Customer_No").rows
    # A rename changes what refers to the record without a stamp: no incremental read could tell.
    billed = {row["Bill_to_Customer_No"] for row in rows} if step[0] == "rename" else set()
    keys = [row["No"] for row in rows if row["No"] not in billed]
    key = keys[step[1] % len(keys)]
    if step[0] == "change":
        erp.patch(f"{service}('{key}')", {"Name": step[2][:50]})
    elif step[0] == "delete":
        erp("DELETE", f"{service}('{key}')")
    else:
        erp.control("rename", {"table": "Customer", "from": key, "to": f"R{number:04}"})


@SLOW
@given(writes)
def test_incremental_reads_give_what_a_full_read_gives(bc: Erp, steps: list[tuple[Any, ...]]) -> None:
    """By SystemModifiedAt with an overlap, and by the list of ids for what is gone."""
    bc.app.reset_data()
    service = "ConnectorCustomer"
    mirror = {row["SystemId"]: row for row in bc.get(service).rows}
    cursor = max(row["SystemModifiedAt"] for row in mirror.values())
    for number, step in enumerate([*steps, ("read",)]):
        if step[0] != "read":
            perform(bc, service, step, number)
            continue
        for row in bc.found(service, f"SystemModifiedAt ge {cursor}"):
            mirror[row["SystemId"]] = row
            cursor = max(
                cursor,
                row["SystemModifiedAt"],
                key=lambda stamp: stamp.rstrip("Z").ljust(24, "0") if "." in stamp else f"{stamp[:-1]}.".ljust(24, "0"),
            )
        there = {row["SystemId"] for row in bc.get(f"{service}?$select=SystemId").rows}
        mirror = {key: row for key, row in mirror.items() if key in there}
    assert mirror == {row["SystemId"]: row for row in bc.get(service).rows}


@SLOW
@given(writes)
def test_integration_records_tell_of_every_change(erp: Erp, steps: list[tuple[Any, ...]]) -> None:
    """NAV 2017: the records changed since the last look are those a comparison of full reads finds, and no deletion is missed."""
    erp.app.reset_data()
    records = "ConnectorIntegrationRecord?$filter=Table_ID eq 18"
    before = {row["Integration_ID"]: row for row in erp.get(records).rows}
    old = {row["No"]: row for row in erp.get("ConnectorCustomer").rows}
    for number, step in enumerate(steps):
        if step[0] != "read":
            perform(erp, "ConnectorCustomer", step, number)
    after = {row["Integration_ID"]: row for row in erp.get(records).rows}
    new = {row["No"]: row for row in erp.get("ConnectorCustomer").rows}
    alive = {row["Record_ID"].partition(": ")[2] for row in after.values() if row["Deleted_On"].startswith("0001")}
    assert alive == set(new)
    touched = {row["Record_ID"].partition(": ")[2] for key, row in after.items() if row != before.get(key)}
    assert {no for no in new if new[no] != old.get(no)} <= touched


entries = st.lists(
    st.one_of(
        st.tuples(st.just("POST"), st.just("customers"), NAMES.map(lambda name: {"displayName": name})),
        st.tuples(st.just("POST"), st.just("customers"), st.just({"displayName": ""})),
        st.tuples(st.just("POST"), st.just("items"), NAMES.map(lambda name: {"displayName": name, "unitPrice": 1.5})),
        st.tuples(st.just("PATCH"), st.just("customers({0})"), NAMES.map(lambda name: {"displayName": name})),
        st.tuples(st.just("PATCH"), st.just("customers({1})"), st.just({"salespersonCode": "NOPE"})),
        st.tuples(st.just("DELETE"), st.just("customers({2})"), st.none()),
        st.tuples(st.just("GET"), st.just("customers?$top=3&$select=number"), st.none()),
        st.tuples(st.just("GET"), st.just("nothing"), st.none()),
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def twins() -> tuple[Erp, Erp]:
    """Two servers whose time stands still."""
    pair = Erp("--flavour", "bc"), Erp("--flavour", "bc")
    for server in pair:
        server.app.clock.seconds = lambda: 1_800_000_000.0  # type: ignore[method-assign]
    return pair


def image(erp: Erp) -> dict[str, Any]:
    pages = {name: erp.app.table_page(name, 0, 10000) for name in ("Customer", "Item", "Contact")}
    return {name: list(page.rows) for name, page in pages.items() if page is not None}


@SLOW
@given(entries, st.booleans())
def test_a_batch_equals_its_single_requests(twins: tuple[Erp, Erp], given_entries: list[Any], go_on: bool) -> None:
    for server in twins:
        server.app.reset_data()
    one, other = twins
    company = f"companies({one.get(f'{API}/companies').rows[0]['id']})"
    ids = [row["id"] for row in one.get(f"{API}/{company}/customers?$top=3").rows]
    requests = [(verb, f"{company}/{url.format(*ids)}", body) for verb, url, body in given_entries]
    batch = {
        "requests": [
            {"method": verb, "url": url, "headers": {"If-Match": "*"}} | ({} if body is None else {"body": body})
            for verb, url, body in requests
        ]
    }
    prefer = {"prefer": "odata.continue-on-error"} if go_on else {}
    together = [
        (reply["status"], bare(reply.get("body")))
        for reply in one("POST", f"{API}/$batch", batch, **prefer).json["responses"]
    ]
    singly: list[Any] = []
    for verb, url, body in requests:
        answer = other(verb, f"{API}/{url}", body, if_match="*")
        singly.append((answer.status, bare(answer.json if answer.body else None)))
        if answer.status >= 400 and not go_on:
            break
    assert together == singly and image(one) == image(other)


def bare(body: Any) -> Any:
    """A body without what differs from request to request."""
    if isinstance(body, dict) and "error" in body:
        return {"code": body["error"]["code"], "message": body["error"]["message"].partition("  CorrelationId")[0]}
    return body
