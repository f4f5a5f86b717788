"""The administrator of the Sales stand-in at work: gives and takes rights over the Web API, as the admin center does."""

from typing import Any

import requests

from connector.models import Connection
from scripts.stand_ins import StandIns
from setup_wizard.provisioning.sign_in import sign_in_password

API = "/api/data/v9.2/"


class Administrator:
    """Signed in with user and password."""

    def __init__(self, stand_ins: StandIns, sales: Connection) -> None:
        admin = stand_ins.ready["crm"]["admin"]
        token = sign_in_password(sales, admin["user"], admin["password"])
        self.base = sales.address + API
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = sales.ca_file
        self.http.headers["Authorization"] = f"Bearer {token.access_token}"
        self.user = self._connector(sales)

    def _connector(self, sales: Connection) -> str:
        rows = self.get(f"systemusers?$select=systemuserid&$filter=applicationid eq {sales.client_id}")["value"]
        return str(rows[0]["systemuserid"])

    def get(self, path: str) -> dict[str, Any]:
        """Read."""
        answer = self.http.get(self.base + path, timeout=30)
        assert answer.ok, answer.text[:500]
        return dict(answer.json())

    def send(self, verb: str, path: str, body: Any = None) -> None:
        """Write."""
        answer = self.http.request(verb, self.base + path, json=body, timeout=30)
        assert answer.ok, answer.text[:500]

    def roles(self) -> list[str]:
        """Return the ids of the connector's roles."""
        rows = self.get(f"systemusers({self.user})/systemuserroles_association?$select=roleid")["value"]
        return [str(row["roleid"]) for row in rows]

    def roles_take(self) -> None:
        """Take all roles from the connector's user."""
        for role in self.roles():
            self.send("DELETE", f"systemusers({self.user})/systemuserroles_association({role})/$ref")

    def rights_change(self, *, without: str = "", narrow: str = "") -> None:
        """Take one privilege from the connector's roles, or narrow one to the business unit."""
        for role in self.roles():
            path = f"roles({role})/Microsoft.Dynamics.CRM.RetrieveRolePrivilegesRole()"
            kept = []
            for row in self.get(path)["RolePrivileges"]:
                name = row["PrivilegeName"]
                if name == without:
                    continue
                kept.append(
                    {
                        "PrivilegeId": row["PrivilegeId"],
                        "BusinessUnitId": row["BusinessUnitId"],
                        "Depth": "Local" if name == narrow else row["Depth"],
                    }
                )
            self.send("POST", f"roles({role})/Microsoft.Dynamics.CRM.ReplacePrivilegesRole", {"Privileges": kept})
