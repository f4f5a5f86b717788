"""What pybc365 documents, against the server named on the command line; prints what it saw as JSON."""

import json
import ssl
import sys
from typing import Any

import httpx
import pybc365
from pybc365 import F

server = json.loads(sys.argv[1])
nav = server["nav"]
trusting = ssl.create_default_context(cafile=server["ca"])
seen: dict[str, Any] = {}


def refused(call: Any, *arguments: Any, **named: Any) -> list[Any]:
    """The class and the server's code of the error that a call ends with."""
    try:
        call(*arguments, **named)
    except pybc365.BC365Error as error:
        return [type(error).__name__, getattr(error, "code", None)]
    return ["nothing", None]


with pybc365.Client(
    base_url=nav["url"].removesuffix("/ODataV4"),
    company=nav["company"],
    auth=httpx.BasicAuth(nav["user"], nav["key"]),
    page_size=7,
    retry=pybc365.Retry(),
    transport=httpx.HTTPTransport(verify=trusting),
) as client:
    client.ping()
    customers = client.service("CustomerCard")
    seen["all"] = len(customers.all())
    seen["count"] = customers.filter(F("Salesperson_Code") == "OF").count()
    seen["pages"] = [len(page) for page in customers.select("No").pages()]
    seen["blank"] = customers.filter(F("Blocked") == "").count()
    seen["chain"] = [row["No"] for row in customers.filter((F("No") == "10000") | (F("No") == "20000")).all()]
    seen["across"] = refused(customers.filter(pybc365.raw("No eq '1' or Name eq 'x'")).all)
    first = customers.order_by(pybc365.desc("No")).select("No", "Name").top(1).first()
    seen["first"] = first and first["No"]
    row = customers.get(F("No") == "01121212")
    seen["get"] = row["Name"]
    changed = customers.update(F("No") == "01121212", {"Phone_No": "+1 555"}, etag=row["@odata.etag"])
    seen["updated"] = changed["Phone_No"]
    seen["stale"] = refused(customers.update, F("No") == "01121212", {"Phone_No": "+1"}, etag=row["@odata.etag"])
    made = customers.create({"Name": "Bob's Desks", "Salesperson_Code": "jo"})
    seen["created"] = [made["Name"], made["Salesperson_Code"]]
    seen["rejected"] = refused(customers.create, {"Name": "x", "Salesperson_Code": "NOPE"})
    customers.delete(F("No") == made["No"], etag=made["@odata.etag"])
    seen["gone"] = refused(customers.get, F("No") == made["No"])
    seen["unknown"] = refused(client.service("NoSuchPage").all)
    seen["keys"] = [key.name for key in client.discover_keys("SalesPrices")]
    permissions = client.discover_write_permissions("CustomerList")
    seen["permissions"] = [permissions.insertable, permissions.updatable, permissions.deletable]
    seen["fields"] = len(client.discover_fields("CustomerCard"))
    order = client.service("SalesOrder").get((F("Document_Type") == "Order") & (F("No") == "101001"))
    seen["order"] = order["Sell_to_Customer_Name"]

with pybc365.Client(
    base_url=nav["url"].removesuffix("/ODataV4"),
    company=nav["company"],
    auth=httpx.BasicAuth(nav["user"], "wrong"),
    transport=httpx.HTTPTransport(verify=trusting),
) as stranger:
    seen["stranger"] = refused(stranger.ping)
print(json.dumps(seen))
