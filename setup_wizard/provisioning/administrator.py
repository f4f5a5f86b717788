"""Is the signed-in person an administrator who may arrange everything?"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from connector.dataverse import people
from connector.dataverse.wire import Wire
from connector.delegated import person_client
from connector.errors import AuthenticationError
from connector.models import Connection
from setup_wizard.provisioning.sign_in import AdministratorToken

# The built-in roles, by name and by the id of their template: names are translated in the environment, ids are not.
SYSTEM_ADMINISTRATOR = ("System Administrator", "627090ff-40a3-4053-8790-584edc5be201")
SYSTEM_CUSTOMIZER = ("System Customizer", "119f245c-3cc8-4b62-b31c-d1a046ced15d")
NOT_A_MEMBER, NO_ROLE, DISABLED = "0x80072560", "0x80042f09", "0x80040225"


@dataclass(frozen=True, slots=True)
class AdministratorFinding:
    """Who signed in and what that account lacks; names of roles. `problem` and `todo` are sentences, empty when well."""

    name: str
    user_id: str
    email: str = ""
    missing_required: list[str] = field(default_factory=list)
    missing_recommended: list[str] = field(default_factory=list)
    is_disabled: bool = False
    is_licensed: bool = True
    problem: str = ""
    todo: str = ""
    warning: str = ""

    @property
    def ok(self) -> bool:
        """Whether the account can do the work; a warning does not count."""
        return not self.problem


def administrator_verify(sales: Connection, token: AdministratorToken) -> AdministratorFinding:
    """Look up the signed-in user and its roles. Raises IntegrationError when Sales cannot be asked."""
    try:
        with person_client(sales, token.access_token) as client:
            key = client.who_am_i()["UserId"]
            return _finding(client.wire, people.user_get(client.wire, key))
    except AuthenticationError as error:
        if error.code in {NOT_A_MEMBER, NO_ROLE, DISABLED}:
            return _no_user(token.user_name, error.code)
        raise


def holds_role(roles: list[people.Role], role: tuple[str, str]) -> bool:
    """Whether a built-in role is among these: by its template, or by its name where the server tells no template."""
    name, template = role
    return any(held.template == template or (not held.template and held.name == name) for held in roles)


def roles_held(wire: Wire, key: str) -> list[people.Role]:
    """Return all roles of a user, those of its teams included."""
    return people.roles_of_user(wire, key) + people.roles_of_teams(wire, key)


def _finding(wire: Wire, user: people.User) -> AdministratorFinding:
    roles = roles_held(wire, user.key)
    required = [] if holds_role(roles, SYSTEM_ADMINISTRATOR) else [SYSTEM_ADMINISTRATOR[0]]
    recommended = [] if holds_role(roles, SYSTEM_CUSTOMIZER) else [SYSTEM_CUSTOMIZER[0]]
    problem = todo = warning = ""
    if required:
        problem = _("%(user)s does not have the security role System Administrator.") % {"user": user.name}
        todo = _("Sign in with an account that has this role, or give it to %(user)s in Dynamics 365.") % {
            "user": user.name
        }
    elif recommended:
        warning = _(
            "%(user)s does not have the security role System Customizer. System Administrator is enough in most environments."
        ) % {"user": user.name}
    if user.is_disabled:
        problem, todo = _disabled(user.name)
    elif not user.is_licensed and not user.is_application and not problem:
        problem = _("%(user)s has no licence for Dynamics 365.") % {"user": user.name}
        todo = _("Give the account a licence, or sign in with another administrator.")
    return AdministratorFinding(
        name=user.name,
        user_id=user.key,
        email=user.email,
        missing_required=required,
        missing_recommended=recommended,
        is_disabled=user.is_disabled,
        is_licensed=user.is_licensed,
        problem=problem,
        todo=todo,
        warning=warning,
    )


def _disabled(name: str) -> tuple[str, str]:
    problem = _("%(user)s is disabled in Dynamics 365.") % {"user": name}
    return problem, _("Enable the account, or sign in with another administrator.")


def _no_user(name: str, code: str) -> AdministratorFinding:
    """Return the finding for an account that Sales does not let in at all."""
    if code == DISABLED:
        problem, todo = _disabled(name)
    elif code == NO_ROLE:
        problem = _("%(user)s has no security role in this environment.") % {"user": name}
        todo = _("Sign in with an account that has the role System Administrator.")
    else:
        problem = _("%(user)s is no user of this environment.") % {"user": name}
        todo = _("Sign in with an administrator of this environment, or check the environment's address.")
    return AdministratorFinding(
        name, "", missing_required=[SYSTEM_ADMINISTRATOR[0]], is_disabled=code == DISABLED, problem=problem, todo=todo
    )
