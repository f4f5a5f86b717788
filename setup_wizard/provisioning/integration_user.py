"""The shared account of synchronization: found or created, fit for the work, marked and given its roles.

Rules of reference connection-setup 1.8: its changes are never taken for a person's, so nobody may work under it, least of
all the administrator.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _

from connector.dataverse import people
from connector.dataverse.client import DataverseClient
from connector.dataverse.people import User
from connector.dataverse.wire import Wire
from connector.errors import ConfigurationError
from connector.models import AuthKind, Connection
from connector.services import client_for
from setup_wizard.provisioning.administrator import SYSTEM_ADMINISTRATOR, holds_role, roles_held
from setup_wizard.provisioning.wishes import account_of, is_application_id
from setup_wizard.solution.roles import INTEGRATION_ROLES

ERROR, WARNING = "error", "warning"
NAV_ROLES = (
    ("Dynamics NAV Integration Administrator", "8c8d4f51-a72b-e511-80d9-3863bb349780"),
    ("Dynamics NAV Integration User", "6f960e32-a72b-e511-80d9-3863bb349780"),
)
"""The roles of NAV's own solution, with the ids that it gives them."""


@dataclass(frozen=True, slots=True)
class UserFinding:
    """One thing about the integration user. `severity` is error or warning; `code` names it for programs."""

    code: str
    severity: str
    sentence: str
    todo: str = ""


def integration_user_check(sales: Connection, *, after_setup: bool = True) -> list[UserFinding]:
    """Look at the signed-in integration user: disabled, licence, access mode, roles, not the administrator.

    An empty list means all well. Before the set-up (`after_setup` False) missing roles and flags are no findings. Raises
    IntegrationError when Sales cannot be asked.
    """
    with client_for(sales) as found:
        client = cast(DataverseClient, found)
        user = people.user_get(client.wire, client.who_am_i()["UserId"])
        findings = fitness(client.wire, user)
        return findings + (_set_up(client.wire, user) if after_setup else [])


def user_find(wire: Wire, wanted: str) -> User | None:
    """Return the user with this e-mail address or application id, None when there is none. Raises ConfigurationError: several."""
    if is_application_id(wanted):
        found = people.users_by_application(wire, wanted)
    elif "@" in wanted:
        found = people.users_by_email(wire, wanted)
    else:
        raise ConfigurationError(
            _("%(account)s is neither an e-mail address nor an application id. Enter one of these.")
            % {"account": wanted},
            code="account_form",
        )
    if len(found) > 1:
        raise ConfigurationError(
            _("Sales has %(count)s users with %(account)s. It must be one: disable or change the others.")
            % {"count": len(found), "account": wanted},
            code="account_twice",
        )
    return found[0] if found else None


def user_find_or_create(wire: Wire, wanted: str) -> tuple[User, bool]:
    """Return the user, created as application user where it is an application without one, and whether it was created.

    Raises ConfigurationError for an e-mail address that nobody has: a person's account is not made here.
    """
    user = user_find(wire, wanted)
    if user is not None:
        return user, False
    if not is_application_id(wanted):
        raise ConfigurationError(
            _(
                "No user in Sales has the e-mail address %(account)s. Enter the address of a valid user, or add this user to the "
                "environment first."
            )
            % {"account": wanted},
            code="account_unknown",
        )
    return people.application_user_create(wire, wanted, people.root_business_unit(wire)), True


def must_be_the_account(sales: Connection, user: User) -> None:
    """Raise ConfigurationError when the connection signs in as somebody else: roles and marks would go to the wrong user."""
    if sales.auth_kind == AuthKind.PASSWORD:
        is_same = sales.user.lower() in {user.email.lower(), user.domain_name.lower()}
    else:
        is_same = user.application_id == sales.client_id.lower()
    if not is_same:
        raise ConfigurationError(
            _(
                "%(user)s is not the account that the connection to Sales signs in with (%(account)s). Choose that account as "
                "integration user, or let the connection sign in as %(user)s."
            )
            % {"user": user.name, "account": account_of(sales)},
            code="other_account",
        )


def fitness(wire: Wire, user: User, administrator_id: str = "") -> list[UserFinding]:
    """Return what keeps a user from being the integration user. `administrator_id` is who is setting up, where known."""
    name = {"user": user.name}
    findings: list[UserFinding] = []

    def wrong(code: str, sentence: str, todo: str) -> None:
        findings.append(UserFinding(code, ERROR, sentence % name, todo % name))

    if user.key == administrator_id:
        wrong(
            "is_administrator",
            _("%(user)s is the administrator who is setting up. The integration user must be another account."),
            _("Choose an account that nobody works with: what it changes is never synchronized."),
        )
    if user.is_disabled:
        wrong("disabled", _("%(user)s is disabled in Sales."), _("Enable the user."))
    if not user.is_licensed and not user.is_application and user.access_mode != people.NON_INTERACTIVE:
        wrong(
            "no_licence",
            _("%(user)s has no licence for Dynamics 365."),
            _("Give the user a licence, or use an application user, which needs none."),
        )
    if user.access_mode not in (people.READ_WRITE, people.NON_INTERACTIVE):
        wrong(
            "access_mode",
            _("The access mode of %(user)s is neither Read-Write nor Non-interactive."),
            _("Change the access mode on the user's card in Sales."),
        )
    if user.key != administrator_id and holds_role(roles_held(wire, user.key), SYSTEM_ADMINISTRATOR):
        wrong(
            "has_administrator_role",
            _("%(user)s has the security role System Administrator, which the integration user must not have."),
            _("Take the role away from %(user)s, or choose another account."),
        )
    return findings


def user_mark(wire: Wire, user: User, *, is_shared: bool = True) -> list[str]:
    """Mark a user as integration user with an accepted invitation, non-interactive where it is the shared account.

    Returns the columns that were changed; a user that is marked already costs no write.
    """
    wanted: dict[str, Any] = {"isintegrationuser": True, "invitestatuscode": people.INVITATION_ACCEPTED}
    has = {"isintegrationuser": user.is_integration_user, "invitestatuscode": user.invite_status}
    if is_shared:
        wanted["accessmode"], has["accessmode"] = people.NON_INTERACTIVE, user.access_mode
    changes = {name: value for name, value in wanted.items() if has[name] != value}
    if changes:
        people.user_change(wire, user.key, changes)
    return sorted(changes)


def roles_give(wire: Wire, user: User, *, only_user_role: bool = False) -> tuple[list[str], list[str]]:
    """Give a user the integration roles as its business unit has them; return those given now and those it had.

    Ours where the environment has them, else those of NAV's own solution. Raises ConfigurationError naming a missing role.
    """
    has = {role.root for role in people.roles_of_user(wire, user.key)}
    given: list[str] = []
    kept: list[str] = []
    for name, role in _copies(wire, user, only_user_role=only_user_role):
        if role.root in has:
            kept.append(name)
        else:
            people.role_give(wire, user.key, role.key)
            given.append(name)
    return given, kept


def _copies(wire: Wire, user: User, *, only_user_role: bool) -> list[tuple[str, people.Role]]:
    own, nav = ({key: name for name, key in roles} for roles in (INTEGRATION_ROLES, NAV_ROLES))
    there = people.roles_in_unit(wire, user.business_unit, [*own, *nav])
    wanted = own if any(key in there for key in own) or not any(key in there for key in nav) else nav
    chosen = dict(list(wanted.items())[1:]) if only_user_role else wanted
    missing = [name for key, name in chosen.items() if key not in there]
    if missing:
        raise ConfigurationError(
            _(
                "Sales does not have the security role %(role)s in the business unit of %(user)s. The solution was not imported, "
                "or the role was removed: import the solution again."
            )
            % {"role": missing[0], "user": user.name},
            code="role_missing",
        )
    return [(name, there[key]) for key, name in chosen.items()]


def _set_up(wire: Wire, user: User) -> list[UserFinding]:
    """Return what the set-up has still to do for a user."""
    findings = []
    roots = {role.root for role in people.roles_of_user(wire, user.key)}
    for roles in (INTEGRATION_ROLES, NAV_ROLES):
        missing = [name for name, key in roles if key not in roots]
        if not missing:
            break
    else:
        missing = [name for name, key in INTEGRATION_ROLES if key not in roots]
        findings.append(
            UserFinding(
                "roles_missing",
                ERROR,
                _("%(user)s does not have the security role %(role)s.") % {"user": user.name, "role": missing[0]},
                _("Finish the set-up with an administrator's sign-in, or give the role in Sales."),
            )
        )
    if not user.is_integration_user:
        findings.append(
            UserFinding(
                "not_marked",
                WARNING,
                _("%(user)s is not marked as integration user, so it cannot change submitted orders.")
                % {"user": user.name},
                _("Finish the set-up with an administrator's sign-in."),
            )
        )
    if user.access_mode != people.NON_INTERACTIVE:
        findings.append(
            UserFinding(
                "interactive",
                WARNING,
                _(
                    "Somebody could work in Sales as %(user)s; what is changed there under this account is never synchronized."
                )
                % {"user": user.name},
                _("Finish the set-up with an administrator's sign-in: it makes the account non-interactive."),
            )
        )
    return findings
