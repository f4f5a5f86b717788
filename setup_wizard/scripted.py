"""All of the wizard without a browser, in the order of reference 1.2: the administrator's work, both connections, services and
mappings, the default price list, the choices, the connection row in Sales, and only then enabling.

Each part can be repeated: what is done stays done. A part that fails says so and nothing is enabled.
"""

from datetime import timedelta

from connector.addresses import address_check, rules_from_settings
from connector.errors import ConfigurationError
from connector.models import Connection, Side
from connector.services import Check, odata_root
from setup_wizard.answers import SetupAnswers
from setup_wizard.finish import web_client_url
from setup_wizard.forms.tables import AVAILABILITY_SERVICE
from setup_wizard.models import PartState, SetupDraft, SetupPart
from setup_wizard.provisioning.connection_row import connection_row_write
from setup_wizard.provisioning.presence import solution_presence
from setup_wizard.provisioning.sign_in import sign_in_password
from setup_wizard.provisioning.wishes import ProvisionWishes
from setup_wizard.provisioning.work import administrator_work_run, parts_prepare
from setup_wizard.services import (
    SetupResult,
    answers_allowed,
    connection_store,
    connections_test,
    setup_enable,
    setup_prepare,
)
from sync.models import IntegrationTableMapping
from sync.services.mapping_changes import mapping_set


def setup_all(answers: SetupAnswers, user: str) -> SetupResult:
    """Set everything up from a file's answers. What fails stands in the result, and then nothing is enabled.

    Raises ConfigurationError for addresses that must not be used, before anything is stored, and for settings that a mapping does
    not take; AuthenticationError when the administrator's sign-in is refused.
    """
    answers_allowed(answers)
    nav, sales = connection_store(Side.ERP, answers.nav), connection_store(Side.CRM, answers.sales)
    result = SetupResult()
    if answers.parts.needs_administrator:
        result.parts = administrator_parts(answers, sales)
        if not all(part.ok for part in result.parts):
            return result
    tested = connections_test(nav, sales)
    result.nav, result.sales = tested.nav, tested.sales
    if not result.ok:
        return result
    setup_prepare(result, nav, sales, answers)
    choices_apply(answers, result.mappings, user)
    result.parts.append(connection_row_part(answers, nav, sales))
    if answers.enable and result.parts[-1].ok:
        setup_enable(nav, sales, user)
        result.enabled = True
    return result


def administrator_parts(answers: SetupAnswers, sales: Connection) -> list[Check]:
    """Sign in as administrator, do the work, and return how each part ended; the password and token go no further."""
    parts = answers.parts
    address_check(sales.authority, rules_from_settings())
    token = sign_in_password(sales, parts.administrator_user, parts.administrator_password)
    wishes = ProvisionWishes(
        import_solution=parts.import_solution,
        own_solution=parts.solution_package or None,
        integration_user=parts.integration_user,
        sales_order_integration=parts.order_integration,
        order_user=parts.order_user,
    )
    # The parts are kept with a draft while they run; this one is of no use to anybody afterwards.
    draft = SetupDraft.objects.create()
    try:
        parts_prepare(draft, wishes)
        ended = administrator_work_run(draft, token, sales=sales)
        return [_check_of(part) for part in ended if part.state != PartState.SKIPPED]
    finally:
        draft.delete()


def _check_of(part: SetupPart) -> Check:
    if part.state == PartState.WAITING:
        return Check(part.key, False, "Not begun, because a part before it failed.", 0.0)
    took = part.finished_at - part.started_at if part.finished_at and part.started_at else timedelta()
    is_done = part.state == PartState.DONE
    return Check(part.key, is_done, f"{part.sentence} {part.todo}".strip(), took.total_seconds())


def choices_apply(answers: SetupAnswers, installed: list[str], user: str) -> None:
    """Give the mappings their schedule, policies and own settings, the most special last. Raises ConfigurationError."""
    parts = answers.parts
    unknown = sorted(set(parts.mappings) - set(installed))
    if unknown:
        raise ConfigurationError(
            f"The set-up file cannot be used: [mappings.{unknown[0]}] is not among the mappings: {', '.join(installed)}.",
            code="setup_file",
        )
    for name in IntegrationTableMapping.objects.filter(name__in=installed).values_list("name", flat=True):
        settings = {**parts.policies, **parts.schedule, **parts.mappings.get(name, {})}
        if settings:
            mapping_set(name, settings, user)


def connection_row_part(answers: SetupAnswers, nav: Connection, sales: Connection) -> Check:
    """Write to Sales where NAV is; not needed while Sales has no table for it and nobody asked for item availability."""
    parts = answers.parts
    if not solution_presence(sales).usable and not parts.has_item_availability:
        return Check(
            "connection_row", True, "Sales has no table of ours for the address of NAV, so none is written.", 0.0
        )
    availability = {}
    if parts.has_item_availability:
        service = parts.availability_service or f"{odata_root(nav)}/Company('{nav.company}')/{AVAILABILITY_SERVICE}"
        availability = {
            "odata_url": service,
            "odata_user": parts.availability_user,
            "odata_key": parts.availability_key,
        }
    connection_row_write(sales, nav, web_client_url=parts.web_client_url or web_client_url(nav), **availability)
    return Check("connection_row", True, "Sales knows the address of NAV.", 0.0)
