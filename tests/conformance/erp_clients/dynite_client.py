"""What dynite documents, against the server named on the command line; prints what it saw as JSON."""

import json
import sys
from typing import Any

from dynite import Dynite
from dynite.exceptions import FailedRequestError

server = json.loads(sys.argv[1])
nav = server["nav"]
root = nav["url"] if nav["url"].endswith("/ODataV4") else f"{nav['url']}/ODataV4"
company = nav["company"].replace(" ", "%20")
client = Dynite(base_url=f"{root}/Company('{company}')", auth=(nav["user"], nav["key"]))
seen: dict[str, Any] = {
    "all": len(client.get_records("CustomerCard")),
    "filtered": [
        row["No"] for row in client.get_records("CustomerCard", {"$filter": "Salesperson_Code eq 'JO'", "$top": "2"})
    ],
}
try:
    client.get_records("NoSuchPage")
    seen["missing"] = "nothing"
except FailedRequestError as error:
    seen["missing"] = type(error).__name__
print(json.dumps(seen))
