"""Does anything answer at both addresses, does its certificate hold, and is the sign-in taken?"""

from connector.models import Side
from setup_wizard.discovery.nav import windows_error
from setup_wizard.discovery.remedies import todo_for
from setup_wizard.proof.model import SYSTEM, CheckResult, ProofContext, failed, passed, warning

# A token is refused beyond five minutes; from one minute on, somebody should look at the clocks.
LOOK_SECONDS, BROKEN_SECONDS = 60.0, 300.0


def address_check_of(context: ProofContext, side: str) -> CheckResult:
    """Look at an address without credentials: name, port, TLS, certificate, and who answers."""
    found = context.challenge(side)
    name = SYSTEM[side]
    if found.is_page and found.status != 401:
        return failed(
            f"At the address of {name} a web page answers instead of data. A proxy, a sign-in page or another web site stands "
            "there: check the address, and whether a proxy lets this host through.",
            todo_for("html"),
        )
    if side == Side.CRM and not found.authorization_uri:
        return failed(
            "Something answers at this address, but it is no Sales environment. Check the environment's address.",
            todo_for("no_environment"),
        )
    if side == Side.ERP and found.schemes and not {"basic", "bearer"} & set(found.schemes):
        return failed(str(windows_error()), todo_for("windows_only"))
    host = context.connection(side).address.split("://", 1)[-1].split("/", 1)[0]
    if context.connection(side).address.startswith("http://"):
        return warning(
            f"{name} answers at {host}, without encryption: who is on the way can read passwords. Use https."
        )
    return passed(f"{name} answers at {host}, and its certificate holds.")


def sign_in_check(context: ProofContext, side: str) -> CheckResult:
    """Sign in with the stored credentials; in NAV the company must be among those that the user may open."""
    found = context.sign_in(side)
    if side == Side.CRM:
        return _sales_user(context)
    company = context.nav.company
    if company not in found:
        return failed(
            f"NAV has no company called {company!r} for this user. It has: {', '.join(found) or 'none'}. Choose one of these, "
            "spelled exactly so.",
            todo_for("company"),
        )
    return passed(f"NAV accepts the sign-in, and the company {company} is there.")


def _sales_user(context: ProofContext) -> CheckResult:
    known = str(context.sales.remote_identity.get("organization_id") or "")
    if known and known != context.sign_in(Side.CRM)["OrganizationId"]:
        return failed(
            "Another Sales environment answers at this address than the one that was set up. Couplings belong to the former one: "
            "check the address, or set the connection up anew."
        )
    return passed("Sales accepts the sign-in.")


def clock_check(context: ProofContext) -> CheckResult:
    """Compare both servers' clocks with ours, by the Date header of an answer."""
    apart: dict[str, float] = {}
    for side, name in SYSTEM.items():
        seconds = context.challenge(side).clock_difference
        if seconds is not None:
            apart[name] = round(seconds, 1)
    if not apart:
        return warning("Neither server tells its time, so the clocks could not be compared.")
    name, seconds = max(apart.items(), key=lambda pair: abs(pair[1]))
    amount, way = f"{abs(seconds):.0f}", "ahead of" if seconds > 0 else "behind"
    if abs(seconds) >= BROKEN_SECONDS:
        return failed(
            f"The clock of {name} is {amount} seconds {way} the clock of this machine. Sign-ins fail beyond five minutes.",
            "Set both machines to a time server.",
            **apart,
        )
    if abs(seconds) >= LOOK_SECONDS:
        return warning(
            f"The clock of {name} is {amount} seconds {way} the clock of this machine. Nothing is lost by it, but times on "
            "pages are off.",
            "Set both machines to a time server.",
            **apart,
        )
    return passed(f"The clocks agree within {max(1, round(abs(seconds)))} seconds.", **apart)
