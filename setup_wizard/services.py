"""Setting up: store both connections, test them, find NAV's page services, install the mappings, prepare Sales, enable.

Nothing is left half-configured: the connections are enabled only when every step before went well. All of it can be repeated;
what exists stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from connector.addresses import address_check, rules_from_settings
from connector.errors import ConfigurationError
from connector.models import Connection, ConnectionState, Side
from connector.records import Reference
from connector.services import Check, connection_check, connection_disable, connection_enable, odata_root
from setup_wizard.answers import ConnectionAnswers, SetupAnswers
from setup_wizard.discovery.services import services_match
from sync.adapters import crm_client, erp_client
from sync.defaults import MAPPINGS, SERVICES
from sync.models import AuditEvent, IntegrationTableMapping
from sync.services.catalog import catalog_refresh
from sync.services.mappings import defaults_install

PRICE_LIST = "pricelevel"


@dataclass(slots=True)
class SetupResult:
    """What a set-up or a test did, per side, and what is still amiss."""

    nav: list[Check] = field(default_factory=list)
    sales: list[Check] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
    mappings: list[str] = field(default_factory=list)
    enabled: bool = False
    parts: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every test and every part went well; issues of single mappings do not count."""
        return bool(self.nav) and bool(self.sales) and all(check.ok for check in (*self.nav, *self.sales, *self.parts))


def setup_run(answers: SetupAnswers, user: str) -> SetupResult:
    """Set everything up from answers. A failed test leaves the connections stored, disabled, with the reason.

    Raises ConfigurationError for addresses that must not be used, before anything is stored.
    """
    answers_allowed(answers)
    nav = connection_store(Side.ERP, answers.nav)
    sales = connection_store(Side.CRM, answers.sales)
    result = connections_test(nav, sales)
    if result.ok:
        setup_prepare(result, nav, sales, answers)
        if answers.enable:
            setup_enable(nav, sales, user)
        result.enabled = answers.enable
    return result


def answers_allowed(answers: SetupAnswers) -> None:
    """Check every address of a set-up. Raises ConfigurationError for one that must not be called."""
    for part, url in ((answers.nav, answers.nav.address), (answers.sales, answers.sales.address)):
        address_check(url, rules_from_settings())
        if part.authority:
            address_check(part.authority, rules_from_settings())


def connection_store(side: str, answers: ConnectionAnswers) -> Connection:
    """Store a connection, disabled until it is tested; its couplings stay when the address is the same."""
    connection = Connection.objects.filter(side=side).order_by("pk").first() or Connection(side=side)
    connection.name = answers.name
    connection.flavour = answers.flavour
    connection.address = answers.address
    connection.company = answers.company
    connection.auth_kind = answers.auth_kind
    connection.user = answers.user
    connection.client_id = answers.client_id
    connection.authority = answers.authority
    connection.scope = answers.scope
    connection.thumbprint = answers.thumbprint
    connection.ca_file = answers.ca_file
    connection.secret_set(answers.secret)
    connection.state, connection.state_reason = ConnectionState.DISABLED, ""
    connection.settings = {**(connection.settings or {}), "services_chosen": dict(answers.services)}
    connection.save()
    return connection


def connections_test(nav: Connection, sales: Connection) -> SetupResult:
    """Test both connections and check that their currencies agree."""
    result = SetupResult(nav=connection_check(nav), sales=connection_check(sales))
    if result.ok and nav.setting("lcy_code") != sales.setting("base_currency_code"):
        result.sales.append(
            Check(
                "Same currency",
                False,
                f"NAV's local currency is {nav.setting('lcy_code')}, the base currency of Sales is "
                f"{sales.setting('base_currency_code')}. Both must be the same: choose the environment of this company.",
                0.0,
            )
        )
    return result


def setup_prepare(result: SetupResult, nav: Connection, sales: Connection, answers: SetupAnswers) -> None:
    """Find NAV's page services, the default price list, and install the mappings; all of it is kept when repeated."""
    services_find(nav)
    with crm_client(sales) as crm:
        crm.metadata_forget()
    default_price_list(sales, answers.default_price_list)
    mappings = defaults_install(nav, sales)
    if answers.mappings is not None:
        mappings = _only(nav, sales, answers.mappings)
    result.mappings = [mapping.name for mapping in mappings]
    result.issues = catalog_refresh(mappings)


def setup_enable(nav: Connection, sales: Connection, user: str) -> None:
    """Enable both connections at once, and write down who did it."""
    with transaction.atomic():
        connection_enable(nav)
        connection_enable(sales)
        AuditEvent.objects.create(who=user, what="setup", on_what=f"{nav.name} – {sales.name}")


def _only(nav: Connection, sales: Connection, names: tuple[str, ...]) -> list[IntegrationTableMapping]:
    installed = IntegrationTableMapping.objects.filter(erp=nav, crm=sales)
    known = set(installed.values_list("name", flat=True))
    if unknown := sorted(set(names) - known):
        raise ConfigurationError(
            f"There is no mapping called {unknown[0]}. The mappings are: {', '.join(sorted(known))}."
        )
    names = mappings_with_needs(names)
    installed.exclude(name__in=names).delete()
    return list(installed.filter(name__in=names))


def mappings_with_needs(names: Iterable[str]) -> tuple[str, ...]:
    """Return the mappings together with those that they depend on or look up, in the shipped order."""
    wanted, open_names = set(), list(names)
    while open_names:
        name = open_names.pop()
        if name not in wanted:
            wanted.add(name)
            open_names += needs_of(name)
    return tuple(default.name for default in MAPPINGS if default.name in wanted)


def needs_of(name: str) -> list[str]:
    """Return the mappings that one mapping depends on or looks up, as shipped."""
    default = next((default for default in MAPPINGS if default.name == name), None)
    if default is None:
        return []
    return list(dict.fromkeys((*default.depends_on, *(row.target for row in default.fields if row.target))))


def services_find(nav: Connection) -> dict[str, str]:
    """Choose NAV's page service for every table: what the set-up names, else our names, else a page told by its fields."""
    with erp_client(nav) as client:
        published = client.services()
    findings = services_match(published, chosen=nav.setting("services_chosen", {}))
    found = {finding.table: finding.published_as for finding in findings if finding.published_as}
    nav.settings = {**nav.settings, "services": found}
    nav.save(update_fields=["settings"])
    return found


def services_missing(nav: Connection) -> list[str]:
    """Return the tables for which NAV publishes no page service."""
    return sorted(set(SERVICES) - set(nav.setting("services", {})))


def default_price_list(sales: Connection, name: str) -> None:
    """Find the default price list in the base currency by its name, or create it.

    Items and resources carry their unit price there. Looked for before it is created, so that repeating makes no second one.
    """
    currency = str(sales.setting("base_currency_id"))
    with crm_client(sales) as crm:
        where = "name eq '" + name.replace("'", "''") + f"' and _transactioncurrencyid_value eq {currency}"
        record = next(crm.iter_records(PRICE_LIST, ["name"], where=where), None)
        if record is None:
            values = {"name": name, "transactioncurrencyid": Reference("transactioncurrency", currency)}
            record = crm.create(PRICE_LIST, values)
    sales.settings = {**sales.settings, "default_price_list_id": record.key, "default_price_list_name": name}
    sales.save(update_fields=["settings"])


def check_run() -> SetupResult:
    """Test the stored connections, look for page services and columns again; disable a side whose test fails.

    Raises ConfigurationError when nothing is set up yet.
    """
    nav = Connection.objects.filter(side=Side.ERP).order_by("pk").first()
    sales = Connection.objects.filter(side=Side.CRM).order_by("pk").first()
    if nav is None or sales is None:
        missing = "NAV" if nav is None else "Sales"
        raise ConfigurationError(
            f"There is no connection to {missing} yet. Run setup_connection, or use Dynamics 365 Connection Setup.",
            code="no_connection",
        )
    result = connections_test(nav, sales)
    for connection, checks in ((nav, result.nav), (sales, result.sales)):
        failed = next((check for check in checks if not check.ok), None)
        if failed and connection.is_enabled:
            connection.state_reason = failed.text
            connection.save(update_fields=["state_reason"])
    if result.ok:
        services_find(nav)
        mappings = list(IntegrationTableMapping.objects.filter(erp=nav, crm=sales))
        result.mappings = [mapping.name for mapping in mappings]
        result.issues = catalog_refresh(mappings)
        for connection in (nav, sales):
            connection.state_reason = ""
            connection.save(update_fields=["state_reason"])
    result.enabled = nav.is_enabled and sales.is_enabled
    return result


__all__ = [
    "SetupResult",
    "answers_allowed",
    "check_run",
    "connection_disable",
    "connection_store",
    "connections_test",
    "default_price_list",
    "odata_root",
    "services_find",
    "services_missing",
    "setup_enable",
    "setup_prepare",
    "setup_run",
]
