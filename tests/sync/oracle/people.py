"""People at work in both systems: they write over HTTP with their own sign-in, as their programs do."""

from typing import Any
from urllib.parse import quote, urlsplit

import requests

from scripts.stand_ins import StandIns

Row = dict[str, Any]
SALESPERSON = "jo@contoso.com"


class _Person:
    """Sends requests and takes no refusal."""

    def __init__(self, stand_ins: StandIns) -> None:
        self.stand_ins = stand_ins
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = stand_ins.ready["ca"]

    def send(self, verb: str, address: str, body: Any = None, **headers: str) -> requests.Response:
        """Send a request. Raises AssertionError with the server's words when it refuses."""
        answer = self.http.request(verb, address, json=body, headers=headers, timeout=30)
        assert answer.ok, f"{verb} {address}: {answer.status_code} {answer.text[:500]}"
        return answer


class NavUser(_Person):
    """Somebody in NAV who works through its page services."""

    def __init__(self, stand_ins: StandIns) -> None:
        super().__init__(stand_ins)
        nav = stand_ins.ready["nav"]
        self.http.auth = (nav["user"], nav["key"])
        company = quote(nav["company"].replace("'", "''"))
        self.company = f"{nav['url'].rstrip('/')}/Company('{company}')"

    def address(self, page: str, *key: str) -> str:
        """Return the address of a record."""
        return f"{self.company}/{page}({','.join(quote(_literal(part)) for part in key)})"

    def read(self, page: str, *key: str) -> Row:
        """Return a record with its version."""
        return dict(self.send("GET", self.address(page, *key)).json())

    def change(self, page: str, *key: str, **values: Any) -> Row:
        """Change fields of a record."""
        version = self.read(page, *key)["@odata.etag"]
        return dict(self.send("PATCH", self.address(page, *key), values, **{"If-Match": version}).json())

    def create(self, page: str, **values: Any) -> Row:
        """Create a record."""
        return dict(self.send("POST", f"{self.company}/{page}", values).json())

    def delete(self, page: str, *key: str) -> None:
        """Delete a record."""
        version = self.read(page, *key)["@odata.etag"]
        self.send("DELETE", self.address(page, *key), **{"If-Match": version})


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


class SalesUser(_Person):
    """A salesperson in Sales; `user` None writes as the connector's own application user."""

    def __init__(self, stand_ins: StandIns, user: str | None = SALESPERSON) -> None:
        super().__init__(stand_ins)
        crm = stand_ins.ready["crm"]
        self.user = user
        self.api = f"{crm['url'].rstrip('/')}/api/data/v9.2/"
        form = {
            "grant_type": "client_credentials",
            "client_id": crm["client_id"],
            "client_secret": crm["client_secret"],
            "scope": f"{crm['url'].rstrip('/')}/.default",
        }
        answer = self.http.post(
            f"{crm['authority'].rstrip('/')}/{crm['tenant']}/oauth2/v2.0/token", data=form, timeout=30
        )
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def change(self, entity_set: str, key: str, **values: Any) -> None:
        """Change columns of a row."""
        self._write("PATCH", f"{entity_set}({key})", values)

    def create(self, entity_set: str, **values: Any) -> str:
        """Create a row and return its id."""
        answer = self._write("POST", entity_set, values)
        return answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")

    def delete(self, entity_set: str, key: str) -> None:
        """Delete a row."""
        self._write("DELETE", f"{entity_set}({key})", None)

    def choices(self, table: str, column: str) -> dict[int, str]:
        """Return the labels of a choice column by value."""
        path = (
            f"EntityDefinitions(LogicalName='{table}')/Attributes(LogicalName='{column}')"
            "/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet"
        )
        options = self.send("GET", self.api + path).json()["OptionSet"]["Options"]
        return {option["Value"]: option["Label"]["UserLocalizedLabel"]["Label"] for option in options}

    def _write(self, verb: str, path: str, values: Any) -> requests.Response:
        self.stand_ins.act_as("crm", self.user)
        try:
            return self.send(verb, self.api + path, values)
        finally:
            self.stand_ins.act_as("crm", None)


def free_port_address(address: str) -> str:
    """Return this address with a port on which nobody listens."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}:9{parts.path}"
