"""What the tests of the assisted set-up share: both systems as doubles, and a person who walks through the steps."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client, TestCase

from connector.models import Connection, Side
from setup_wizard.discovery.nav import NavFinding, ServiceFinding
from setup_wizard.discovery.sales import SalesFinding
from setup_wizard.forms import administrator, nav, sales, tables, user
from setup_wizard.models import SetupDraft, SetupPart
from setup_wizard.provisioning.administrator import AdministratorFinding
from setup_wizard.provisioning.presence import SolutionPresence
from setup_wizard.provisioning.sign_in import AdministratorToken
from setup_wizard.views import proving, sign_in

NAV_KEY, CLIENT_SECRET = "k3y-of-nav-0123456789", "s3cret-of-entra"
PASSWORD, TOKEN = "adm1n-p4ssw0rd", "t0ken-of-the-admin"
COMPANY = "CRONUS International Ltd."
NAV_ADDRESS = "https://nav.example.com:7048/DynamicsNAV100/ODataV4"
SALES_ADDRESS = "https://cronus.crm4.dynamics.com"
AUTHORITY = "https://login.microsoftonline.com/tenant-1"
STEPS = ("welcome", "nav", "sales", "administrator", "user", "tables", "proof", "finish")
NEEDED = {"Customer": ["CUSTOMER"], "Contact": ["CONTACT"], "Currency": ["CURRENCY", "CUSTOMER"]}


@dataclass
class World:
    """Both systems as the wizard meets them: change a finding, and see what was asked with which secret."""

    nav: NavFinding = field(default_factory=lambda: NavFinding(NAV_ADDRESS, "nav2017", [COMPANY], signed_in=True))
    services: list[ServiceFinding] = field(
        default_factory=lambda: [
            ServiceFinding(table, table, [], published_as=f"{table}Card", needed_for=names)
            for table, names in NEEDED.items()
        ]
    )
    sales: SalesFinding = field(
        default_factory=lambda: SalesFinding(
            SALES_ADDRESS,
            "tenant-1",
            AUTHORITY,
            organization="CRONUS",
            organization_id="org-1",
            user_id="user-1",
            user_name="# NAV-Sales-Connector",
            version="9.2",
            base_currency="GBP",
            signed_in=True,
        )
    )
    presence: SolutionPresence = field(default_factory=lambda: SolutionPresence(False, "", "1.0.0.0", False))
    administrator: AdministratorFinding = field(
        default_factory=lambda: AdministratorFinding("Ada Admin", "admin-1", "ada@contoso.example")
    )
    user_findings: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusal: Exception | None = None

    def look(self, connection: Connection) -> Any:
        """Note what was asked with which secret, and return the finding."""
        side = "nav" if connection.side == Side.ERP else "sales"
        self.asked.append((side, connection.address, connection.secret_text() if connection.secret else ""))
        return self.nav if side == "nav" else self.sales

    def token(self, *_arguments: Any) -> AdministratorToken:
        """Let the administrator in, or not."""
        if self.refusal:
            raise self.refusal
        return AdministratorToken(TOKEN, "ada@contoso.example", datetime.now(UTC))

    def send_task(self, name: str, kwargs: dict[str, Any], **_options: Any) -> None:
        """Note a message to a worker."""
        self.sent.append((name, kwargs))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> World:
    """Both systems as doubles."""
    settings.STATE_DIR = tmp_path
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    made = World()
    monkeypatch.setattr(nav, "nav_look", made.look)
    monkeypatch.setattr(tables, "nav_look", made.look)
    monkeypatch.setattr(nav, "services_look", lambda _nav: made.services)
    monkeypatch.setattr(sales, "sales_look", made.look)
    monkeypatch.setattr(sales, "solution_presence", lambda _sales: made.presence)
    monkeypatch.setattr(user, "integration_user_check", lambda _sales, after_setup: made.user_findings)
    monkeypatch.setattr(administrator, "sign_in_password", made.token)
    monkeypatch.setattr(administrator, "administrator_verify", lambda _sales, _token: made.administrator)
    monkeypatch.setattr(sign_in, "sign_in_finish", made.token)
    monkeypatch.setattr(
        sign_in, "sign_in_start", lambda _sales, back: (f"{AUTHORITY}/authorize?redirect_uri={back}", {"state": "s-1"})
    )
    monkeypatch.setattr(proving.app, "send_task", made.send_task)
    return made


@dataclass
class Walker:
    """A person at the wizard."""

    client: Client

    def address(self, step: str) -> str:
        """Return a step's address."""
        return f"/assisted-setup/{step}/"

    def page(self, step: str, language: str = "en") -> BeautifulSoup:
        """Open a step and return its page; fails when it leads elsewhere."""
        response = self.client.get(self.address(step), headers={"accept-language": language})
        assert response.status_code == 200, (step, response.headers.get("Location"))
        return BeautifulSoup(response.content.decode(), "html.parser")

    def post(self, step: str, action: str = "next", version: int | None = None, **values: Any) -> Any:
        """Press a button of a step with these entries; ticks and texts that are not named are not sent."""
        draft = SetupDraft.objects.filter(finished_at=None).first()
        known = draft.version if draft else 0
        data = {f"{step}-{name}": value for name, value in values.items()}
        data |= {"action": action, "version": str(known if version is None else version)}
        # Messages to workers leave when the request's transaction is committed.
        with TestCase.captureOnCommitCallbacks(execute=True):
            return self.client.post(self.address(step), data)

    def next(self, step: str, **values: Any) -> None:
        """Press Next and see that it leads on."""
        response = self.post(step, **values)
        assert response.status_code == 302, BeautifulSoup(response.content.decode(), "html.parser").select("#errors")

    def to(self, step: str) -> None:
        """Walk to a step with right entries everywhere before it."""
        for name in STEPS[: STEPS.index(step)]:
            if name == "administrator" and not _shows(name):
                continue
            if name == "proof":
                draft = SetupDraft.objects.get()
                draft.checks.update(state="passed")
            self.next(name, **ENTRIES.get(name, {}))


def _shows(name: str) -> bool:
    from setup_wizard.steps import shown_steps

    draft = SetupDraft.objects.filter(finished_at=None).first() or SetupDraft()
    return any(step.key == name for step in shown_steps(draft))


# Only what a person types on the first-time path; a second look at a step sends nothing more.
ENTRIES: dict[str, dict[str, Any]] = {
    "nav": {"address": NAV_ADDRESS, "user": "CRMSYNC", "secret": NAV_KEY},
    "sales": {"address": SALES_ADDRESS, "client_id": "client-1", "secret": CLIENT_SECRET},
    "administrator": {"admin_user": "ada@contoso.example", "admin_password": PASSWORD},
    "tables": {"take_1": "on", "take_0": "on", "take_3": "on"},
}


@pytest.fixture
def walker(boss: Client, world: World) -> Walker:
    """The business admin at the wizard."""
    return Walker(boss)


def parts_of(draft: SetupDraft) -> dict[str, str]:
    """Return the state of each part of Finish."""
    return {part.key: part.state for part in SetupPart.objects.filter(draft=draft)}
