"""The mass-change stop: a plan that touches too large a share halts before its first write and asks."""

from connector.errors import Permanent
from sync.choices import RunStatus, SynchAction, SynchKind
from sync.models import Coupling, PlanItem, SynchRun, SynchRunLine
from sync.services.matching import OUTSIDE

SMALL = 20
SHARE = 0.1
CREATIONS_SMALL = 100
CREATIONS_SHARE = 0.5


class MassChangeStop(Permanent):
    """The plan of a line changes more than its limit lets through unasked."""


def limit_of(setting: str, coupled: int) -> int:
    """Return the largest number of losses that goes through unasked: `N`, `N%`, or a tenth and at least 20."""
    if setting.endswith("%"):
        return int(coupled * float(setting[:-1]) / 100)
    if setting:
        return int(setting)
    return max(SMALL, int(coupled * SHARE))


def mass_change_check(line: SynchRunLine) -> None:
    """Stop the run when this line's plan is too large. Raises MassChangeStop with counts and examples.

    Deletions, uncouplings and vanished partners count always; creations beside existing couplings count in runs that nobody
    started after seeing their number (a full synchronization is its own approval).
    """
    if line.run.allow_mass_change:
        return
    coupled = Coupling.objects.filter(mapping=line.mapping).count()
    items = PlanItem.objects.filter(line=line)
    losses = items.filter(action__in=[SynchAction.DELETE, SynchAction.UNCOUPLE]).exclude(code=OUTSIDE) | items.filter(
        code="partner_deleted"
    )
    if losses.count() > limit_of(line.mapping.mass_change_limit, coupled):
        _stop(line, losses, f"{losses.count()} of {coupled} coupled records of {line.name} have lost their partner")
    creations = items.filter(action=SynchAction.INSERT)
    many = max(CREATIONS_SMALL, int(coupled * CREATIONS_SHARE))
    if line.run.kind == SynchKind.SCHEDULED and coupled and creations.count() > many:
        _stop(
            line,
            creations,
            f"{creations.count()} records of {line.name} would be created beside {coupled} coupled ones",
        )


def _stop(line: SynchRunLine, items, what: str) -> None:  # type: ignore[no-untyped-def]
    examples = ", ".join(item.name or item.erp_key or item.crm_id for item in items[:3])
    message = (
        f"{what}, for example {examples}. Nothing has been written. Look at both systems; if this is right, "
        "start again and allow the mass change."
    )
    SynchRun.objects.filter(pk=line.run_id).update(status=RunStatus.STOPPED, message=message)
    raise MassChangeStop(message, code="mass_change")
