"""What answers at NAV's address: which kind of server, which companies, which sign-in, and if not, why and what to do."""

import copy
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from connector.addresses import address_check, rules_from_settings
from connector.errors import AuthenticationError, ConfigurationError, IntegrationError
from connector.models import Connection, Flavour
from connector.probe import challenge_of
from connector.services import odata_root, verify_of
from setup_wizard.discovery.pack import object_pack_file, web_services_file
from setup_wizard.discovery.remedies import PATIENCE, todo_for
from setup_wizard.discovery.services import ServiceFinding, services_look, services_match
from sync.adapters import erp_client

CLOUD = "api.businesscentral.dynamics.com"
CLOUD_PAGES = frozenset({CLOUD, "businesscentral.dynamics.com"})
SOAP_PORT, ODATA_PORT = 7047, 7048


@dataclass(frozen=True, slots=True)
class NavFinding:
    """What was found at NAV's address.

    `address` is the form that the connection keeps, `flavour` a value of connector.models.Flavour. `problem` is a sentence,
    empty when all is well, `todo` what to do about it, `code` names the kind of problem (`windows_only`, `certificate`,
    `html`, `unreachable`, `address_private` and others as the error tree gives them). `companies` are names as NAV spells them;
    they are read only where the connection has a secret (`signed_in`).
    """

    address: str
    flavour: str = ""
    companies: list[str] = field(default_factory=list)
    version: str = ""
    signed_in: bool = False
    problem: str = ""
    todo: str = ""
    code: str = ""

    @property
    def ok(self) -> bool:
        """Whether the address, the sign-in and the list of companies are usable."""
        return not self.problem

    @property
    def offers_only_windows(self) -> bool:
        """Whether the server takes Windows sign-in only."""
        return self.code == "windows_only"


def nav_address(text: str) -> tuple[str, str]:
    """Return the address to keep and the flavour (empty where the address does not tell), from what a person pastes.

    Takes the root of the OData services with or without what follows it, OData V3 and SOAP addresses, a server instance, a web
    client's address on the instance's own port, and a Business Central address from the browser.
    Raises ConfigurationError for text that names no server.
    """
    entered = text.strip()
    parts = urlsplit(entered if "://" in entered else f"https://{entered}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1 or " " in parts.netloc:
        raise ConfigurationError(
            f"{entered!r} is not the address of a NAV server. It looks like https://server:7048/INSTANCE/ODataV4.",
            code="address_form",
        )
    segments = [part for part in unquote(parts.path).split("/") if part]
    if parts.hostname in CLOUD_PAGES:
        return _cloud(segments), Flavour.BC
    host = parts.netloc.rpartition("@")[2]
    if port == SOAP_PORT:
        host = f"{host.rpartition(':')[0]}:{ODATA_PORT}"
    instance = segments[0] if segments and segments[0].lower() not in {"odatav4", "odata", "ws"} else ""
    if not instance:
        raise ConfigurationError(
            f"{entered!r} names no server instance. It looks like https://server:7048/INSTANCE/ODataV4; the NAV server's "
            "administration tool shows the instance's name.",
            code="no_instance",
        )
    root = f"{parts.scheme}://{host}/{instance}"
    is_bc = instance.upper().startswith("BC")
    return (root, Flavour.BC) if is_bc else (f"{root}/ODataV4", "")


def _cloud(segments: list[str]) -> str:
    version = [part for part in segments if part.lower() in {"v1.0", "v2.0"}]
    rest = [part for part in segments if part not in version]
    kept = []
    for part in rest[:2]:
        if part.lower() in {"odatav4", "api"}:
            break
        kept.append(part)
    return "/".join((f"https://{CLOUD}/v2.0", *kept))


def nav_look(nav: Connection) -> NavFinding:
    """Ask NAV's address who it is, with the connection's sign-in; an unsaved connection is fine, nothing is stored.

    Never raises for what a server or a person can get wrong: the finding says it.
    """
    finding = NavFinding(nav.address)
    try:
        address, flavour = nav_address(nav.address)
        finding = replace(finding, address=address, flavour=flavour or nav.flavour)
        asked = copy.copy(nav)
        asked.address = address
        _address_look(asked)
        if not nav.secret:
            return finding
        return _signed_in(asked, finding, is_known=bool(flavour))
    except IntegrationError as error:
        return _problem(finding, error)


def _problem(finding: NavFinding, error: IntegrationError) -> NavFinding:
    return replace(finding, problem=str(error), todo=todo_for(error.code), code=error.code or type(error).__name__)


def _address_look(nav: Connection) -> None:
    """Look at the address without credentials. Raises out of the error tree for what a credential would not cure."""
    url = f"{odata_root(nav)}/Company"
    address_check(url, rules_from_settings())
    found = challenge_of(url, verify_of(nav))
    if found.status == 401 and found.schemes and not {"basic", "bearer"} & set(found.schemes):
        raise windows_error()
    if found.status == 405:
        raise ConfigurationError("The NAV server is there, but its OData services are switched off.", code="405")
    if found.is_page and found.status == 404:
        raise ConfigurationError(
            f"The server is there, but nothing answers under {urlsplit(url).path}. The instance name in the address is wrong, or "
            "its OData services are switched off: compare the address with the server's administration page.",
            code="wrong_instance",
        )
    if found.is_page and found.status != 401:
        raise ConfigurationError(
            "The address answers with a web page instead of data. A proxy, a sign-in page or another web site stands there: "
            "check the address, and whether a proxy lets this host through.",
            code="html",
        )


def windows_error() -> AuthenticationError:
    """Return the error for a server that takes Windows sign-in only."""
    return AuthenticationError(
        "NAV offers only Windows sign-in here. Set the server instance's Credential Type to NavUserPassword (with a "
        "certificate for its OData services), restart the instance, then use a user with a web service access key.",
        code="windows_only",
    )


def _signed_in(nav: Connection, finding: NavFinding, *, is_known: bool) -> NavFinding:
    with erp_client(nav, **PATIENCE) as client:
        companies = client.companies()
        version = client.version()
    flavour = finding.flavour if is_known else (Flavour.BC if version else Flavour.NAV2017)
    if not companies:
        error = ConfigurationError(
            "NAV accepts the sign-in, but shows this user no company. Give the user a permission set for a company.",
            code="no_company",
        )
        return _problem(replace(finding, signed_in=True), error)
    address = nav.address
    if flavour == Flavour.BC and address.lower().endswith("/odatav4"):
        address = address[: -len("/odatav4")]
    return replace(finding, address=address, flavour=flavour, companies=companies, version=version, signed_in=True)


__all__ = [
    "NavFinding",
    "ServiceFinding",
    "nav_address",
    "nav_look",
    "object_pack_file",
    "services_look",
    "services_match",
    "web_services_file",
]
