"""What ms-dynamics-business-central-sdk documents, against the server of the command line; prints what it saw as JSON."""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from dynamics.core.client import Dynamics
from dynamics.exceptions.dynamics_exceptions import DynamicsError

server = json.loads(sys.argv[1])
nav = server["nav"]
address = urlsplit(nav["url"])
base = f"https://{address.netloc}"
Dynamics.TOKEN_URL = nav["oauth"]["token_url"] + "?resource=https://api.businesscentral.dynamics.com"
Dynamics.BASE_URL = base + "/v2.0/{environment}/api/v2.0"
Dynamics.API_URL = base
seen: dict[str, Any] = {}


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    """The class of the error that a call ends with."""
    try:
        call(*arguments, **named)
    except DynamicsError as error:
        return type(error).__name__
    return "nothing"


def connected(company: str | None = None, refresh_token: str = "sandbox-erp-refresh-token") -> Dynamics:
    """A client of the sandbox environment."""
    oauth = nav["oauth"]
    return Dynamics(
        client_id=oauth["client_id"],
        client_secret=oauth["client_secret"],
        refresh_token=refresh_token,
        environment="sandbox",
        company_id=company,
    )


seen["bad_refresh_token"] = refused(connected, refresh_token="nonsense")
first = connected()
companies = first.companies.get_all()
seen["companies"] = sorted(company["name"] for company in companies)
seen["environments"] = sorted(found["name"] for found in first.environments.get_all()["value"])
company = next(found["id"] for found in companies if found["name"] == nav["company"])
client = connected(company)
seen["locations"] = sorted(location["code"] for location in client.locations.get_all())
seen["location_count"] = client.locations.count()
seen["not_there"] = refused(client.vendors.get_all)
print(json.dumps(seen))
