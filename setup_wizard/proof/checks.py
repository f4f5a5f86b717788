"""The proof's list of checks: made from the stored connections and the chosen tables, run one by one, each kept.

A check that fails or crashes never stops the others. Order: connections, what both have in common, rights, data, round trips.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils import timezone

from connector.errors import ConfigurationError, IntegrationError
from connector.models import Connection, Side
from setup_wizard.discovery.remedies import todo_for
from setup_wizard.models import CheckState, ProofCheck, SetupDraft
from setup_wizard.proof import connections, duplicates, environment, privileges, round_trips
from setup_wizard.proof.model import CURED_BY_FINISH, SYSTEM, CheckResult, NotReady, ProofContext, ProofStep, failed
from sync.defaults import MAPPINGS

logger = logging.getLogger("setup_wizard.proof")
ENDED = frozenset({CheckState.PASSED, CheckState.WARNING, CheckState.FAILED, CheckState.SKIPPED})
WELL = frozenset({CheckState.PASSED, CheckState.WARNING, CheckState.SKIPPED})


@dataclass(frozen=True, slots=True)
class CheckMade:
    """A check that was made: its step, how it ended, and the seconds it took."""

    step: ProofStep
    result: CheckResult
    seconds: float


def steps_of(context: ProofContext) -> list[ProofStep]:
    """Return every check for what is chosen, in the order in which they run."""
    steps = [
        ProofStep("nav.address", "nav", "Address and certificate of NAV", partial(_address, side=Side.ERP.value)),
        ProofStep("nav.sign_in", "nav", "Sign-in to NAV", partial(_sign_in, side=Side.ERP.value)),
        ProofStep("nav.services", "nav", "Page services in NAV", environment.services_check),
        ProofStep("sales.address", "sales", "Address and certificate of Sales", partial(_address, side=Side.CRM.value)),
        ProofStep("sales.sign_in", "sales", "Sign-in to Sales", partial(_sign_in, side=Side.CRM.value)),
        ProofStep("currency", "both", "Local currency and base currency", environment.currency_check),
        ProofStep("clock", "both", "Clocks", connections.clock_check),
        ProofStep("tracking", "sales", "Change tracking in Sales", environment.tracking_check),
        ProofStep("page_size", "nav", "Page size of NAV", environment.page_size_check),
        ProofStep("number_series", "nav", "Number series in NAV", environment.number_series_check),
    ]
    steps += [
        ProofStep(
            f"rights.{default.name}.{direction}",
            "rights",
            f"Rights for {default.name}, to Sales" if direction == "to" else f"Rights for {default.name}, to NAV",
            partial(privileges.rights_check, name=default.name, direction=direction),
        )
        for default in context.defaults()
        for direction in ("to", "from")
        if context.goes(default.name, direction)
    ]
    steps += [
        ProofStep(
            f"duplicates.{default.name}",
            "data",
            f"Duplicates in the match fields of {default.name}",
            partial(duplicates.duplicates_check, name=default.name),
        )
        for default in context.defaults()
        if any(criterion.automatic for criterion in default.criteria)
    ]
    steps += [
        ProofStep(
            "round_trip.sales", "round_trip", "Round trip in Sales", round_trips.sales_round_trip, is_read_only=False
        ),
        ProofStep(
            "round_trip.nav",
            "round_trip",
            "A value written back to NAV",
            round_trips.nav_write_back,
            is_read_only=False,
        ),
    ]
    if context.with_nav_record:
        steps.append(
            ProofStep(
                "round_trip.nav_record",
                "round_trip",
                "A record created in NAV",
                round_trips.nav_record_round_trip,
                is_read_only=False,
            )
        )
    return steps


def _address(context: ProofContext, side: str) -> CheckResult:
    return connections.address_check_of(context, side)


def _sign_in(context: ProofContext, side: str) -> CheckResult:
    return connections.sign_in_check(context, side)


def step_make(step: ProofStep, context: ProofContext) -> tuple[CheckResult, float]:
    """Make one check and return its result and the seconds it took; whatever goes wrong becomes a result."""
    started = time.monotonic()
    try:
        result = step.make(context)
    except NotReady as reason:
        name = SYSTEM[reason.side]
        result = failed(
            f"Not checked, because the sign-in to {name} does not work.",
            f"See Sign-in to {name}.",
            cured_by_finish=reason.cause.code in CURED_BY_FINISH,
        )
    except IntegrationError as error:
        is_cured = error.code in CURED_BY_FINISH
        result = failed(str(error), todo_for(error.code), code=error.code, cured_by_finish=is_cured)
    except Exception as error:  # A bug of ours in one check must not keep the others from being made.
        logger.exception("The check %s crashed", step.key)
        result = failed(
            f"The program met something it does not know ({type(error).__name__}). The details are in the log.",
            crashed=True,
        )
    return result, time.monotonic() - started


def read_only_made(nav: Connection, sales: Connection, choices: Mapping[str, str]) -> list[CheckMade]:
    """Make every check that writes nothing, for these mappings and directions, and return them in order."""
    context = ProofContext(nav, sales, choices)
    return [CheckMade(step, *step_make(step, context)) for step in steps_of(context) if step.is_read_only]


# With a draft


def proof_prepare(draft: SetupDraft) -> list[ProofCheck]:
    """Make the rows for both stored connections and the chosen tables and directions; results of unchanged checks stay.

    `draft.answers["tables"]["mappings"]` chooses (all where missing): {mapping name: "to" | "from" | "both"} or a list of names.
    Raises ConfigurationError when a connection is not stored yet.
    """
    steps = steps_of(context_of(draft))
    draft.checks.exclude(key__in=[step.key for step in steps]).delete()
    for position, step in enumerate(steps, 1):
        ProofCheck.objects.update_or_create(
            draft=draft, key=step.key, defaults={"group": step.group, "title": step.title, "position": position}
        )
    return list(draft.checks.all())


def proof_run(draft: SetupDraft, keys: Iterable[str] | None = None) -> None:
    """Run the checks with these keys, or all; each row is saved when its check has ended."""
    context = context_of(draft)
    wanted = None if keys is None else set(keys)
    steps = [step for step in steps_of(context) if wanted is None or step.key in wanted]
    draft.checks.filter(key__in=[step.key for step in steps]).update(state=CheckState.WAITING)
    for step in steps:
        row = draft.checks.filter(key=step.key).first()
        if row is None:
            continue
        _state_set(row, CheckState.RUNNING)
        result, seconds = step_make(step, context)
        row.state, row.sentence, row.todo, row.facts = result.state, result.sentence, result.todo, result.facts
        row.seconds, row.checked_at = round(seconds, 3), timezone.now()
        row.save()


def _state_set(row: ProofCheck, state: str) -> None:
    row.state = state
    row.save(update_fields=["state"])


def proof_is_passed(draft: SetupDraft) -> bool:
    """Tell whether every check has ended and none has failed."""
    states = list(draft.checks.values_list("state", flat=True))
    return bool(states) and all(state in WELL for state in states)


def context_of(draft: SetupDraft) -> ProofContext:
    """Return what the proof of a draft works on. Raises ConfigurationError when a connection is not stored yet."""
    nav, sales = stored_connections()
    proof: dict[str, Any] = draft.answers.get("proof") or {}
    return ProofContext(nav, sales, chosen_directions(draft.answers), with_nav_record=bool(proof.get("nav_round_trip")))


def stored_connections() -> tuple[Connection, Connection]:
    """Return both stored connections. Raises ConfigurationError when one is missing."""
    found = []
    for side, name in SYSTEM.items():
        connection = Connection.objects.filter(side=side).order_by("pk").first()
        if connection is None:
            raise ConfigurationError(
                f"There is no connection to {name} yet. Run setup_connection, or use Dynamics 365 Connection Setup.",
                code="no_connection",
            )
        found.append(connection)
    return found[0], found[1]


def chosen_directions(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return mapping name -> direction from a draft's answers; the shipped directions where nothing is said."""
    shipped = {default.name: str(default.way) for default in MAPPINGS}
    chosen = (answers.get("tables") or {}).get("mappings")
    if chosen is None:
        return shipped
    if isinstance(chosen, Mapping):
        return {name: str(chosen[name]) for name in shipped if chosen.get(name)}
    return {name: shipped[name] for name in shipped if name in chosen}
