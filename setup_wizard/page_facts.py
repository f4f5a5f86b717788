"""The page *Dynamics 365 Connection Setup* as groups of captions and values (reference 2.1); secrets are never read here."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from connector.models import Connection, Side
from setup_wizard.sales_facts import SalesFacts, is_version_supported
from sync.choices import JobQueueStatus
from sync.models import JobQueueEntry
from sync.selectors.shell import BridgeEnd, connections, end_of
from sync.tables.looks import BAD, IDLE, OFF, OK, WARN, Look

ACTIVE = (JobQueueStatus.READY, JobQueueStatus.IN_PROCESS)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a group: its caption, its value, or a status with what it means."""

    caption: str
    value: Any = ""
    look: Look | None = None
    note: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One connection with its facts in words."""

    side: str
    title: str
    step: str
    connection: Connection | None
    end: BridgeEnd
    facts: list[Fact]


def connection_of(side: str) -> Connection | None:
    """Return the connection of a side, if there is one."""
    return Connection.objects.filter(side=side).order_by("pk").first()


def ends() -> list[ConnectionView]:
    """Return both connections, NAV first."""
    found = connections()
    titles = {Side.ERP.value: (_("NAV"), "nav"), Side.CRM.value: (_("Sales"), "sales")}
    return [
        ConnectionView(side, title, step, found.get(side), end_of(side, found.get(side)), _of(found.get(side)))
        for side, (title, step) in titles.items()
    ]


def _of(connection: Connection | None) -> list[Fact]:
    if connection is None:
        return []
    identity = connection.remote_identity or {}
    is_nav = connection.side == Side.ERP
    facts = [
        Fact(_("Kind"), connection.get_flavour_display()),
        Fact(_("Address") if is_nav else _("Dynamics 365 for Sales URL"), connection.address),
        Fact(_("Company"), connection.company),
        Fact(_("Authentication Type"), connection.get_auth_kind_display()),
        Fact(_("User Name"), connection.user),
        Fact(_("Client ID"), connection.client_id),
        Fact(_("Secret"), _("kept, encrypted") if connection.secret else _("none kept")),
        Fact(_("Local currency"), connection.setting("lcy_code") if is_nav else ""),
        Fact(_("Base currency"), connection.setting("base_currency_code")),
        Fact(_("Default price list"), connection.setting("default_price_list_name")),
        Fact(_("Organization"), identity.get("organization_id") or connection.setting("organization_id")),
    ]
    return [fact for fact in facts if fact.value]


def job_fact() -> Fact:
    """Return how many recurring jobs are active of all, with what that means (reference 2.1)."""
    entries = JobQueueEntry.objects.all()
    active, every = entries.filter(status__in=ACTIVE).count(), entries.count()
    text = _("%(active)s of %(all)s") % {"active": active, "all": every}
    if not every:
        look, note = IDLE, _("There are no recurring jobs yet. They come with the mappings.")
    elif active == every:
        look, note = OK, _("All recurring jobs are ready or at work.")
    elif active:
        look, note = WARN, _("Some recurring jobs are on hold: look at their mappings.")
    else:
        look, note = OFF, _("No recurring job is active: nothing synchronizes by itself.")
    caption = _("Active scheduled synchronization jobs")
    return Fact(caption, "", look.saying(text), note, reverse("sync:mappings"))


def solution_facts(facts: SalesFacts) -> list[Fact]:
    """Return what Sales says about itself: version, solution, order integration."""
    version = (
        OK.saying(facts.version)
        if is_version_supported(facts.version)
        else WARN.saying(facts.version or _("not known"))
    )
    return [
        Fact(
            _("Version"),
            look=version,
            note="" if is_version_supported(facts.version) else _("This version may not work with the integration."),
        ),
        _solution(facts),
        Fact(
            _("Sales Order Integration Enabled"),
            look=OK.saying(_("Yes")) if facts.order_integration else OFF.saying(_("No")),
            note=_("Switching it takes an administrator of Sales: choose Assisted Setup, What to synchronize."),
        ),
    ]


def _solution(facts: SalesFacts) -> Fact:
    caption = _("Dynamics NAV Integration Solution Imported")
    redeploy = reverse("setup_wizard:step", args=["administrator"])
    if facts.solution and facts.is_older:
        note = _("Version %(there)s is imported, version %(ours)s is here: redeploy the integration solution.")
        return Fact(
            caption,
            look=WARN.saying(_("Older")),
            note=note % {"there": facts.solution, "ours": facts.solution_ours},
            href=redeploy,
        )
    if facts.solution:
        note = "" if facts.is_usable else _("The integration user cannot read its tables: assign the security roles.")
        return Fact(caption, look=(OK if facts.is_usable else BAD).saying(facts.solution), note=note)
    if facts.legacy:
        note = _("The solution of Dynamics NAV itself is there, version %(version)s. It is used as it is.")
        return Fact(caption, look=OK.saying(_("Yes")), note=note % {"version": facts.legacy})
    return Fact(
        caption,
        look=OFF.saying(_("No")),
        note=_("Without it, salespeople see no NAV numbers, statistics and availability in Sales."),
        href=redeploy,
    )


def reverse_facts(facts: SalesFacts) -> list[Fact]:
    """Return what Sales knows about NAV: the connection from Dynamics 365 for Sales to Dynamics NAV."""
    return [
        Fact(_("Dynamics NAV Web Client URL"), facts.web_client_url or "–"),
        Fact(
            _("Item Availability Web Service Enabled"),
            look=OK.saying(_("Yes")) if facts.odata_url else OFF.saying(_("No")),
        ),
        Fact(_("Dynamics NAV OData Webservice URL"), facts.odata_url or "–"),
        Fact(_("Dynamics NAV OData Webservice Username"), facts.odata_user or "–"),
        Fact(_("Dynamics NAV OData Webservice Accesskey"), "********" if facts.odata_user else "–"),
    ]
