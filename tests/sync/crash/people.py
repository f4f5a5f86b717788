"""People at work in both systems, through the servers' own APIs: signed in as themselves, not as the connector."""

from typing import Any
from urllib.parse import quote

import requests

from scripts.stand_ins import StandIns

SECONDS = 30.0


class Refused(AssertionError):
    """A server did not accept what a person did."""


class People:
    """An administrator of Sales and somebody with a key for NAV."""

    def __init__(self, stand_ins: StandIns) -> None:
        self.ready = stand_ins.ready
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = self.ready["ca"]
        self._token = ""

    # Sales

    def crm(self, verb: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Call Sales; `path` is relative to the API."""
        address = f"{self.ready['crm']['url'].rstrip('/')}/api/data/v9.2/{path}"
        answer = self._crm_once(verb, address, body, headers)
        if answer.status_code == 401:
            self._token = ""
            answer = self._crm_once(verb, address, body, headers)
        if not answer.ok:
            raise Refused(f"{verb} {path}: {answer.status_code} {answer.text[:400]}")
        return answer

    def _crm_once(self, verb: str, address: str, body: Any, headers: dict[str, str]) -> requests.Response:
        if not self._token:
            self._token = self._sign_in()
        signed = {"Authorization": f"Bearer {self._token}", **headers}
        return self.http.request(verb, address, json=body, headers=signed, timeout=SECONDS)

    def _sign_in(self) -> str:
        crm = self.ready["crm"]
        answer = self.http.post(
            f"{crm['authority']}/{crm['tenant']}/oauth2/v2.0/token",
            data={
                "grant_type": "password",
                "client_id": "51f81489-12ee-4a9e-aaae-a2591f45987d",
                "username": crm["admin"]["user"],
                "password": crm["admin"]["password"],
                "scope": f"{crm['url']}/.default",
            },
            timeout=SECONDS,
        )
        if not answer.ok:
            raise Refused(answer.text[:400])
        return str(answer.json()["access_token"])

    def account_create(self, identity: str, name: str, **values: Any) -> None:
        """Create an account of the relationship type Customer under a known id."""
        row = {"accountid": identity, "name": name, "customertypecode": 3, **values}
        self.crm("POST", "accounts", row)

    def account_change(self, identity: str, **values: Any) -> None:
        """Change an account."""
        self.crm("PATCH", f"accounts({identity})", values, **{"If-Match": "*"})

    def account_delete(self, identity: str) -> None:
        """Delete an account."""
        self.crm("DELETE", f"accounts({identity})")

    def price_list_create(self, identity: str, name: str) -> None:
        """Create a price list in the base currency under a known id."""
        currency = self.crm("GET", "organizations?$select=_basecurrencyid_value").json()["value"][0]
        bound = f"/transactioncurrencies({currency['_basecurrencyid_value']})"
        row = {"pricelevelid": identity, "name": name, "transactioncurrencyid@odata.bind": bound}
        self.crm("POST", "pricelevels", row)

    # NAV

    def nav(self, verb: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Call NAV; `path` is relative to the company."""
        nav = self.ready["nav"]
        address = f"{nav['url'].rstrip('/')}/Company('{quote(nav['company'])}')/{path}"
        answer = self.http.request(
            verb, address, json=body, headers=headers, auth=(nav["user"], nav["key"]), timeout=SECONDS
        )
        if not answer.ok:
            raise Refused(f"{verb} {path}: {answer.status_code} {answer.text[:400]}")
        return answer

    def customer_create(self, name: str, **values: Any) -> str:
        """Create a customer and return its number."""
        return str(self.nav("POST", "CustomerCard", {"Name": name, **values}).json()["No"])

    def customer_change(self, number: str, **values: Any) -> None:
        """Change a customer."""
        self.nav("PATCH", f"CustomerCard('{quote(number)}')", values, **{"If-Match": "*"})

    def customer_delete(self, number: str) -> None:
        """Delete a customer."""
        self.nav("DELETE", f"CustomerCard('{quote(number)}')", **{"If-Match": "*"})
