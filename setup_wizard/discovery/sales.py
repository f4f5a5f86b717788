"""What answers at the address of Sales: the environment, its tenant and authority, and if not, why and what to do."""

import copy
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from connector.addresses import address_check, rules_from_settings
from connector.dataverse.environment import version_of
from connector.dataverse.wire import API_PATH
from connector.errors import ConfigurationError, IntegrationError
from connector.models import Connection
from connector.probe import authority_of, challenge_of
from connector.services import verify_of
from setup_wizard.discovery.remedies import PATIENCE, todo_for
from sync.adapters import crm_client


@dataclass(frozen=True, slots=True)
class AddressFinding:
    """What became of a pasted address (reference 3.2): `address` to keep, and whether it differs from what was entered."""

    entered: str
    address: str = ""
    is_reduced: bool = False
    problem: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class SalesFinding:
    """What was found at the address of Sales.

    `tenant` and `authority` come from the challenge that the environment gives to a call without a token: `authority` is the
    identity server with the tenant, as Connection.authority keeps it. With credentials in the connection the sign-in is tried
    too: `organization`, `organization_id`, `user_id`, `version`, `base_currency` are filled then. `problem` is a sentence, `todo`
    what to do, `code` the kind (`tenant`, an OAuth code as msal gives it, `certificate`, `no_environment` …).
    """

    address: str
    tenant: str = ""
    authority: str = ""
    organization: str = ""
    organization_id: str = ""
    user_id: str = ""
    user_name: str = ""
    version: str = ""
    base_currency: str = ""
    signed_in: bool = False
    problem: str = ""
    todo: str = ""
    code: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is amiss so far."""
        return not self.problem


def address_reduce(text: str) -> AddressFinding:
    """Return the environment's address from what a person pastes, such as a browser address with /main.aspx?…

    Reference 3.2: blank is allowed, blanks around are cut off, https:// is added where no scheme stands, other schemes than https
    and http are named and refused, and scheme with host is all that is kept.
    """
    entered = text.strip()
    if not entered:
        return AddressFinding(entered)
    parts = urlsplit(entered if "://" in entered else f"https://{entered}")
    if parts.scheme not in {"https", "http"}:
        return AddressFinding(
            entered,
            problem=f"The address begins with {parts.scheme}, which is no way to Sales. Use https.",
            code="address_form",
        )
    try:
        port = parts.port
    except ValueError:
        port = -1
    host = (parts.hostname or "").lower()
    if port == -1 or not host or " " in parts.netloc:
        return AddressFinding(
            entered,
            problem=f"{entered!r} is not the address of a Sales environment. Copy it from the browser: "
            "https://yours.crm4.dynamics.com.",
            code="address_form",
        )
    default = 443 if parts.scheme == "https" else 80
    shown = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{shown}" + (f":{port}" if port and port != default else "")
    return AddressFinding(entered, address, is_reduced=address != entered.rstrip("/").lower())


def sales_look(sales: Connection) -> SalesFinding:
    """Ask the address for its tenant, and try the sign-in where the connection has credentials; nothing is stored.

    An unsaved connection is fine. Never raises for what a server or a person can get wrong: the finding says it.
    """
    reduced = address_reduce(sales.address)
    finding = SalesFinding(reduced.address or sales.address, problem=reduced.problem, code=reduced.code)
    if finding.problem or not reduced.address:
        return finding
    try:
        finding = _with_tenant(sales, finding)
        return _signed_in(sales, finding) if sales.secret and sales.client_id else finding
    except IntegrationError as error:
        code = error.code or type(error).__name__
        return replace(finding, problem=str(error), todo=_todo(error, finding, sales), code=code)


def _with_tenant(sales: Connection, finding: SalesFinding) -> SalesFinding:
    url = f"{finding.address}{API_PATH}WhoAmI"
    address_check(url, rules_from_settings())
    found = challenge_of(url, verify_of(sales))
    authority, tenant = authority_of(found.authorization_uri)
    if not authority:
        if found.is_page and found.status != 404:
            raise ConfigurationError(
                "The address answers with a web page instead of data. A proxy, a sign-in page or another web site stands "
                "there: check the address, and whether a proxy lets this host through.",
                code="html",
            )
        raise ConfigurationError(
            "Something answers at this address, but it is no Sales environment. Check the environment's address.",
            code="no_environment",
        )
    return replace(finding, tenant=tenant, authority=authority)


def _signed_in(sales: Connection, finding: SalesFinding) -> SalesFinding:
    asked = copy.copy(sales)
    asked.address, asked.authority = finding.address, sales.authority or finding.authority
    address_check(asked.authority, rules_from_settings())
    with crm_client(asked, **PATIENCE) as client:
        ids = client.who_am_i()
        finding = replace(
            finding,
            signed_in=True,
            organization_id=ids["OrganizationId"],
            user_id=ids["UserId"],
            authority=asked.authority,
        )
        version = version_of(client.wire)
        user = client.get("systemuser", ids["UserId"], ["fullname"])
        rows = client.iter_records("organization", ["name", "basecurrencyid"], top=1)
        row = next(iter(rows), None)
        currency = ""
        if row and row.values.get("basecurrencyid"):
            record = client.get("transactioncurrency", str(row.values["basecurrencyid"]), ["isocurrencycode"])
            currency = str(record.values.get("isocurrencycode") or "")
    return replace(
        finding,
        version=version,
        user_name=str(user.values.get("fullname") or ""),
        organization=str(row.values.get("name") or "") if row else "",
        base_currency=currency,
    )


def _todo(error: IntegrationError, finding: SalesFinding, sales: Connection) -> str:
    """Say what to do; a tenant that is not the environment's own is named, since that is why many sign-ins fail."""
    kept = sales.authority.rstrip("/").rpartition("/")[2].lower()
    if finding.tenant and kept and kept != finding.tenant.lower():
        return f"The environment belongs to the tenant {finding.tenant}, and the sign-in was tried in {kept}. Use the former."
    return todo_for(error.code)
