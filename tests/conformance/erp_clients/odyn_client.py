"""What odyn documents, against the server named on the command line; prints what it saw as JSON."""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from odyn import BasicAuth, BCWebServiceClientSync
from odyn.exceptions import OdynError
from odyn.query import F, ODataQuery

server = json.loads(sys.argv[1])
nav = server["nav"]
address = urlsplit(nav["url"])
seen: dict[str, Any] = {}


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    """The class of the error that a call ends with."""
    try:
        call(*arguments, **named)
    except OdynError as error:
        return type(error).__name__
    return "nothing"


with BCWebServiceClientSync.create(
    server=f"https://{address.netloc}",
    instance=address.path.split("/")[1],
    company=nav["company"],
    auth=BasicAuth(nav["user"], nav["key"]),
) as client:
    seen["all"] = len(client.get("CustomerCard"))
    query = ODataQuery().select("No", "Name").filter(F.Salesperson_Code == "JO").order_by("Name asc").top(3)
    seen["query"] = client.get("CustomerCard", query=query)["No"].to_list()
    either = ODataQuery().filter(F.No.is_in(["10000", "20000", "30000"]))
    seen["is_in"] = len(client.get("CustomerCard", query=either))
    seen["by_key"] = client.get_by_key("CustomerCard", "10000")["Name"]
    seen["first"] = client.get_first("ItemCard") is not None
    seen["endpoints"] = "CustomerCard" in client.get_endpoints()
    seen["count"] = client.count("CustomerCard")
    seen["missing"] = refused(client.get, "NoSuchPage")
    seen["quoted_time"] = refused(client.get_since, "ConnectorCustomer", "2017-01-01T00:00:00Z")
    seen["exists"] = [client.exists("ConnectorCustomer", "10000"), client.exists("ConnectorCustomer", "NONE")]
    by_number = client.get_batch("CustomerCard", "No", ["10000", "20000", "40000", "50000"])
    seen["batch"] = len(by_number)
print(json.dumps(seen))
