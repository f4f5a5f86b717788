"""A small shop in the CRM stand-in: a priced product, a customer and sales documents, for the tests of its rules."""

from __future__ import annotations

from typing import Any

SETS = {
    "opportunity": ("opportunities", "opportunityproducts"),
    "quote": ("quotes", "quotedetails"),
    "salesorder": ("salesorders", "salesorderdetails"),
    "invoice": ("invoices", "invoicedetails"),
}
CLOSINGS = {
    "WinOpportunity": ("OpportunityClose", "opportunity"),
    "LoseOpportunity": ("OpportunityClose", "opportunity"),
    "WinQuote": ("QuoteClose", "quote"),
    "CloseQuote": ("QuoteClose", "quote"),
    "FulfillSalesOrder": ("OrderClose", "salesorder"),
    "CancelSalesOrder": ("OrderClose", "salesorder"),
}


class Shop:
    """Speaks to the stand-in through `client`."""

    def __init__(self, client: Any, price: float = 12.5) -> None:
        self.client = client
        self.group = client.create("uomschedules", name="PCS", baseuomname="PCS")
        self.unit = client.get(f"uoms?$select=uomid&$filter=_uomscheduleid_value eq {self.group}").value[0]["uomid"]
        self.price_list = client.create("pricelevels", name="Default")
        self.account = client.create("accounts", name="Adatum")
        self.product = self.new_product("1000")
        self.item = self.priced(self.product, amount=price)
        self.activate(self.product)

    def new_product(self, number: str, **values: Any) -> str:
        """A draft product."""
        key: str = self.client.create(
            "products",
            **{
                "name": f"Product {number}",
                "productnumber": number,
                "defaultuomid__bind": f"/uoms({self.unit})",
                "defaultuomscheduleid__bind": f"/uomschedules({self.group})",
                **values,
            },
        )
        return key

    def priced(self, product: str, **values: Any) -> str:
        """A price list item of a product in the price list."""
        return str(self.client.create("productpricelevels", **self.item_of(product), **values))

    def item_of(self, product: str) -> dict[str, str]:
        """What names a price list item."""
        return {
            "pricelevelid__bind": f"/pricelevels({self.price_list})",
            "productid__bind": f"/products({product})",
            "uomid__bind": f"/uoms({self.unit})",
        }

    def activate(self, product: str) -> None:
        """Publish a product."""
        assert self.client.patch(f"products({product})", {"statecode": 0, "statuscode": 1}).status == 204

    def document(self, table: str, **values: Any) -> str:
        """A sales document of the account with the price list."""
        given = {
            "name": f"A {table}",
            "customerid_account__bind": f"/accounts({self.account})",
            "pricelevelid__bind": f"/pricelevels({self.price_list})",
        }
        return str(self.client.create(SETS[table][0], **(given | values)))

    def line_body(self, table: str, document: str, **values: Any) -> dict[str, Any]:
        """The body of a line of the product."""
        return {
            f"{table}id@odata.bind": f"/{SETS[table][0]}({document})",
            "productid@odata.bind": f"/products({self.product})",
            "uomid@odata.bind": f"/uoms({self.unit})",
            **values,
        }

    def line(self, table: str, document: str, **values: Any) -> str:
        """A line of the product."""
        answer = self.client.post(SETS[table][1], self.line_body(table, document, **values))
        assert answer.status == 204, answer.body
        return str(answer.id)

    def write_in(self, table: str, document: str, **values: Any) -> Any:
        """The answer to a line without product."""
        body = {f"{table}id@odata.bind": f"/{SETS[table][0]}({document})", "productdescription": "Delivery", **values}
        return self.client.post(SETS[table][1], body)

    def row(self, table: str, key: str) -> dict[str, Any]:
        """A document as it is."""
        return dict(self.client.get(f"{SETS[table][0]}({key})").json)

    def lines(self, table: str, document: str) -> list[dict[str, Any]]:
        """The lines of a document, in order."""
        query = f"{SETS[table][1]}?$filter=_{table}id_value eq {document}&$orderby=lineitemnumber"
        return list(self.client.get(query).value)

    def move(self, table: str, key: str, state: int, reason: int) -> Any:
        """The answer to a PATCH of the state."""
        return self.client.patch(f"{SETS[table][0]}({key})", {"statecode": state, "statuscode": reason})

    def close(self, action: str, key: str, status: int = -1, **activity: Any) -> Any:
        """The answer of an action that closes a document."""
        parameter, table = CLOSINGS[action]
        bind = {f"{table}id@odata.bind": f"/{SETS[table][0]}({key})"}
        return self.client.post(action, {"Status": status, parameter: {"subject": action, **bind, **activity}})

    def integrate(self, admin: Any) -> None:
        """Let an ERP own orders and invoices."""
        organization = admin.get("organizations").value[0]["organizationid"]
        assert admin.patch(f"organizations({organization})", {"issopintegrationenabled": True}).status == 204
