"""Finish: the order of reference 1.2 as parts. Each can be repeated, what is done stays done, and enabling comes last.

The administrator's parts are done by a child process (setup_wizard/provisioning/work.py) that ends with the sign-in; the parts
here follow, in a worker, with the stored connections. A part that fails says so and keeps the later ones from starting, so that
nothing half-configured becomes active.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from connector.errors import ConfigurationError, IntegrationError
from connector.models import Connection
from connector.project.celery import app
from connector.services import connection_enable, odata_root
from setup_wizard.connections import connections_keep
from setup_wizard.forms.administrator import NOTHING, OWN
from setup_wizard.forms.tables import AVAILABILITY_SERVICE
from setup_wizard.models import CheckState, PartState, SetupDraft, SetupPart
from setup_wizard.proof.checks import proof_is_passed, proof_run
from setup_wizard.provisioning.connection_row import connection_row_write
from setup_wizard.provisioning.sign_in import AdministratorToken
from setup_wizard.provisioning.wishes import ProvisionWishes
from setup_wizard.provisioning.work import administrator_work_start, parts_open, parts_prepare
from setup_wizard.services import connections_test, default_price_list, services_find
from sync.adapters import crm_client
from sync.choices import JobQueueStatus
from sync.models import AuditEvent, Coupling, IntegrationTableMapping, JobQueueEntry
from sync.services.catalog import catalog_refresh
from sync.services.mappings import defaults_install

logger = logging.getLogger("setup_wizard.finish")
DEFAULT_PRICE_LIST = "Dynamics NAV Default Price List"
# A part takes seconds; one that has been silent for so long belongs to a worker that is gone.
SILENT_AFTER = timedelta(minutes=5)
# While the administrator's child process works, we look again after so many seconds.
LOOK_AGAIN_SECONDS = 2
# So often we look for a child process that has not shown itself yet.
MOST_LOOKS = 10
TASK = "setup_wizard.finish"


@dataclass(frozen=True, slots=True)
class Said:
    """How a part ended, as a message with its values, so that each reader sees it in his own language."""

    text: str
    values: dict[str, Any]
    is_done: bool = True


@dataclass(frozen=True, slots=True)
class OwnPart:
    """One part that needs no administrator; `reads` names the steps whose change makes it new."""

    key: str
    title: str
    run: Callable[[SetupDraft], Said]
    reads: tuple[str, ...] = ("nav", "sales")


def connections_part(draft: SetupDraft) -> Said:
    """Store both connections and test them; the currencies have to agree."""
    nav, sales = connections_keep(draft)
    with crm_client(sales) as crm:
        crm.metadata_forget()
    result = connections_test(nav, sales)
    failed = next((check for check in (*result.nav, *result.sales) if not check.ok), None)
    if failed:
        raise ConfigurationError(failed.text, code="test")
    return Said(_("Both connections work; the currency is %(currency)s."), {"currency": nav.setting("lcy_code")})


def mappings_part(draft: SetupDraft) -> Said:
    """Install the chosen mappings with direction, schedule and conflict policy, and read the metadata for them."""
    nav, sales = connections_keep(draft)
    services_find(nav)
    chosen: dict[str, str] = dict((draft.answers.get("tables") or {}).get("mappings") or {})
    with transaction.atomic():
        defaults_install(nav, sales)
        left = _others_remove(nav, sales, set(chosen))
        mappings = list(IntegrationTableMapping.objects.filter(erp=nav, crm=sales, name__in=chosen))
        for mapping in mappings:
            _mapping_set(mapping, chosen[mapping.name], draft.answers.get("tables") or {})
    issues = catalog_refresh(mappings)
    if left:
        return Said(
            _(
                "%(count)s mappings are set up. %(names)s stay, because records are coupled through them; they are on hold."
            ),
            {"count": len(mappings), "names": ", ".join(left)},
        )
    if issues:
        return Said(
            _("%(count)s mappings are set up. Look at this: %(issue)s"), {"count": len(mappings), "issue": issues[0]}
        )
    return Said(_("%(count)s mappings are set up."), {"count": len(mappings)})


def _others_remove(nav: Connection, sales: Connection, chosen: set[str]) -> list[str]:
    """Take away mappings that are not chosen; those with couplings stay, on hold. Return the names of those."""
    left = []
    for mapping in IntegrationTableMapping.objects.filter(erp=nav, crm=sales).exclude(name__in=chosen):
        if Coupling.objects.filter(mapping=mapping).exists():
            JobQueueEntry.objects.filter(mapping=mapping).update(status=JobQueueStatus.ON_HOLD)
            left.append(mapping.name)
        else:
            mapping.delete()
    return left


def _mapping_set(mapping: IntegrationTableMapping, way: str, answers: dict[str, Any]) -> None:
    schedule = str(answers.get("schedule") or "standard")
    mapping.direction = way
    mapping.update_conflict = str(answers.get("conflicts") or mapping.update_conflict)
    if schedule.isdigit():
        mapping.interval_minutes = int(schedule)
    mapping.save(update_fields=["direction", "update_conflict", "interval_minutes"])
    entry = {"minutes_between_runs": mapping.interval_minutes}
    JobQueueEntry.objects.filter(mapping=mapping).update(**entry, status=JobQueueStatus.ON_HOLD)


def price_list_part(draft: SetupDraft) -> Said:
    """Find or create the default price list in Sales."""
    _nav, sales = connections_keep(draft)
    default_price_list(sales, DEFAULT_PRICE_LIST)
    return Said(_("The default price list is %(name)s."), {"name": DEFAULT_PRICE_LIST})


def checks_part(draft: SetupDraft) -> Said:
    """Run those checks again that could not pass before the roles were given; none may fail."""
    well = (CheckState.PASSED, CheckState.WARNING, CheckState.SKIPPED)
    again = list(draft.checks.exclude(state__in=well).values_list("key", flat=True))
    if again:
        proof_run(draft, again)
    if not proof_is_passed(draft):
        failed = draft.checks.exclude(state__in=well).first()
        return Said(
            _("The check %(check)s does not pass. %(sentence)s Go back to Proof: it says what to do."),
            {"check": failed.title if failed else "–", "sentence": failed.sentence if failed else ""},
            is_done=False,
        )
    return Said(_("All checks have passed."), {})


def connection_row_part(draft: SetupDraft) -> Said:
    """Write to Sales where NAV is; last of all but enabling, since other work blanks user and key (reference 8.2)."""
    nav, sales = connections_keep(draft)
    answers = draft.answers.get("tables") or {}
    wanted: dict[str, str] = {"web_client_url": web_client_url(nav)}
    if answers.get("item_availability"):
        user = str(answers.get("odata_user") or nav.user)
        key = draft.secret_text("odata") or (nav.secret_text() if user == nav.user else "")
        service = f"{odata_root(nav)}/Company('{nav.company}')/{AVAILABILITY_SERVICE}"
        wanted |= {"odata_url": service, "odata_user": user, "odata_key": key}
    elif (draft.answers.get("administrator") or {}).get("choice") == NOTHING and not _row_is_possible(draft):
        return Said(_("Sales has no table for it, and nothing was to be imported."), {})
    connection_row_write(sales, nav, **wanted)
    return Said(_("Sales knows the address of NAV."), {})


def _row_is_possible(draft: SetupDraft) -> bool:
    found = (draft.answers.get("sales") or {}).get("found") or {}
    return bool(found.get("usable"))


def web_client_url(nav: Connection) -> str:
    """Return where NAV's web client is, as the OData address tells; a person can change it on the connection's page."""
    root = odata_root(nav).rsplit("/ODataV4", 1)[0]
    scheme, _sep, rest = root.partition("://")
    host, _slash, instance = rest.partition("/")
    return f"{scheme}://{host.partition(':')[0]}/{instance}/WebClient/" if instance else root


def enable_part(draft: SetupDraft) -> Said:
    """Switch on both connections and the schedules, at once or not at all."""
    nav, sales = connections_keep(draft)
    answers = draft.answers.get("tables") or {}
    chosen = dict(answers.get("mappings") or {})
    with transaction.atomic():
        connection_enable(nav)
        connection_enable(sales)
        if str(answers.get("schedule")) != "manual":
            JobQueueEntry.objects.filter(mapping__erp=nav, mapping__crm=sales, mapping__name__in=chosen).update(
                status=JobQueueStatus.READY
            )
        who = draft.user.get_full_name() or draft.user.get_username() if draft.user else "Assisted Setup"
        AuditEvent.objects.create(who=who, what="setup", on_what=f"{nav.name} – {sales.name}")
        SetupDraft.objects.filter(pk=draft.pk).update(finished_at=timezone.now(), secret_answers="")
    return Said(_("Both connections are enabled."), {})


OWN_PARTS: tuple[OwnPart, ...] = (
    OwnPart("connections", _("Test both connections"), connections_part),
    OwnPart("mappings", _("Create the integration table mappings"), mappings_part, ("nav", "sales", "tables")),
    OwnPart("price_list", _("Find or create the default price list"), price_list_part),
    OwnPart(
        "checks", _("Repeat the checks that had to wait"), checks_part, ("nav", "sales", "tables", "administrator")
    ),
    OwnPart("connection_row", _("Tell Sales where NAV is"), connection_row_part, ("nav", "sales", "tables")),
    OwnPart("enable", _("Enable the connection"), enable_part, ("nav", "sales", "tables", "administrator")),
)
BY_KEY = {part.key: part for part in OWN_PARTS}
TITLES: dict[str, str] = {
    "solution": _("Import the solution into Sales"),
    "integration_user": _("Arrange the integration user"),
    "roles": _("Assign the security roles"),
    "order_integration": _("Switch on sales order integration"),
    **{part.key: part.title for part in OWN_PARTS},
}


def wishes_of(draft: SetupDraft) -> ProvisionWishes:
    """Return what the administrator is to arrange, from the steps' answers."""
    administrator, tables = draft.answers.get("administrator") or {}, draft.answers.get("tables") or {}
    sales = draft.answers.get("sales") or {}
    found = sales.get("found") or {}
    is_there = bool(found.get("solution") and found.get("usable")) and not found.get("is_older")
    choice = administrator.get("choice") or ("" if is_there else "ours")
    return ProvisionWishes(
        import_solution=bool(choice) and choice != NOTHING,
        own_solution=administrator.get("package_path") or None if choice == OWN else None,
        integration_user=str(sales.get("user") or ""),
        sales_order_integration=bool(tables.get("sales_order_integration")),
        order_user=str(tables.get("order_user") or ""),
    )


def needs_sign_in(draft: SetupDraft) -> bool:
    """Tell whether parts are left that only an administrator can do."""
    wishes = wishes_of(draft)
    if not (wishes.import_solution or wishes.sales_order_integration):
        return False
    prepared = draft.parts.filter(needs_administrator=True)
    return not prepared.exists() or bool(parts_open(draft))


def finish_prepare(draft: SetupDraft) -> None:
    """Make the rows of all parts; those whose answers changed, or that failed, are to be done again."""
    wishes = wishes_of(draft)
    if wishes.import_solution or wishes.sales_order_integration:
        parts_prepare(draft, wishes)
    else:
        draft.parts.filter(needs_administrator=True).delete()
    for position, part in enumerate(OWN_PARTS, 100):
        mark = _fingerprint(draft, part)
        row, _new = SetupPart.objects.get_or_create(draft=draft, key=part.key, defaults={"position": position})
        is_stale = row.state == PartState.RUNNING and is_silent(row)
        if row.facts.get("answers") != mark or row.state == PartState.FAILED or is_stale:
            row.state, row.sentence, row.todo, row.position = PartState.WAITING, "", "", position
            row.facts = {"answers": mark}
            row.save()


def _fingerprint(draft: SetupDraft, part: OwnPart) -> str:
    read = {
        name: {key: value for key, value in (draft.answers.get(name) or {}).items() if key != "found"}
        for name in part.reads
    }
    return hashlib.sha256(json.dumps(read, sort_keys=True, default=str).encode()).hexdigest()[:16]


def finish_start(draft: SetupDraft, token: AdministratorToken | None) -> None:
    """Begin Finish, or go on with it: the administrator's child process first, then a worker.

    Raises LockTaken while a child process is at work, IntegrationError when it cannot start.
    """
    connections_keep(draft)
    finish_prepare(draft)
    if token is not None:
        administrator_work_start(draft, token)
    finish_send(draft.pk)


def finish_send(draft_id: int, looks: int = 0, countdown: int = 0) -> None:
    """Ask a worker to do the parts that are left."""
    send = partial(
        app.send_task,
        TASK,
        kwargs={"draft_id": draft_id, "looks": looks},
        queue="interactive",
        ignore_result=True,
        countdown=countdown or None,
    )
    transaction.on_commit(send)


def finish_work(draft_id: int, looks: int = 0) -> None:
    """Do what is left, part by part; wait for the administrator's work, stop at what fails."""
    draft = SetupDraft.objects.filter(pk=draft_id, finished_at=None).first()
    if draft is None:
        return
    left = parts_open(draft) if draft.parts.filter(needs_administrator=True).exists() else []
    if any(part.state == PartState.RUNNING for part in left):
        finish_send(draft_id, 0, LOOK_AGAIN_SECONDS)
        return
    if left:
        if looks < MOST_LOOKS and not any(part.state == PartState.FAILED for part in left):
            finish_send(draft_id, looks + 1, LOOK_AGAIN_SECONDS)
        return
    for row in draft.parts.filter(needs_administrator=False, key__in=BY_KEY).order_by("position"):
        if row.state in {PartState.DONE, PartState.SKIPPED}:
            continue
        if not _claim(row) or not _part_run(draft, row):
            return


def _claim(row: SetupPart) -> bool:
    """Take a part for this worker. Two workers that meet here: the conditional update lets one of them through."""
    now = timezone.now()
    changes = {"state": PartState.RUNNING, "started_at": now, "heard_at": now, "sentence": "", "todo": ""}
    if SetupPart.objects.filter(pk=row.pk, state__in=[PartState.WAITING, PartState.FAILED]).update(**changes):
        return True
    silent = SetupPart.objects.filter(pk=row.pk, state=PartState.RUNNING, heard_at__lt=now - SILENT_AFTER)
    return bool(silent.update(**changes))


def _part_run(draft: SetupDraft, row: SetupPart) -> bool:
    """Run one part and keep how it ended; tell whether the next may start."""
    said: Said | None = None
    problem = ""
    try:
        said = BY_KEY[row.key].run(draft)
    except IntegrationError as error:
        problem = str(error)
    except Exception as error:  # A bug of ours must be seen on the page, not as a part that never ends.
        logger.exception("The part %s of Finish crashed", row.key)
        kind = type(error).__name__
        said = Said(
            _("The program met something it does not know (%(kind)s). The details are in the log."),
            {"kind": kind},
            False,
        )
    is_done = said is not None and said.is_done
    row.refresh_from_db()
    row.state = PartState.DONE if is_done else PartState.FAILED
    row.sentence = said.text % said.values if said else problem
    row.facts = {**row.facts, "said": [said.text, said.values] if said else []}
    row.finished_at = timezone.now()
    row.save()
    return is_done


def is_silent(row: SetupPart) -> bool:
    """Tell whether a running part has not been heard of for long."""
    heard = row.heard_at or row.started_at
    return heard is None or timezone.now() - heard > SILENT_AFTER


def is_running(draft: SetupDraft) -> bool:
    """Tell whether somebody works on Finish now."""
    return any(not is_silent(row) for row in draft.parts.filter(state=PartState.RUNNING))
