"""Connections: make their clients, test them, switch them on and off."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone
from requests.auth import AuthBase

from connector.addresses import PinnedAdapter, rules_from_settings
from connector.auth import EntraAuth, EntraCredential, NavBasicAuth, TokenUrlAuth, kept_auth
from connector.dataverse.client import DataverseClient
from connector.errors import ConfigurationError, IntegrationError, PermissionMissing
from connector.models import AuthKind, Connection, ConnectionState, Flavour, Side
from connector.nav.client import NavClient
from connector.retry import ATTEMPTS
from connector.schema_cache import MemoryCache
from connector.stores import DatabaseCache, window_store
from connector.transport import TimeLimits, Transport
from connector.window import MemoryStore, SharedWindow

LEDGER_SERVICES = ("ConnectorGeneralLedgerSetup", "GeneralLedgerSetup")
ORGANIZATION_COLUMNS = (
    "organizationid",
    "name",
    "basecurrencyid",
    "basecurrencyprecision",
    "pricingdecimalprecision",
    "expirechangetrackingindays",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a connection test, as a sentence; `seconds` is how long it took."""

    name: str
    ok: bool
    text: str
    seconds: float


def client_for(
    connection: Connection, *, is_urgent: bool = False, limits: TimeLimits | None = None, attempts: int = ATTEMPTS
) -> DataverseClient | NavClient:
    """Return the client of a connection; use it as a context manager. Raises ConfigurationError for unusable settings.

    A connection that is not stored yet is fine: its client shares nothing and keeps nothing. A person who waits passes shorter
    `limits` and fewer `attempts`.
    """
    verify = verify_of(connection)
    adapter = PinnedAdapter(rules_from_settings())
    kind = DataverseClient if connection.side == Side.CRM else NavClient
    transport = Transport(
        explain=kind.explain,
        auth=auth_for(connection, verify),
        adapter=adapter,
        headers=kind.headers(),
        verify=verify,
        window=SharedWindow(window_store(connection) if connection.pk else MemoryStore(), is_urgent=is_urgent),
        limits=limits,
        attempts=attempts,
    )
    cache = DatabaseCache(connection) if connection.pk else MemoryCache()
    if connection.side == Side.CRM:
        return DataverseClient(connection.address, transport, cache=cache)
    return NavClient(odata_root(connection), connection.company, transport, cache=cache)


def odata_root(connection: Connection) -> str:
    """Return the root of NAV's page services: a Business Central address is the server's root, NAV's ends in ODataV4."""
    address = connection.address.rstrip("/")
    return address if address.lower().endswith("/odatav4") else f"{address}/ODataV4"


def verify_of(connection: Connection) -> str | bool:
    """Return what certificates are checked against. Raises ConfigurationError when the CA file is not there."""
    if not connection.ca_file:
        return True
    if not Path(connection.ca_file).is_file():
        raise ConfigurationError(
            f"The certificate authority file {connection.ca_file} of the connection {connection.name} is not there. "
            "Put it back, or enter another one.",
            code="ca_file",
        )
    return connection.ca_file


def auth_for(connection: Connection, verify: str | bool) -> AuthBase:
    """Return the sign-in of a connection, shared by all clients of this process. Raises ConfigurationError."""
    secret = connection.secret_text()
    if connection.auth_kind == AuthKind.BASIC:
        return NavBasicAuth(connection.user, secret)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    names = ("pk", "auth_kind", "authority", "client_id", "user", "address", "scope", "thumbprint")
    key = (*(getattr(connection, name) for name in names), verify, digest)
    return kept_auth(key, lambda: _bearer(connection, secret, verify))


def _bearer(connection: Connection, secret: str, verify: str | bool) -> Any:
    adapter = PinnedAdapter(rules_from_settings())
    if connection.auth_kind == AuthKind.OAUTH:
        return TokenUrlAuth(
            connection.authority, connection.client_id, secret, connection.scope, verify=verify, adapter=adapter
        )
    credential = EntraCredential(
        kind=connection.auth_kind,
        authority=connection.authority,
        client_id=connection.client_id,
        secret=secret,
        scope=connection.scope or f"{connection.address.rstrip('/')}/.default",
        user=connection.user,
        thumbprint=connection.thumbprint,
    )
    return EntraAuth(credential, verify=verify, adapter=adapter)


# Testing


def connection_check(connection: Connection) -> list[Check]:
    """Test a connection step by step, keep what was found out, and return what happened; it stops at the first failure.

    Works while the connection is disabled too. Facts go to `settings` and `remote_identity`, the result to `checked_at`,
    `check_seconds` and `check_message`.
    """
    started = time.monotonic()
    steps = _check_sales if connection.side == Side.CRM else _check_nav
    checks: list[Check] = []
    try:
        with client_for(connection) as client:
            for name, step in steps(connection, client):
                with _timed(checks, name) as report:
                    report(step())
                if not checks[-1].ok:
                    break
    except IntegrationError as error:
        checks.append(Check("Settings", False, str(error), time.monotonic() - started))
    failed = next((check.text for check in checks if not check.ok), "")
    connection.checked_at = timezone.now()
    connection.check_seconds = round(time.monotonic() - started, 3)
    connection.check_message = failed
    connection.save(update_fields=["checked_at", "check_seconds", "check_message", "settings", "remote_identity"])
    return checks


@contextmanager
def _timed(checks: list[Check], name: str) -> Iterator[Callable[[str], None]]:
    started = time.monotonic()
    texts: list[str] = []
    try:
        yield texts.append
    except IntegrationError as error:
        checks.append(Check(name, False, str(error), time.monotonic() - started))
    else:
        checks.append(Check(name, True, texts[0], time.monotonic() - started))


Steps = Iterator[tuple[str, Callable[[], str]]]


def _check_nav(connection: Connection, client: Any) -> Steps:
    yield "Sign-in and company", lambda: _nav_company(connection, client)
    yield "Page services", lambda: _nav_services(connection, client)
    yield "Local currency", lambda: _nav_currency(connection, client)


def _nav_company(connection: Connection, client: NavClient) -> str:
    names = client.companies()
    if connection.company not in names:
        raise ConfigurationError(
            f"NAV has no company called {connection.company!r} for this user. It has: {', '.join(names) or 'none'}. "
            "Choose one of these, spelled exactly so.",
            code="company",
        )
    return f"NAV answers, and the company {connection.company} is there."


def _nav_services(connection: Connection, client: NavClient) -> str:
    services = client.metadata()
    connection.settings = {**connection.settings, "published": sorted(services)}
    return f"NAV publishes {len(services)} page services."


def _nav_currency(connection: Connection, client: NavClient) -> str:
    published = connection.setting("published", [])
    service = next((name for name in LEDGER_SERVICES if name in published), "") or _ledger_by_fields(client)
    if not service:
        raise ConfigurationError(
            "NAV does not publish its General Ledger Setup, so the local currency is not known. Publish page 118 as "
            "GeneralLedgerSetup on NAV's Web Services page.",
            code="service_missing",
        )
    record = next(client.iter_records(service, ["LCY_Code"]), None)
    code = str(record.values.get("LCY_Code") or "") if record else ""
    if not code:
        raise ConfigurationError("NAV's General Ledger Setup has no LCY Code. Enter it there.", code="lcy_code")
    connection.settings = {**connection.settings, "lcy_code": code}
    connection.remote_identity = {**connection.remote_identity, "company": connection.company, "lcy_code": code}
    return f"The local currency is {code}."


def _ledger_by_fields(client: NavClient) -> str:
    """Return the service that shows General Ledger Setup under a name of the customer's own, told by its fields."""
    services = client.services().items()
    return next((name for name, info in services if "LCY_Code" in info.properties and info.key == ("Primary_Key",)), "")


def _check_sales(connection: Connection, client: Any) -> Steps:
    yield "Sign-in", lambda: _sales_sign_in(connection, client)
    yield "Environment", lambda: _sales_organization(connection, client)
    yield "Base currency", lambda: _sales_currency(connection, client)
    yield "Integration user", lambda: _sales_user(connection, client)


def _sales_sign_in(connection: Connection, client: DataverseClient) -> str:
    ids = client.who_am_i()
    known = str(connection.remote_identity.get("organization_id") or "")
    if known and known != ids["OrganizationId"]:
        raise ConfigurationError(
            "Another Sales environment answers at this address than the one that was set up. Couplings belong to the former one: "
            "check the address, or set the connection up anew.",
            code="other_organization",
        )
    connection.settings = {
        **connection.settings,
        "integration_user_id": ids["UserId"],
        "organization_id": ids["OrganizationId"],
    }
    connection.remote_identity = {**connection.remote_identity, "organization_id": ids["OrganizationId"]}
    return "Sales accepts the sign-in."


def _sales_organization(connection: Connection, client: DataverseClient) -> str:
    row = next(client.iter_records("organization", ORGANIZATION_COLUMNS), None)
    if row is None:
        raise PermissionMissing(
            "The application user may not read the organization. Give it a security role.", code="organization"
        )
    connection.settings = {
        **connection.settings,
        "base_currency_id": str(row.values.get("basecurrencyid") or ""),
        "currency_precision": _number(row.values.get("basecurrencyprecision"), 2),
        "tracking_days": _number(row.values.get("expirechangetrackingindays"), 7),
    }
    connection.remote_identity = {**connection.remote_identity, "organization": str(row.values.get("name") or "")}
    return f"The environment is {row.values.get('name')}."


def _number(value: Any, default: int) -> int:
    # Zero is a precision of its own (yen), not a missing one.
    return default if value is None else int(value)


def _sales_currency(connection: Connection, client: DataverseClient) -> str:
    currency = client.get("transactioncurrency", connection.setting("base_currency_id"), ["isocurrencycode"])
    code = str(currency.values.get("isocurrencycode") or "")
    connection.settings = {**connection.settings, "base_currency_code": code}
    return f"The base currency is {code}."


def _sales_user(connection: Connection, client: DataverseClient) -> str:
    columns = ["fullname", "isdisabled", "islicensed", "accessmode"]
    user = client.get("systemuser", connection.setting("integration_user_id"), columns)
    name = user.values.get("fullname") or "The integration user"
    if user.values.get("isdisabled"):
        raise ConfigurationError(f"{name} is disabled in Sales. Enable the user.", code="user_disabled")
    return f"{name} is the integration user."


# Switching on and off


def connection_enable(connection: Connection) -> None:
    """Let work use a connection."""
    connection.state, connection.state_reason = ConnectionState.ENABLED, ""
    connection.save(update_fields=["state", "state_reason"])


def connection_disable(connection: Connection, reason: str = "") -> None:
    """Keep work from using a connection; couplings and mappings stay."""
    connection.state, connection.state_reason = ConnectionState.DISABLED, reason
    connection.save(update_fields=["state", "state_reason"])


def default_name(flavour: str) -> str:
    """Return the name a connection gets when nobody gives one."""
    return str(Flavour(flavour).label)
