"""What pybusinesscentral documents, against the server named on the command line; prints what it saw as JSON."""

import json
import ssl
import sys
import urllib.parse
import urllib.request
from typing import Any

import pybusinesscentral
from pybusinesscentral.api.company_api import CompanyApi
from pybusinesscentral.api.customer_api import CustomerApi
from pybusinesscentral.api.payment_term_api import PaymentTermApi
from pybusinesscentral.api.sales_invoice_api import SalesInvoiceApi
from pybusinesscentral.api.sales_invoice_line_api import SalesInvoiceLineApi
from pybusinesscentral.api.vendor_api import VendorApi
from pybusinesscentral.exceptions import ApiException
from pybusinesscentral.model.post_customer_request import PostCustomerRequest
from pybusinesscentral.model.post_payment_term_request import PostPaymentTermRequest
from pybusinesscentral.model.post_sales_invoice_line_for_sales_invoice_request import (
    PostSalesInvoiceLineForSalesInvoiceRequest,
)
from pybusinesscentral.model.post_sales_invoice_request import PostSalesInvoiceRequest

JSON = "application/json"
server = json.loads(sys.argv[1])
oauth = server["nav"]["oauth"]
form = {name: oauth[name] for name in ("client_id", "client_secret", "scope")} | {"grant_type": "client_credentials"}
handler = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=server["ca"]))
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
with opener.open(oauth["token_url"], urllib.parse.urlencode(form).encode()) as answer:
    token = json.load(answer)["access_token"]
configuration = pybusinesscentral.Configuration(
    host=f"{server['nav']['url']}/api/v2.0", access_token=token, ssl_ca_cert=server["ca"]
)
seen: dict[str, Any] = {}


def item_lookup(client: Any, company: str) -> Any:
    """A plain request of the same client: it has no items API of its own."""
    url = f"{configuration.host}/companies({company})/items?$filter=number%20eq%20%271896-S%27"
    return client.rest_client.request("GET", url, headers={"Authorization": f"Bearer {token}"})


def refused(call: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
    """The status and the code of the error that a call ends with."""
    try:
        call(*arguments, **named)
    except ApiException as error:
        return {"status": error.status, "code": json.loads(error.body)["error"]["code"]}
    return {"status": 200, "code": None}


with pybusinesscentral.ApiClient(configuration) as client:
    companies = CompanyApi(client).list_companies().value
    seen["companies"] = sorted(company.name for company in companies)
    company = next(company.id for company in companies if company.name == server["nav"]["company"])
    seen["company"] = CompanyApi(client).get_company(company).name

    customers = CustomerApi(client)
    listed = customers.list_customers(
        company, filter="salespersonCode eq 'JO'", top=3, select=["number", "displayName"]
    )
    seen["customers"] = [customer.number for customer in listed.value]
    seen["all_customers"] = len(customers.list_customers(company).value)
    new = PostCustomerRequest(display_name="Py Ltd.", number="PY0001")
    made = customers.post_customer(company, JSON, new)
    seen["made"] = [made.number, made.display_name, made.currency_code]
    raw = customers.get_customer_without_preload_content(company, made.id, expand=["paymentTerm", "currency"])
    etag = json.loads(raw.read())["@odata.etag"]
    change = PostCustomerRequest(display_name="Py PLC")
    seen["changed"] = customers.patch_customer(company, made.id, JSON, etag, change).display_name
    seen["stale"] = refused(customers.patch_customer, company, made.id, JSON, etag, change)
    customers.delete_customer(company, made.id)
    seen["deleted"] = refused(customers.get_customer, company, made.id)
    seen["vendors"] = refused(VendorApi(client).list_vendors, company)

    terms = PaymentTermApi(client)
    made_term = terms.post_payment_term(
        company, JSON, PostPaymentTermRequest(code="90 days", display_name="Net 90", due_date_calculation="90D")
    )
    seen["term"] = [made_term.code, made_term.due_date_calculation]

    invoices, lines = SalesInvoiceApi(client), SalesInvoiceLineApi(client)
    posted = invoices.list_sales_invoices(company, filter="status eq 'Open'").value
    seen["posted"] = sorted(invoice.number for invoice in posted)
    draft = invoices.post_sales_invoice(company, JSON, PostSalesInvoiceRequest(customer_number="10000"))
    seen["draft"] = [draft.status, draft.customer_name]
    seen["post_of_nothing"] = refused(invoices.post_action_sales_invoices, company, draft.id)
    item = json.loads(item_lookup(client, company).read())["value"][0]["id"]
    line = PostSalesInvoiceLineForSalesInvoiceRequest(item_id=item, quantity=2)
    made_line = lines.post_sales_invoice_line_for_sales_invoice(company, draft.id, JSON, line)
    seen["line"] = [made_line.line_type, made_line.description, made_line.quantity, made_line.unit_price]
    seen["quoted_line_id"] = refused(lines.get_sales_invoice_line_for_sales_invoice, company, draft.id, made_line.id)
    seen["lines"] = {
        "within": len(lines.list_sales_invoice_lines_for_sales_invoice(company, draft.id).value),
        "bare": refused(lines.list_sales_invoice_lines, company),
        "filtered": len(lines.list_sales_invoice_lines(company, filter=f"documentId eq {posted[0].id}").value),
    }
    invoices.post_action_sales_invoices(company, draft.id)
    after = invoices.get_sales_invoice(company, draft.id)
    seen["posted_draft"] = [after.status, after.total_amount_including_tax, after.remaining_amount]
    posted_change = PostSalesInvoiceRequest(external_document_number="X")
    seen["posted_is_fixed"] = refused(invoices.patch_sales_invoice, company, draft.id, JSON, "*", posted_change)
print(json.dumps(seen))
