"""API v2.0 of Business Central: documents with their lines, actions, navigation, invoices, metadata, addresses."""

from typing import Any
from xml.etree import ElementTree

import pytest

API = "/BC/api/v2.0"


@pytest.fixture
def company(bc: Any) -> str:
    return f"{API}/companies({bc.get(f'{API}/companies').rows[0]['id']})"


def order_with_lines(bc: Any, company: str, *lines: dict[str, Any], customer: str = "10000") -> Any:
    body = {"customerNumber": customer, "salesOrderLines": list(lines)}
    return bc("POST", f"{company}/salesOrders?$expand=salesOrderLines", body)


def line(no: str, quantity: float, **more: Any) -> dict[str, Any]:
    return {"lineType": "Item", "lineObjectNumber": no, "quantity": quantity, **more}


def test_deep_insert(bc: Any, company: str) -> None:
    answer = order_with_lines(bc, company, line("1928-S", 2, unitPrice=40), line("1900-S", 1, discountPercent=10))

    assert answer.status == 201 and answer.json["id"] in answer.headers["location"]
    order = answer.json
    assert [made["sequence"] for made in order["salesOrderLines"]] == [10000, 20000]
    assert [made["unitPrice"] for made in order["salesOrderLines"]] == [40, 125.1]
    read = bc.get(f"{company}/salesOrders({order['id']})").json
    assert (read["totalAmountExcludingTax"], read["totalTaxAmount"], read["totalAmountIncludingTax"]) == (
        192.59,
        48.15,
        240.74,
    )
    assert (read["status"], read["customerName"], read["currencyCode"]) == ("Draft", "The Cannon Group PLC", "GBP")
    assert read["partialShipping"] is True and read["fullyShipped"] is False
    assert order["@odata.etag"] == read["@odata.etag"]


def test_a_deep_insert_is_all_or_nothing(bc: Any, company: str) -> None:
    def counts() -> list[int]:
        return [bc.app.table_page(name, 0, 0).count for name in ("SalesHeader", "SalesLine")]

    bc.get(f"{company}/items?$top=2")
    before, rows = counts(), {name: dict(kinds) for name, kinds in bc.app.stats.rows.items()}
    answer = order_with_lines(bc, company, line("1928-S", 2), line("NOPE", 1))
    assert answer.code == "Internal_InvalidTableRelation"
    assert counts() == before and bc.app.stats.rows == rows
    series = bc.app.companies.first.store.series
    assert "SalesHeader" not in series  # no number is lost with it
    order_with_lines(bc, company)
    assert bc.app.companies.first.store.series["SalesHeader"] > 0


def test_lines_by_item_id_and_by_type(bc: Any, company: str) -> None:
    item = bc.get(f"{company}/items?$filter=number eq '1928-S'").rows[0]
    order = order_with_lines(bc, company).json["id"]
    lines = f"{company}/salesOrders({order})/salesOrderLines"
    made = bc("POST", lines, {"quantity": 3, "itemId": item["id"]}).json
    assert (made["lineType"], made["lineObjectNumber"], made["documentId"]) == ("Item", "1928-S", order)
    assert made["itemId"] == item["id"] and made["unitPrice"] == 35.6
    resource = bc("POST", lines, {"lineType": "Resource", "lineObjectNumber": "TERRY", "quantity": 2}).json
    assert (resource["description"], resource["unitPrice"], resource["itemId"][:8]) == ("Terry Dodds", 54, "00000000")
    apart = bc("POST", f"{company}/salesOrderLines", {"documentId": order, "itemId": item["id"], "quantity": 1})
    assert apart.status == 201 and apart.json["sequence"] == 30000
    both = bc("POST", lines, {"itemId": item["id"], "accountId": item["id"]})
    assert both.code == "Application_DialogException"
    assert len(bc.get(f"{company}/salesOrderLines?$filter=documentId eq {order}").rows) == 3
    one = f"{company}/salesOrderLines({made['id']})"
    assert bc.patch(one, {"quantity": 5}).json["amountExcludingTax"] == 178
    assert bc.patch(one, {"sequence": 5}).code == "Application_DialogException"
    assert bc("DELETE", one).status == 204


def test_ship_and_invoice(bc: Any, company: str) -> None:
    order = order_with_lines(bc, company, line("1928-S", 2, unitPrice=40)).json
    etag = bc.get(f"{company}/salesOrders({order['id']})").headers["etag"]
    address = f"{company}/salesOrders({order['id']})/Microsoft.NAV.shipAndInvoice"
    assert bc.get(address).code == "BadRequest_MethodNotAllowed"
    assert bc("POST", address, if_match='W/"JzE7MDswMDsn"').code == "Request_EntityChanged"

    assert bc("POST", address, if_match=etag).status == 204
    assert bc.get(f"{company}/salesOrders({order['id']})").status == 404
    invoice = bc.get(
        f"{company}/salesInvoices?$filter=orderNumber eq '{order['number']}'&$expand=salesInvoiceLines"
    ).rows[0]
    assert (invoice["status"], invoice["totalAmountIncludingTax"], invoice["remainingAmount"]) == ("Open", 100, 100)
    assert [made["lineObjectNumber"] for made in invoice["salesInvoiceLines"]] == ["1928-S"]
    bc.control("pay", {"no": invoice["number"]})
    assert bc.get(f"{company}/salesInvoices({invoice['id']})").json["status"] == "Paid"
    empty = order_with_lines(bc, company).json["id"]
    refused = bc("POST", f"{company}/salesOrders({empty})/Microsoft.NAV.shipAndInvoice")
    assert refused.code == "Application_DialogException"


def test_a_draft_invoice_keeps_its_id_when_it_is_posted(bc: Any, company: str) -> None:
    body = {"customerNumber": "20000", "salesInvoiceLines": [line("1928-S", 1)]}
    draft = bc("POST", f"{company}/salesInvoices", body)
    assert draft.status == 201 and draft.json["status"] == "Draft"
    address = f"{company}/salesInvoices({draft.json['id']})"
    assert bc.patch(address, {"externalDocumentNumber": "CRM-1"}).json["externalDocumentNumber"] == "CRM-1"
    drafted = bc.get(f"{company}/salesInvoices?$filter=status eq 'Draft'").rows
    assert [row["id"] for row in drafted] == [draft.json["id"]]
    assert bc("POST", f"{address}/Microsoft.NAV.post").status == 204
    posted = bc.get(address).json
    assert (posted["id"], posted["status"]) == (draft.json["id"], "Open") and posted["number"].startswith("103")
    for refused in (bc.patch(address, {"externalDocumentNumber": "x"}), bc("DELETE", address)):
        assert refused.code == "Application_DialogException"
    assert bc("POST", f"{address}/Microsoft.NAV.post").code == "Application_DialogException"
    lines = bc.get(f"{address}/salesInvoiceLines").rows
    assert [row["documentId"] for row in lines] == [draft.json["id"]]
    assert bc.patch(f"{company}/salesInvoiceLines({lines[0]['id']})", {"quantity": 2}).status == 400


def test_a_quote_becomes_an_order(bc: Any, company: str) -> None:
    body = {"customerNumber": "10000", "salesQuoteLines": [line("1928-S", 4)]}
    quote = bc("POST", f"{company}/salesQuotes", body).json
    answer = bc("POST", f"{company}/salesQuotes({quote['id']})/Microsoft.NAV.makeOrder")
    assert answer.status == 204
    path = answer.headers["location"].partition("7048")[2]
    order = bc.get(f"{path}?$expand=salesOrderLines").json
    assert [made["quantity"] for made in order["salesOrderLines"]] == [4] and order["status"] == "Draft"
    assert bc.get(f"{company}/salesQuotes({quote['id']})").status == 404


def test_navigation_and_nested_expand(bc: Any, company: str) -> None:
    order = order_with_lines(bc, company, line("1928-S", 2), line("1900-S", 1), customer="01445544").json["id"]
    customer = "customer($select=number;$expand=currency($select=code))"
    nested = f"{customer},salesOrderLines($filter=quantity gt 1;$expand=item($select=number))"
    read = bc.get(f"{company}/salesOrders({order})?$expand={nested}").json
    assert read["customer"]["number"] == "01445544" and read["customer"]["currency"]["code"] == "USD"
    assert [found["item"]["number"] for found in read["salesOrderLines"]] == ["1928-S"]
    assert set(read["customer"]) == {"@odata.etag", "number", "currency"}
    home = bc.get(f"{company}/customers?$filter=number eq '10000'&$expand=currency,customerFinancialDetail").rows[0]
    assert home["currency"] is None and home["customerFinancialDetail"]["balance"] > 0
    assert bc.get(f"{company}/salesOrders({order})/customer").json["number"] == "01445544"
    assert bc.get(f"{company}/customers({home['id']})/currency").status == 404
    contacts = bc.get(f"{company}/customers({home['id']})/contactsInformation").rows
    assert [row["contactNumber"] for row in contacts] == ["CT000001"]
    for wrong, status in (("nothing", 400), ("number", 400), ("customer(", 400), ("customer($levels=2)", 501)):
        assert bc.get(f"{company}/salesOrders?$expand={wrong}").status == status


def test_links_of_page_services(erp: Any) -> None:
    row = erp.get("CustomerCard('01445544')?$expand=Currency_Code_Link($select=Code)").json
    assert [found["Code"] for found in row["Currency_Code_Link"]] == ["USD"]
    assert [found["Code"] for found in erp.get("CustomerCard('01445544')/Currency_Code_Link").rows] == ["USD"]
    erp.control("services", {"unpublish": ["Currencies", "ConnectorCurrency"]})
    assert erp.get("CustomerCard('01445544')?$expand=Currency_Code_Link").status == 400


def test_templates_fill_posting_groups_of_new_customers(bc: Any, company: str) -> None:
    made = bc("POST", f"{company}/customers", {"displayName": "Templated"}).json
    row = bc.get(f"CustomerCard('{made['number']}')").json
    assert row["Gen_Bus_Posting_Group"] == row["Customer_Posting_Group"] == "DOMESTIC"
    assert order_with_lines(bc, company, customer=made["number"]).status == 201
    on_the_page = bc("POST", "CustomerCard", {"Name": "Bare"}).json
    assert on_the_page["Gen_Bus_Posting_Group"] == ""


def test_rows_come_in_the_order_of_their_ids(bc: Any, company: str) -> None:
    ids = [row["id"] for row in bc.get(f"{company}/customers?$select=id").rows]
    assert ids == sorted(ids) and len(ids) == 32


def test_in_and_nested_functions_need_schema_version_2_1(bc: Any, erp: Any, company: str) -> None:
    for text, numbers in (
        ("number in ('10000','20000')", 2),
        ("number in ('10000')", 1),
        ("contains(tolower(displayName),'candoxy')", 3),
    ):
        assert bc.get(f"{company}/customers?$filter={text}").status == 501
        assert len(bc.get(f"{company}/customers?$schemaversion=2.1&$filter={text}").rows) == numbers
    assert erp.get("CustomerCard?$schemaversion=2.1").status == 400


def test_metadata_of_both_trees(bc: Any) -> None:
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    for tree, namespace in ((f"{API}/$metadata", "Microsoft.NAV"), (f"{bc.root}$metadata", "NAV")):
        root = ElementTree.fromstring(bc.get(tree).body)
        schema = next(root.iter(f"{edm}Schema"))
        assert schema.get("Namespace") == namespace
        types = {f"{namespace}.{found.get('Name')}" for found in schema.findall(f"{edm}EntityType")}
        sets = {found.get("Name"): found for found in schema.iter(f"{edm}EntitySet")}
        assert {found.get("EntityType") for found in sets.values()} <= types
        for found in schema.iter(f"{edm}NavigationProperty"):
            assert (found.get("Type") or "").removeprefix("Collection(").removesuffix(")") in types
        assert {found.get("Target") for found in schema.iter(f"{edm}NavigationPropertyBinding")} <= set(sets)
        shown = bc.get(f"{tree}?$format=json").json
        assert shown["$EntityContainer"] == f"{namespace}.NAV" and set(sets) < set(shown[namespace]["NAV"])
    described = bc.get(f"{bc.root}$metadata?$format=json").json["NAV"]["SalesOrder"]
    assert described["$Key"] == ["Document_Type", "No"] and described["No"]["$MaxLength"] == 20
    assert described["SalesOrderSalesLines"]["$ContainsTarget"] is True
    actions = {
        found.get("Name") for found in ElementTree.fromstring(bc.get(f"{API}/$metadata").body).iter(f"{edm}Action")
    }
    assert actions == {"shipAndInvoice", "makeOrder", "post"}


def test_every_entity_and_service_answers_as_its_metadata_says(bc: Any, company: str) -> None:
    types = bc.get(f"{API}/$metadata?$format=json").json["Microsoft.NAV"]
    for name, entry in types["NAV"].items():
        if name in ("$Kind", "companies") or name.endswith("Lines"):
            continue
        rows = bc.get(f"{company}/{name}?$top=1")
        assert rows.status == 200, name
        shown = types[entry["$Type"].rpartition(".")[2]]
        wanted = {prop for prop, about in shown.items() if isinstance(about, dict) and about.get("$Kind") is None}
        assert all(
            set(row) - {"@odata.etag"} == {prop for prop in wanted if not prop.startswith("$")} for row in rows.rows
        )


def test_addresses_of_the_online_service(bc: Any, company: str) -> None:
    tail = company.removeprefix(API)
    for prefix in ("/v2.0/Production/api/v2.0", "/v2.0/contoso.com/sandbox/api/v2.0"):
        answer = bc.get(f"{prefix}{tail}/customers?$select=number", prefer="odata.maxpagesize=30")
        assert f"{prefix}{tail}/customers" in answer.json["@odata.nextLink"]
        assert len(bc.follow(answer.json["@odata.nextLink"]).rows) == 2
    page = bc.get("/v2.0/Production/ODataV4/Company('My%20Company')/CustomerCard?$top=1")
    assert "/v2.0/Production/ODataV4/$metadata#" in page.json["@odata.context"]
    for path in ("/environments/v1.1", "/environments/v2.0/", "/admin/v2.21/applications/businesscentral/environments"):
        assert [row["name"] for row in bc.get(path).rows] == ["Production", "Sandbox"]
    names = bc.get(f"{API}/companies?$filter=name eq 'My Company'").rows
    assert [row["name"] for row in names] == ["My Company"]
    assert bc.get(f"{API}/customers/$count?company=My Company").body.endswith(b"3")


def test_nav_2017_has_none_of_this(erp: Any) -> None:
    for path in ("/DynamicsNAV100/api/v2.0/companies", "/v2.0/Production/api/v2.0/companies", "/environments/v1.1"):
        assert erp.get(path).headers["content-type"] == "text/html"
    order = "SalesOrder(Document_Type='Order',No='101001')"
    assert erp("POST", f"{order}/NAV.shipAndInvoice").status == 501
    assert erp("POST", "SalesOrder", {"Sell_to_Customer_No": "10000", "SalesOrderSalesLines": [{}]}).status == 501
    assert erp("POST", erp.root + "$batch", {"requests": []}).status == 501
    assert erp.app.handle is not None and "SystemModifiedAt" not in erp.get("ConnectorCustomer('10000')").json


def test_the_companies_do_not_mix(bc: Any) -> None:
    rows = bc.get(f"{API}/companies").rows
    other = f"{API}/companies({rows[1]['id']})"
    theirs = bc.get(f"{other}/customers?$filter=number eq '10000'").rows[0]
    assert theirs["displayName"] == "Bakkerij De Molen" and theirs["currencyCode"] == "EUR"
    bc.patch(f"{other}/customers({theirs['id']})", {"displayName": "De Nieuwe Molen"})
    assert bc.get("CustomerCard('10000')").json["Name"] == "The Cannon Group PLC"
    assert bc.get(f"{API}/companies({rows[0]['id']})/customers({theirs['id']})").status == 404
