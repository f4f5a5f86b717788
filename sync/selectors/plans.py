"""Plans as their page shows them: counts per mapping and direction, and the actions."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from sync.models import PlanItem, SynchChunk, SynchRun
from sync.tables.jobs import counter_caption

PLAN_COUNTED = {
    "insert": "inserted",
    "modify": "modified",
    "delete": "deleted",
    "couple": "coupled",
    "uncouple": "uncoupled",
    "fail": "failed",
    "wait": "waiting",
    "conflict": "conflicts",
    "skip": "skipped",
}


def plan_captions() -> list[str]:
    """Return the captions of a plan's counts, in the order of the columns."""
    names = (*PLAN_COUNTED.values(), "unchanged")
    return [counter_caption(name) for name in names]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What a plan holds for one mapping and direction."""

    name: str
    direction: str
    counts: dict[str, int]

    @property
    def captioned(self) -> list[tuple[str, str, int]]:
        """The counts in the order of the columns, each with its action for the link and its caption."""
        captions = zip((*PLAN_COUNTED, "unchanged"), plan_captions(), strict=True)
        return [(action, caption, self.counts.get(action, 0)) for action, caption in captions]


def plan_rows(run: SynchRun) -> list[PlanRow]:
    """Return how many actions of which kind a run's plan holds, per mapping and direction."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for line in run.lines.all():
        for direction in ("to", "from") if line.direction == "both" else (line.direction,):
            counts.setdefault((line.name, direction), {})
    found = PlanItem.objects.filter(plan__run=run).values_list("line__name", "direction", "action")
    for name, direction, action, number_ in found.annotate(number=Count("pk")).order_by():
        row = counts.setdefault((name, direction), {})
        row[action] = row.get(action, 0) + number_
    chunks = SynchChunk.objects.filter(line__run=run).values_list("line__name", "counters")
    for name, counters in chunks:
        for direction, values in (counters or {}).items():
            row = counts.setdefault((name, direction), {})
            row["unchanged"] = row.get("unchanged", 0) + values.get("unchanged", 0)
    return [PlanRow(name, direction, row) for (name, direction), row in counts.items()]


def plan_items(run: SynchRun, mapping: str = "", direction: str = "", action: str = "") -> QuerySet[PlanItem]:
    """Return the actions of a run's plan, narrowed down."""
    items = PlanItem.objects.filter(plan__run=run).select_related("line").exclude(action="unchanged")
    if mapping:
        items = items.filter(line__name=mapping)
    if direction:
        items = items.filter(direction=direction)
    if action:
        items = items.filter(action=action)
    return items
