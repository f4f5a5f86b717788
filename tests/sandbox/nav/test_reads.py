"""What a client reads: addresses, keys, query options, pages, metadata and sign-in."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from sandbox.common.faults import NO_EFFECTS
from sandbox.nav import query
from sandbox.nav.schema import EDM

PACK = (
    "Customer Contact ContactBusinessRelation Salesperson Currency CurrencyExchangeRate UnitOfMeasure Item "
    "ItemUnitOfMeasure Resource ResourceUnitOfMeasure CustomerPriceGroup SalesPrice PaymentTerms ShipmentMethod "
    "ShippingAgent GeneralLedgerSetup IntegrationRecord"
).split()


def test_service_document_lists_the_standard_services_and_the_pack(erp: Any, make_erp: Callable[..., Any]) -> None:
    names = {entry["name"] for entry in erp.get(erp.root).rows}
    assert {f"Connector{name}" for name in PACK} < names
    standard = {entry["name"] for entry in make_erp("--objects", "standard").get(erp.root).rows}
    assert standard == {name for name in names if not name.startswith("Connector")}
    assert {"CustomerCard", "SalesPrices", "GeneralLedgerSetup", "Company"} <= standard


def test_standard_pages_hide_what_nav_hides(erp: Any) -> None:
    card = erp.get("CustomerCard?$top=1").rows[0]
    assert "County" not in card and "Last_Modified_Date_Time" not in card and card["Blocked"] == " "
    assert "First_Name" not in erp.get("ContactCard?$top=1").rows[0]
    assert "Symbol" not in erp.get("Currencies?$top=1").rows[0]
    assert {"County", "Last_Modified_Date_Time"} < erp.get("ConnectorCustomer?$top=1").rows[0].keys()


def test_company_list_and_row(erp: Any) -> None:
    assert [row["Name"] for row in erp.get(erp.root + "Company").rows] == ["CRONUS International Ltd.", "My Company"]
    assert erp.get(erp.company.rstrip("/")).json["Name"] == "CRONUS International Ltd."
    assert erp.get(erp.root + "CustomerCard('10000')?company=CRONUS International Ltd.").status == 200
    others = erp.get(erp.root + "Company('My%20Company')/CustomerCard?$select=No,Name").rows
    assert [row["No"] for row in others] == ["10000", "10001", "K0001"] and others[0]["Name"] == "Bakkerij De Molen"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/DynamicsNAV100/ODataV4/CustomerCard", 404, "Internal_CompanyNotFound"),
        ("/DynamicsNAV100/ODataV4/Company('Nobody')/CustomerCard", 404, "Internal_CompanyNotFound"),
        ("Customers", 404, "BadRequest_ResourceNotFound"),
        ("CustomerCard('NONE')", 404, "Internal_RecordNotFound"),
        ("CustomerCard(10000)", 400, "BadRequest_InvalidRequestUrl"),
        ("CustomerCard?$select=Nothing", 400, "BadRequest"),
        ("CustomerCard?$filter=Nothing eq 1", 400, "BadRequest"),
        ("CustomerCard?$filter=No eq", 400, "BadRequest_NotFound"),
        ("CustomerCard?$orderby=Name DESC", 400, "BadRequest_NotFound"),
        ("CustomerCard?$search=x", 501, "BadRequest_MethodNotImplemented"),
        ("CustomerCard('10000')/Name", 501, "BadRequest_MethodNotImplemented"),
        ("CustomerCard?$expand=Nothing_Link", 400, "BadRequest"),
        ("CustomerCard?$expand=Name", 400, "BadRequest"),
        ("Currencies?$filter=ExchangeRateAmt gt 1", 400, "BadRequest"),
        ("CustomerCard?$filter=Blocked eq 'Never'", 400, "Unknown"),
        ("CustomerCard?$filter=Last_Date_Modified gt '2017-01-01'", 400, "BadRequest"),
        ("ItemCard?$filter=startswith(Location_Filter,'R')", 501, "BadRequest_MethodNotImplemented"),
        ("ItemCard?$orderby=Location_Filter", 501, "BadRequest_MethodNotImplemented"),
    ],
)
def test_refusals_have_the_servers_codes(erp: Any, path: str, status: int, code: str) -> None:
    answer = erp.get(path)
    assert (answer.status, answer.code) == (status, code)


def test_companies_and_metadata_are_read_only(erp: Any) -> None:
    for path in (erp.root + "Company", erp.company.rstrip("/"), erp.root + "$metadata", erp.root):
        assert erp("POST", path, {}).code == "BadRequest_MethodNotAllowed"


def test_outside_the_instance_a_web_page_answers(erp: Any) -> None:
    for path in ("/", "/Other/ODataV4/Company", "/DynamicsNAV100/api/v2.0/companies"):
        answer = erp.get(path)
        assert answer.status == 404 and answer.headers["content-type"] == "text/html"


@pytest.mark.parametrize(
    "key",
    [
        "SalesOrder(Document_Type='Order',No='101001')",
        "SalesOrder('101001')",
        "SalesOrder('Order','101001')",
        "SalesOrderSalesLines(Document_Type='Order',Document_No='101001',Line_No=10000)",
        "CustomerCard(No='10000')",
        "PaymentTerms('1M(8D)')",
        "ShippingAgents('OWN%20LOG.')",
        "GeneralLedgerSetup('')",
        "SalesPrices(Item_No='1936-S',Sales_Type='All Customers',Sales_Code='',Starting_Date=2017-01-20,"
        "Currency_Code='',Variant_Code='',Unit_of_Measure_Code='',Minimum_Quantity=0)",
        "SalesOrder(Document_Type='Order',No='101001')/SalesOrderSalesLines",
    ],
)
def test_keys_of_every_form(erp: Any, key: str) -> None:
    assert erp.get(key).status == 200


def test_apostrophe_in_a_key_is_doubled(erp: Any) -> None:
    assert erp("POST", "CustomerPriceGroups", {"Code": "O'HARA"}).status == 201
    assert erp.get("CustomerPriceGroups('O''HARA')").json["Code"] == "O'HARA"
    assert erp.get("CustomerPriceGroups(%27O%27%27HARA%27)").json["Code"] == "O'HARA"


@pytest.mark.parametrize(
    ("service", "text", "count"),
    [
        ("CustomerCard", "Blocked eq ' '", 30),
        ("CustomerCard", "Blocked eq ''", 30),
        ("CustomerCard", "Blocked ne ' '", 2),
        ("CustomerCard", "No eq '10000' or No eq '20000'", 2),
        ("CustomerCard", "(Currency_Code eq 'EUR' or Currency_Code eq 'USD') and Salesperson_Code eq 'OF'", 15),
        ("CustomerCard", "Currency_Code eq null", 7),
        ("CustomerCard", "startswith(Name,'Candoxy')", 3),
        ("CustomerCard", "contains(Name,'Möbel') or contains(Name,'kontorsm')", 0),
        ("CustomerCard", "tolower(Name) eq 'klubben'", 1),
        ("CustomerCard", "Last_Date_Modified ge 2017-01-26", 32),
        ("CustomerCard", "Last_Date_Modified gt 2017-01-26", 0),
        ("CustomerCard", "Credit_Limit_LCY gt 2499.99", 2),
        ("SalesPrices", "Starting_Date eq 0001-01-01", 2),
        ("SalesPrices", "Minimum_Quantity ge 10 and Sales_Type eq 'Customer Price Group'", 2),
        ("ConnectorContact", "Type eq 'Person'", 60),
        ("ConnectorCustomer", "Last_Modified_Date_Time gt 2017-01-26T07:59:59.999Z", 32),
        ("ConnectorCustomer", "Last_Modified_Date_Time gt 2017-01-26T08:00:00Z", 0),
        ("SalesOrder", "SalesOrderSalesLines/any(l: l/Quantity gt 1)", 10),
    ],
)
def test_filters(erp: Any, service: str, text: str, count: int) -> None:
    answer = erp.get(f"{service}?$count=true&$top=1&$filter={text}")
    assert answer.status == 200
    assert answer.json["@odata.count"] == count


@pytest.mark.parametrize(
    "text",
    [
        "No eq '1' or Name eq 'x'",
        "No in ('10000','20000')",
        "not (No eq '10000')",
        "contains(tolower(Name),'x')",
        "length(Name) eq 3",
        "'10000' eq No",
    ],
)
def test_what_nav_cannot_filter_is_501(erp: Any, text: str) -> None:
    assert erp.get(f"CustomerCard?$filter={text}").status == 501


def test_long_or_chain_of_one_field(erp: Any) -> None:
    chain = " or ".join(f"No eq '{number}'" for number in [*range(1000, 1400), 10000, 20000])
    assert len(erp.get(f"CustomerCard?$filter={chain}").rows) == 2


def test_select_order_top_skip_count(erp: Any) -> None:
    answer = erp.get("CustomerList?$select=Name&$orderby=Currency_Code desc,Name&$top=2&$skip=1&$count=true")
    assert [set(row) for row in answer.rows] == [{"@odata.etag", "Name"}] * 2
    assert [row["Name"] for row in answer.rows] == ["New Concepts Furniture", "Progressive Home Furnishings"]
    assert answer.json["@odata.count"] == 32
    assert "@odata.nextLink" not in answer.json


def test_count_has_a_byte_order_mark(erp: Any) -> None:
    answer = erp.get("CustomerCard/$count?$filter=Currency_Code eq 'EUR'")
    assert answer.body == b"\xef\xbb\xbf12" and answer.headers["content-type"] == "text/plain"


def test_pages_of_a_thousand_with_next_links(make_erp: Callable[..., Any]) -> None:
    erp = make_erp("--customers", "2500")
    answer = erp.get("CustomerCard?$filter=Name ne 'x y+z'&$select=No", prefer="odata.maxpagesize=10")
    sizes, seen = [], set()
    while True:
        sizes.append(len(answer.rows))
        seen |= {row["No"] for row in answer.rows}
        link = answer.json.get("@odata.nextLink")
        if link is None:
            break
        assert link.startswith("https://127.0.0.1:7048/DynamicsNAV100/ODataV4/") and "$skiptoken='" in link
        answer = erp.follow(link)
    assert sizes == [1000, 1000, 500] and len(seen) == 2500


def test_top_beyond_a_page_goes_on_with_what_is_left(make_erp: Callable[..., Any]) -> None:
    erp = make_erp("--customers", "2500")
    first = erp.get("CustomerCard?$top=1200&$orderby=Name&$select=Name")
    assert len(first.rows) == 1000 and "$top=200" in first.json["@odata.nextLink"]
    second = erp.follow(first.json["@odata.nextLink"])
    names = [row["Name"] for row in first.rows + second.rows]
    assert len(names) == 1200 and names == sorted(names) and "@odata.nextLink" not in second.json
    assert "@odata.nextLink" not in erp.get("CustomerCard?$top=1000").json


def test_a_page_that_is_exactly_full_has_no_next_link(make_erp: Callable[..., Any]) -> None:
    assert "@odata.nextLink" not in make_erp("--customers", "1000").get("CustomerCard").json


def test_metadata(erp: Any) -> None:
    answer = erp.get(erp.root + "$metadata")
    root = ElementTree.fromstring(answer.body)
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    types = {item.get("Name"): item for item in root.iter(f"{edm}EntityType")}
    name = next(item for item in types["CustomerCard"].iter(f"{edm}Property") if item.get("Name") == "Name")
    assert name.get("MaxLength") == "50"
    assert [ref.get("Name") for ref in types["SalesPrices"].iter(f"{edm}PropertyRef")][:2] == ["Item_No", "Sales_Type"]
    sets = {item.get("Name"): item for item in root.iter(f"{edm}EntitySet")}
    flags = [value.get("Bool") for value in sets["CustomerList"].iter(f"{edm}PropertyValue")]
    assert flags == ["false"] * 3
    assert erp.get(erp.root + "$metadata?$format=json").status == 400


def test_sign_in(erp: Any, make_erp: Callable[..., Any]) -> None:
    answer = erp.get("CustomerCard", authorization="Basic eDp5")
    assert answer.status == 401 and answer.code == "Authentication_InvalidCredentials"
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    for kind, offered in (("windows", "Negotiate"), ("ntlm", "Negotiate, NTLM")):
        windows = make_erp(auth=kind).get("CustomerCard")
        assert windows.status == 401 and windows.headers["www-authenticate"] == offered


def test_expanded_lines_and_computed_fields(erp: Any) -> None:
    order = erp.get("SalesOrder('101003')?$expand=SalesOrderSalesLines&$select=No").json
    assert [line["No"] for line in order["SalesOrderSalesLines"]] == ["1968-S", "1960-S", "1976-W", "70011"]
    assert erp.get("Currencies('USD')").json["ExchangeRateAmt"] == 0.648824
    assert erp.get("ItemCard('1968-S')").json["Qty_on_Sales_Order"] == 9


def test_statistics_count_rows(erp: Any) -> None:
    erp.get("CustomerCard?$top=3")
    erp.patch("CustomerCard('10000')", {"Fax_No": "1"})
    assert erp.app.stats.rows["Customer"] == {"read": 3, "inserted": 0, "updated": 1, "deleted": 0}


def test_a_dropped_column_is_unknown(erp: Any) -> None:
    erp.app.faults.load([{"id": "1", "do": {"drop_column": "Customer.E_Mail"}}])
    assert "E_Mail" not in erp.get("CustomerCard('10000')").json
    assert erp.get("CustomerCard?$select=E_Mail").status == 400
    erp.app.faults.load([])
    assert "E_Mail" in erp.get("CustomerCard('10000')").json


def test_every_field_of_a_table_can_be_filtered(erp: Any) -> None:
    literals = {
        "Edm.String": "' '",
        "Edm.Boolean": "true",
        "Edm.Decimal": "1",
        "Edm.Int32": "1",
        "Edm.Date": "2020-01-01",
    }
    literals |= {"Edm.DateTimeOffset": "2020-01-01T00:00:00Z", "Edm.Guid": "6f1f7c0a-6c5e-4f0e-9c9b-5d3b8a5a1e18"}
    for name, page in erp.app.publishing.pages.items():
        view = erp.app.companies.first.services.view(name, NO_EFFECTS)
        for control, field in view.fields.items():
            value = f"'{field.options[0]}'" if field.kind == "option" else literals[EDM[field.kind]]
            answer = erp.get(f"{name}?$top=1&$filter={control} eq {value}")
            assert answer.status == (400 if field.variable else 200), (page.service, control)


@pytest.mark.parametrize(("flavour", "size"), [("nav2017", 1000), ("bc", 20000)])
def test_page_sizes(flavour: str, size: int) -> None:
    assert query.page_size({}, {}, flavour) == size
    wish = {"prefer": "odata.maxpagesize=7"}
    assert query.page_size({}, wish, flavour) == (7 if flavour == "bc" else size)
    assert query.page_size({}, {"prefer": "odata.maxpagesize=99999"}, flavour) == size
    assert query.page_size({}, {"prefer": "odata.maxpagesize=0"}, flavour) == (1 if flavour == "bc" else size)


def test_links_of_business_central_keep_what_was_asked(bc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(query.PAGE_SIZE, "bc", 20)
    first = bc.get("CustomerCard?$top=25&$select=No&tenant=default&$filter=No ne 'a b+c'").json
    link = first["@odata.nextLink"]
    assert len(first["value"]) == 20 and "$top=5" in link and "tenant=default" in link and "$skiptoken='" in link
    second = bc.follow(link).json
    assert len(second["value"]) == 5 and "@odata.nextLink" not in second
    assert "$top" not in bc.get("CustomerCard?$select=No", prefer="odata.maxpagesize=9").json["@odata.nextLink"]
    skipped = bc.get("CustomerCard?$skip=30&$select=No").rows
    assert [row["No"] for row in skipped] == ["49858585", "50000"]


def test_companies_by_id_and_by_quoted_name(bc: Any, erp: Any) -> None:
    key = bc.get(bc.root + "Company").rows[1]["Id"]
    for address in (f"Company(Id={key})/", f"Company({key})/", "Company(Name='My%20Company')/"):
        assert bc.get(f"{bc.root}{address}CustomerCard('10001')").json["Name"] == "Fietsen & Zo"
    for query_text in (f"company={key}", "company='My Company'", "company=My Company"):
        assert bc.get(f"{bc.root}CustomerCard('10001')?{query_text}").status == 200
    assert erp.get(f"{erp.root}Company(Id={key})/CustomerCard").code == "BadRequest_InvalidRequestUrl"
    assert erp.get("/DynamicsNAV100//ODataV4/Company('My%20Company')//CustomerCard").status == 200


def test_a_write_with_the_intent_to_read(bc: Any) -> None:
    assert bc.get("CustomerCard?$top=1", data_access_intent="ReadOnly").status == 200
    assert bc("POST", "CustomerCard", {"Name": "x"}, data_access_intent="ReadOnly").status == 400
