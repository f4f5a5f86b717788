"""What the tests of the administrator's work share: connections to the stand-in, sign-ins, and a browser's part of them."""

import html
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from connector.delegated import person_client
from connector.models import AuthKind, Connection, Flavour
from scripts.stand_ins import StandIns
from setup_wizard.answers import environment_address, tenant_authority
from setup_wizard.models import SetupDraft, SetupPart
from setup_wizard.provisioning.parts import parts_prepare
from setup_wizard.provisioning.sign_in import AdministratorToken, sign_in_password
from setup_wizard.provisioning.wishes import ProvisionWishes
from setup_wizard.provisioning.work import administrator_work_run

REDIRECT = "https://connector.example/assisted-setup/administrator/"


@dataclass
class Provisioner:
    """One stand-in, a stored connection to it that is disabled, and a set-up."""

    stand_ins: StandIns
    sales: Connection
    draft: SetupDraft

    @property
    def crm(self) -> dict[str, Any]:
        """What the stand-in said of itself."""
        return dict(self.stand_ins.ready["crm"])

    def roles(self, user: str) -> set[str]:
        """Return the names of a user's roles, asked as the administrator."""
        admin = self.crm["admin"]
        token = sign_in_password(sales_connection(self.stand_ins), admin["user"], admin["password"])
        with person_client(self.sales, token.access_token) as client:
            rows = client.wire.get(f"systemusers({user})/systemuserroles_association")["value"]
        return {row["name"] for row in rows}

    def token(self) -> AdministratorToken:
        """Sign in as the administrator."""
        return sign_in_password(self.sales, self.crm["admin"]["user"], self.crm["admin"]["password"])

    def prepare(self, **wishes: Any) -> list[SetupPart]:
        """Prepare the parts."""
        return parts_prepare(self.draft, ProvisionWishes(**wishes))

    def run(self, **wishes: Any) -> dict[str, SetupPart]:
        """Prepare and do the parts; return them by key."""
        self.prepare(**wishes)
        return {part.key: part for part in administrator_work_run(self.draft, self.token())}

    def row(self, table: str, **values: Any) -> dict[str, Any]:
        """Return the one row of a table in Sales that holds these values."""
        rows = self.stand_ins.table("crm", table)
        found = [row for row in rows if all(row.get(name) == value for name, value in values.items())]
        assert len(found) == 1, f"{len(found)} rows hold {values}"
        return found[0]

    def admin(self, method: str, path: str, body: Any = None) -> None:
        """Do something in Sales as the administrator."""
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        with person_client(self.sales, self.token().access_token) as client:
            client.wire.send(method, path, body, headers=headers)

    def user(self) -> dict[str, Any]:
        """Return the application user of the connection."""
        return self.row("systemuser", applicationid=self.crm["client_id"])


def sales_connection(stand_ins: StandIns, **options: Any) -> Connection:
    """Return an unsaved connection to the stand-in, by client secret unless said otherwise."""
    crm = stand_ins.ready["crm"]
    connection = Connection(
        side="crm",
        name="Dynamics 365 for Sales",
        flavour=Flavour.SALES,
        address=environment_address(str(crm["url"])),
        auth_kind=options.pop("auth_kind", AuthKind.CLIENT_SECRET),
        client_id=options.pop("client_id", crm["client_id"]),
        authority=tenant_authority(str(crm["authority"]), options.pop("tenant", str(crm["tenant"]))),
        ca_file=str(stand_ins.ready["ca"]),
        **{name: value for name, value in options.items() if name != "secret"},
    )
    connection.secret_set(str(options.get("secret", crm["client_secret"])))
    return connection


def browse(address: str, user: str, password: str, ca: str) -> dict[str, str]:
    """Do what a person does in the browser: open the sign-in page, fill it in; return what comes back in the address."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = ca
        page = session.get(address, timeout=30)
        hidden = {
            html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
        }
        form = {**hidden, "username": user, "password": password}
        answer = session.post(address.partition("?")[0], data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text
        target = answer.headers["location"]
        assert target.startswith(REDIRECT)
        return dict(parse_qsl(urlsplit(target).query))
