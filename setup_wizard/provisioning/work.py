"""The administrator's work: each part does one thing, may be repeated, and says what it did or what is wrong.

The administrator's token is an argument here and nowhere else: it is not stored, and no part keeps it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from connector.dataverse import people
from connector.dataverse.client import DataverseClient
from connector.dataverse.solutions import ANOTHER_RUNS, ImportStarted
from connector.delegated import person_client
from connector.errors import (
    AuthenticationError,
    ConfigurationError,
    IntegrationError,
    PermissionMissing,
    Retryable,
    Throttled,
)
from connector.models import Connection, SchemaEntry, Side
from setup_wizard.models import PartState, SetupDraft, SetupPart
from setup_wizard.provisioning.administrator import administrator_verify
from setup_wizard.provisioning.child import administrator_work_start
from setup_wizard.provisioning.integration_user import (
    ERROR,
    fitness,
    must_be_the_account,
    roles_give,
    user_find,
    user_find_or_create,
    user_mark,
)
from setup_wizard.provisioning.parts import (
    ADMINISTRATOR_PARTS,
    part_claim,
    part_finish,
    part_keep,
    part_progress,
    parts_of,
    parts_open,
    parts_prepare,
)
from setup_wizard.provisioning.sign_in import AdministratorToken
from setup_wizard.provisioning.solution_import import Importer, wanted_package
from setup_wizard.provisioning.wishes import ProvisionWishes, account_of

__all__ = [
    "ADMINISTRATOR_PARTS",
    "administrator_work_run",
    "administrator_work_start",
    "parts_of",
    "parts_open",
    "parts_prepare",
]

logger = logging.getLogger("setup_wizard.provisioning")


class Unfit(ConfigurationError):
    """Something is wrong that a person has to change; `todo` says what to do."""

    def __init__(self, sentence: str, todo: str, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.todo = todo


@dataclass(frozen=True, slots=True)
class Work:
    """What a part has at hand: the administrator's client, the connection, the wishes, who is setting up."""

    client: DataverseClient
    sales: Connection
    wishes: ProvisionWishes
    administrator_id: str


def administrator_work_run(
    draft: SetupDraft, token: AdministratorToken, *, sales: Connection | None = None, holder: str = ""
) -> list[SetupPart]:
    """Do the open parts in order and return all parts as they ended; after a failed part the rest waits.

    Parts that another process has are left to it; `holder` is what this process calls itself. Raises ConfigurationError when no
    connection to Sales is stored.
    """
    connection = sales or Connection.objects.filter(side=Side.CRM).order_by("pk").first()
    if connection is None:
        raise ConfigurationError(_("There is no connection to Sales yet."), code="no_connection")
    # The id of who is signed in is asked before the first part, and only when there is one.
    administrator_id = ""
    for part in parts_open(draft):
        if not part_claim(part, holder):
            break
        administrator_id = _done(part, connection, token, administrator_id)
        if part.state != PartState.DONE:
            break
    return parts_of(draft)


def _done(part: SetupPart, sales: Connection, token: AdministratorToken, administrator_id: str) -> str:
    """Do one part and store how it ended; return the administrator's id."""
    try:
        administrator_id = administrator_id or _administrator(sales, token)
        wishes = ProvisionWishes.from_json(part.facts.get("wanted") or {})
        with person_client(sales, token.access_token) as client:
            sentence = _PARTS[part.key](Work(client, sales, wishes, administrator_id), part)
    except IntegrationError as error:
        part_finish(part, PartState.FAILED, str(error), todo_of(error))
    except Exception:
        # A bug: seen in the log with its trace, and on the page as what it is.
        logger.exception("the part %s ended with an error of the program", part.key)
        part_finish(
            part,
            PartState.FAILED,
            _("The program made an error; it is in its log."),
            _("Try again. If it stays so, report it with the log."),
        )
    else:
        part_finish(part, PartState.DONE, sentence)
    return administrator_id


def _administrator(sales: Connection, token: AdministratorToken) -> str:
    finding = administrator_verify(sales, token)
    if not finding.ok:
        raise Unfit(finding.problem, finding.todo, "administrator")
    return finding.user_id


def todo_of(error: IntegrationError) -> str:
    """Return what to do about an error; its own sentence says what is wrong."""
    if isinstance(error, Unfit):
        return error.todo
    if isinstance(error, AuthenticationError):
        return _("The administrator's sign-in is not accepted or not valid any more. Sign in again.")
    if isinstance(error, PermissionMissing):
        return _("Sign in with an account that has the security role System Administrator.")
    if isinstance(error, Throttled) or error.code == ANOTHER_RUNS:
        return _("Wait some minutes, then try again.")
    if isinstance(error, Retryable):
        return _("Try again: what is done stays done.")
    return _("Change what is wrong, then try again: what is done stays done.")


# The parts


def _solution(work: Work, part: SetupPart) -> str:
    begun = part.facts.get("import") or {}
    importer = Importer(
        work.client,
        progress=lambda percent, what: part_progress(part, percent, what),
        keep=lambda started: part_keep(part, **{"import": {"job": started.job_id, "operation": started.operation_id}}),
    )
    package = wanted_package(work.client, work.wishes.own_solution)
    sentence = importer.run(
        package, ImportStarted(begun["job"], begun["operation"]) if begun.get("operation") else None
    )
    part_keep(part, **{"import": {}})
    # What is kept of the environment's tables is from before the import.
    if work.sales.pk:
        SchemaEntry.objects.filter(connection=work.sales).delete()
    return sentence


def _integration_user(work: Work, part: SetupPart) -> str:
    wire = work.client.wire
    user, is_new = user_find_or_create(wire, account_of(work.sales, work.wishes.integration_user))
    must_be_the_account(work.sales, user)
    for finding in fitness(wire, user, work.administrator_id):
        if finding.severity == ERROR:
            raise Unfit(finding.sentence, finding.todo, finding.code)
    user_mark(wire, user)
    part_keep(part, user_id=user.key, name=user.name)
    text = _("%(user)s was created and is the integration user.") if is_new else _("%(user)s is the integration user.")
    return text % {"user": user.name}


def _roles(work: Work, part: SetupPart) -> str:
    wanted = account_of(work.sales, work.wishes.integration_user)
    user = _existing(work, wanted)
    given, kept = roles_give(work.client.wire, user)
    part_keep(part, given=given, kept=kept)
    return _("%(user)s has the roles %(roles)s.") % {"user": user.name, "roles": ", ".join([*kept, *given])}


def _order_integration(work: Work, part: SetupPart) -> str:
    wire = work.client.wire
    name = ""
    if work.wishes.order_user:
        user = _existing(work, work.wishes.order_user)
        if user.is_disabled:
            raise Unfit(_("%(user)s is disabled in Sales.") % {"user": user.name}, _("Enable the user."), "disabled")
        roles_give(wire, user, only_user_role=True)
        user_mark(wire, user, is_shared=False)
        name = user.name
        part_keep(part, user_id=user.key, name=user.name)
    organization, is_on = people.order_integration(wire)
    if not is_on:
        people.order_integration_set(wire, organization, is_on=True)
    if name:
        return _("Sales order integration is switched on; %(user)s handles the orders.") % {"user": name}
    return _("Sales order integration is switched on.")


def _existing(work: Work, wanted: str) -> people.User:
    user = user_find(work.client.wire, wanted)
    if user is None:
        raise Unfit(
            _("No user in Sales has the e-mail address or application id %(account)s.") % {"account": wanted},
            _("Enter a valid user."),
            "account_unknown",
        )
    return user


_PARTS: dict[str, Callable[[Work, SetupPart], str]] = {
    "solution": _solution,
    "integration_user": _integration_user,
    "roles": _roles,
    "order_integration": _order_integration,
}
