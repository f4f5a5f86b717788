"""Record errors: grouped by cause, so that one fix answers many lines, and as a flat list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from sync.models import Coupling, PendingRecord, SynchJobError
from sync.selectors.sentences import sentence

EXAMPLES = 3
CAUSES = 50
Key = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why records do not get through, with how many there are and where."""

    cause: str
    code: str
    waits: bool
    number: int
    since: datetime
    latest: datetime
    mappings: list[tuple[str, int]]
    examples: list[SynchJobError]
    retry_at: datetime | None

    @property
    def sentence(self) -> str:
        """What happened, in the words of its newest record."""
        return sentence(self.examples[0].message) if self.examples else self.code


def errors(view: str = "open") -> QuerySet[SynchJobError]:
    """Return the errors of one view: open, failed, waiting or solved."""
    found = SynchJobError.objects.select_related("mapping", "job")
    if view == "solved":
        return found.filter(resolved_at__isnull=False)
    found = found.filter(resolved_at__isnull=True)
    if view == "failed":
        return found.filter(waits=False)
    if view == "waiting":
        return found.filter(waits=True)
    return found


def view_counts() -> dict[str, int]:
    """Return how many errors each view holds."""
    return dict(
        SynchJobError.objects.aggregate(
            open=Count("pk", filter=Q(resolved_at__isnull=True)),
            failed=Count("pk", filter=Q(resolved_at__isnull=True, waits=False)),
            waiting=Count("pk", filter=Q(resolved_at__isnull=True, waits=True)),
            solved=Count("pk", filter=Q(resolved_at__isnull=False)),
        )
    )


def causes(view: str = "open", mapping: str = "", run: int | None = None, *, with_retries: bool = True) -> list[Cause]:
    """Return the causes behind the errors of a view, the one with the most records first."""
    found = errors(view)
    if mapping:
        found = found.filter(mapping__name=mapping)
    if run is not None:
        found = found.filter(job__run__number=run)
    rows = (
        found.values("cause", "code", "waits")
        .annotate(number=Count("pk"), since=Min("at"), latest=Max("at"))
        .order_by("-number", "code")[:CAUSES]
    )
    groups: list[dict[str, Any]] = [dict(row) for row in rows]
    if not groups:
        return []
    per_mapping = _per_mapping(found, groups)
    examples = _examples(found)
    retries = _retries(groups) if with_retries else {}
    return [
        Cause(
            mappings=per_mapping.get(_key(group), []),
            examples=examples.get(_key(group), []),
            retry_at=retries.get(group["cause"]) if group["cause"] else None,
            **group,
        )
        for group in groups
    ]


def _key(group: Mapping[str, Any]) -> Key:
    return group["cause"], group["code"], group["waits"]


def _per_mapping(found: QuerySet[SynchJobError], groups: list[dict[str, Any]]) -> dict[Key, list[tuple[str, int]]]:
    rows = (
        found.filter(code__in={group["code"] for group in groups})
        .values("cause", "code", "waits", "mapping__name")
        .annotate(number=Count("pk"))
        .order_by("-number")
    )
    numbers: dict[Key, list[tuple[str, int]]] = {}
    for row in rows:
        numbers.setdefault(_key(row), []).append((row["mapping__name"], row["number"]))
    return numbers


def _examples(found: QuerySet[SynchJobError]) -> dict[Key, list[SynchJobError]]:
    """Return the newest records of each cause, all in one query."""
    place = Window(RowNumber(), partition_by=[F("cause"), F("code"), F("waits")], order_by=F("pk").desc())
    newest: dict[Key, list[SynchJobError]] = {}
    for error in found.annotate(place=place).filter(place__lte=EXAMPLES).order_by("-pk"):
        newest.setdefault((error.cause, error.code, error.waits), []).append(error)
    return newest


def _retries(groups: Iterable[dict[str, Any]]) -> dict[str, datetime]:
    causes_ = [group["cause"] for group in groups if group["cause"]]
    found: dict[str, datetime] = {}
    for model in (Coupling, PendingRecord):
        rows = model._default_manager.filter(cause__in=causes_, retry_at__isnull=False)
        for cause, at in rows.values_list("cause").annotate(next=Min("retry_at")):
            found[cause] = min(found.get(cause, at), at)
    return found
