"""What bc-cli documents, against the server named on the command line; prints what it saw as JSON."""

import asyncio
import json
import ssl
import sys
import urllib.parse
import urllib.request
from typing import Any

import bcli._url
import bcli.config._defaults
from bcli.client import AsyncBCClient
from bcli.errors import BCLIError

server = json.loads(sys.argv[1])
nav = server["nav"]
base = "https://" + urllib.parse.urlsplit(nav["url"]).netloc
for module in (bcli._url, bcli.config._defaults):
    module.BC_BASE_URL = f"{base}/v2.0"
bcli._url._ALLOWED_HOST_SUFFIXES = ("127.0.0.1",)
seen: dict[str, Any] = {}

oauth = nav["oauth"]
form = {name: oauth[name] for name in ("client_id", "client_secret", "scope")} | {"grant_type": "client_credentials"}
handler = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=server["ca"]))
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
with opener.open(oauth["token_url"], urllib.parse.urlencode(form).encode()) as answer:
    token = json.load(answer)["access_token"]


class Token:
    """An access token that is there already."""

    async def get_access_token(self) -> str:
        return token

    def clear_cache(self) -> None:
        """Nothing is kept."""


async def refused(call: Any) -> list[Any]:
    """The class of the error that a call ends with, and what it tells of the server's."""
    try:
        await call
    except BCLIError as error:
        return [type(error).__name__, str(error)]
    return ["nothing", None]


def client(company: str | None = None) -> AsyncBCClient:
    return AsyncBCClient(tenant_id="contoso", environment="Production", company_id=company, auth=Token())


async def use() -> None:
    """Everything the client documents for standard entities."""
    async with client() as found:
        companies = await found.list_companies()
    seen["companies"] = sorted(company["name"] for company in companies)
    company = next(row["id"] for row in companies if row["name"] == nav["company"])
    async with client(company) as bc:
        await customers(bc)
        await orders(bc)


async def customers(bc: AsyncBCClient) -> None:
    """Reads, writes and a refusal."""
    query = bc.query("customers").filter("salespersonCode eq 'JO'").orderby("number").top(2)
    seen["get"] = [row["number"] for row in await query.get()]
    seen["all"] = len(await bc.query("customers").get())
    made = await bc.post("customers", {"displayName": "Cli Ltd."})
    seen["made"] = made["displayName"]
    changed = await bc.patch("customers", made["id"], {"displayName": "Cli PLC"})
    seen["changed"] = changed["displayName"]
    await bc.delete("customers", made["id"])
    seen["deleted"] = await refused(bc.get("customers", made["id"]))
    seen["unknown_property"] = await refused(bc.query("customers").filter("nosuch eq 1").get())


async def orders(bc: AsyncBCClient) -> None:
    """A deep insert and a bound action."""
    line = {"lineType": "Item", "lineObjectNumber": "1896-S", "quantity": 2}
    order = await bc.post("salesOrders", {"customerNumber": "10000", "salesOrderLines": [line]})
    read = bc.query("salesOrders").filter(f"number eq '{order['number']}'").expand("salesOrderLines")
    seen["order"] = [found["lineObjectNumber"] for found in (await read.get())[0]["salesOrderLines"]]
    await bc.post(f"salesOrders({order['id']})/Microsoft.NAV.shipAndInvoice", {})
    invoices = await bc.query("salesInvoices").filter(f"orderNumber eq '{order['number']}'").get()
    seen["invoiced"] = [invoice["totalAmountExcludingTax"] for invoice in invoices]


asyncio.run(use())
print(json.dumps(seen))
