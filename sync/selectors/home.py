"""The role centre: how many records agree, what needs a person, and how fresh each mapping is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.choices import RUN_ENDS, CouplingState, JobQueueStatus, JobStatus
from sync.models import (
    Coupling,
    FieldConflict,
    IntegrationTableMapping,
    JobQueueEntry,
    PendingRecord,
    SynchJob,
    SynchRun,
)
from sync.selectors import errors as error_selectors
from sync.selectors.runs import last_runs
from sync.selectors.sentences import sentence
from sync.selectors.workers import workers_alarm
from sync.tables.looks import BAD, CONFLICT, HOLD, IDLE, OK, WAIT, WARN, Look
from sync.templatetags.look import age_text, number

DAYS = 14
NEEDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Cue:
    """One number with its caption and the line that explains it."""

    caption: str
    value: str
    text: str
    url_name: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person."""

    look: Look
    title: str
    text: str
    action: str
    url_name: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long ago both sides of a mapping were last compared, against its promise."""

    name: str
    age_minutes: int | None
    promise: int
    age: str
    look: Look

    @property
    def bar(self) -> int:
        """The age, at most the promise, for the bar."""
        return min(self.age_minutes if self.age_minutes is not None else 0, self.promise)


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart: both sides as heights in the drawing."""

    x: int
    to_y: str
    to_height: str
    from_y: str
    from_height: str
    day: str

    @property
    def from_x(self) -> int:
        """Left edge of the second bar."""
        return self.x + 16

    @property
    def label_x(self) -> int:
        """Middle of the day."""
        return self.x + 15


@dataclass(frozen=True, slots=True)
class Home:
    """Everything on the role centre."""

    answer: Look
    title: str
    text: str
    cues: list[Cue]
    needs: list[Need]
    freshness: list[Freshness]
    bars: list[Bar]
    chart_top: int
    chart_text: str
    runs: list[SynchRun]
    jobs_active: int
    jobs_all: int


def home() -> Home:
    """Return the role centre in a fixed number of queries."""
    pairs = _pairs()
    pending = PendingRecord.objects.aggregate(
        waiting=Count("pk", filter=Q(waits=True)), failed=Count("pk", filter=Q(waits=False))
    )
    conflicts = FieldConflict.objects.filter(state="open").count()
    error_counts = error_selectors.view_counts()
    causes = error_selectors.causes("open", with_retries=False)
    runs = last_runs()
    look, title, text = _answer(pairs, pending, conflicts, len(causes), runs)
    bars, top, chart_text = _chart()
    queue = JobQueueEntry.objects.aggregate(
        every=Count("pk"), active=Count("pk", filter=Q(status__in=["ready", "in_process"]))
    )
    return Home(
        answer=look,
        title=title,
        text=text,
        cues=_cues(pairs, conflicts, error_counts, len(causes)),
        needs=_needs(causes, conflicts, runs),
        freshness=_freshness(),
        bars=bars,
        chart_top=top,
        chart_text=chart_text,
        runs=runs,
        jobs_active=queue["active"],
        jobs_all=queue["every"],
    )


def _pairs() -> dict[str, int]:
    rows = (
        Coupling.objects.exclude(state=CouplingState.UNCOUPLED)
        .values_list("state")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return {str(state): int(count) for state, count in rows}


def _answer(
    pairs: dict[str, int], pending: dict[str, int], conflicts: int, causes: int, runs: list[SynchRun]
) -> tuple[Look, str, str]:
    whole = sum(pairs.values())
    if not whole:
        if runs:
            return (
                IDLE,
                _("No records are coupled yet"),
                _("Start a full synchronization, or look at the errors of the last one."),
            )
        return (
            IDLE,
            _("Nothing has been synchronized yet"),
            _("Connect both systems, then start the first full synchronization."),
        )
    agree = pairs.get(CouplingState.IN_SYNC, 0)
    troubled = whole - agree + pending["waiting"] + pending["failed"]
    agreed = _("%(agree)s of %(all)s coupled records agree") % {"agree": number(agree), "all": number(whole)}
    finished = next((run.finished_at for run in runs if run.finished_at and not run.preview), None)
    compared = _("Last compared %(ago)s.") % {"ago": age_text(finished)} if finished else ""
    if not troubled and not conflicts:
        return OK, agreed, _("Nothing waits and nothing failed. %(compared)s") % {"compared": compared}
    outside = troubled or conflicts
    title = ngettext("In sync, except %(number)s record", "In sync, except %(number)s records", outside) % {
        "number": number(outside)
    }
    parts = (
        [agreed]
        if not troubled
        else [
            agreed,
            ngettext("%(number)s record waits or failed", "%(number)s records wait or failed", troubled)
            % {"number": number(troubled)}
            + (f" ({_causes(causes)})" if causes else ""),
        ]
    )
    if conflicts:
        parts.append(
            ngettext("%(number)s field needs a decision", "%(number)s fields need a decision", conflicts)
            % {"number": number(conflicts)}
        )
    look = BAD if pairs.get(CouplingState.FAILED, 0) or pending["failed"] else WAIT
    return look, title, f"{', '.join(parts)}. {compared}".strip()


def _causes(count: int) -> str:
    return ngettext("%(number)s cause", "%(number)s causes", count) % {"number": count}


def _cues(pairs: dict[str, int], conflicts: int, errors: dict[str, int], causes: int) -> list[Cue]:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    jobs = SynchJob.objects.filter(started_at__gte=today).aggregate(
        every=Count("pk"),
        bad=Count("pk", filter=Q(status=JobStatus.ERROR)),
        to=Sum("inserted", filter=Q(direction="to"), default=0) + Sum("modified", filter=Q(direction="to"), default=0),
        back=Sum("inserted", filter=Q(direction="from"), default=0)
        + Sum("modified", filter=Q(direction="from"), default=0),
    )
    couplings = sum(pairs.values())
    return [
        Cue(_("Conflicts"), number(conflicts), _("fields that both sides changed"), "sync:conflicts"),
        Cue(
            _("Synchronization Errors"),
            number(errors["open"]),
            _("from %(causes)s") % {"causes": _causes(causes)},
            "sync:errors",
        ),
        Cue(
            _("Coupled records"),
            number(couplings),
            _("%(number)s of them in sync") % {"number": number(pairs.get(CouplingState.IN_SYNC, 0))},
            "sync:mappings",
        ),
        Cue(
            _("Written today"),
            number(jobs["to"] + jobs["back"]),
            _("%(to)s to Sales, %(back)s to NAV") % {"to": number(jobs["to"]), "back": number(jobs["back"])},
            "sync:jobs",
        ),
        Cue(
            _("Failed Synch. Jobs"),
            number(jobs["bad"]),
            _("of %(number)s since midnight") % {"number": number(jobs["every"])},
            "sync:jobs",
            "?status=error",
        ),
    ]


def _alarms(runs: list[SynchRun]) -> list[Need]:
    alarm = workers_alarm(next((run for run in runs if run.status not in RUN_ENDS), None))
    return [Need(BAD, alarm.title, alarm.text, _("Look at the run"), "sync:review")] if alarm else []


def _needs(causes: list[error_selectors.Cause], conflicts: int, runs: list[SynchRun]) -> list[Need]:
    needs = _alarms(runs)
    if runs and runs[0].status in ("failed", "stopped"):
        needs.append(
            Need(
                WARN, str(runs[0].get_status_display()), sentence(runs[0].message), _("Look at the run"), "sync:review"
            )
        )
    if conflicts:
        title = ngettext("%(number)s field differs", "%(number)s fields differ", conflicts) % {
            "number": number(conflicts)
        }
        needs.append(
            Need(CONFLICT, title, _("Both sides changed it since they last agreed."), _("Decide"), "sync:conflicts")
        )
    for cause in causes[: NEEDS_SHOWN - len(needs)]:
        records = (
            ngettext("%(number)s record waits.", "%(number)s records wait.", cause.number)
            if cause.waits
            else ngettext("%(number)s record failed.", "%(number)s records failed.", cause.number)
        )
        names = ", ".join(f"{name} {count}" for name, count in cause.mappings[:3])
        needs.append(
            Need(
                WAIT if cause.waits else BAD,
                cause.sentence,
                f"{records % {'number': number(cause.number)}} {names}",
                _("Explain"),
                "sync:errors",
                f"#{anchor_of(cause)}",
            )
        )
    return needs


def anchor_of(cause: error_selectors.Cause) -> str:
    """Return the anchor of a cause on the page of errors."""
    text = f"{cause.code}-{cause.cause}"
    return "cause-" + "".join(letter if letter.isalnum() else "-" for letter in text)[:80]


def _freshness() -> list[Freshness]:
    rows = []
    for mapping in IntegrationTableMapping.objects.select_related("job_queue_entry"):
        compared = min(filter(None, (mapping.erp_watermark, mapping.crm_watermark)), default=None)
        rows.append(_fresh(mapping, compared))
    return rows


def _fresh(mapping: IntegrationTableMapping, compared: datetime | None) -> Freshness:
    promise = mapping.interval_minutes
    if compared is None:
        return Freshness(mapping.name, None, promise, _("never"), IDLE.saying(_("Not compared yet")))
    minutes = int((timezone.now() - compared).total_seconds() // 60)
    entry = getattr(mapping, "job_queue_entry", None)
    if entry is None or entry.status != JobQueueStatus.READY:
        return Freshness(mapping.name, minutes, 0, age_text(compared), HOLD.saying(_("On Hold")))
    late = minutes - promise
    look = OK.saying(_("Fresh")) if late <= 0 else WARN.saying(_("Late by %(time)s") % {"time": _long(late)})
    return Freshness(mapping.name, minutes, promise, age_text(compared), look)


def _long(minutes: int) -> str:
    if minutes < 120:
        return _("%(number)s min") % {"number": minutes}
    if minutes < 2880:
        return _("%(number)s h") % {"number": round(minutes / 60)}
    return _("%(number)s days") % {"number": round(minutes / 1440)}


def _chart() -> tuple[list[Bar], int, str]:
    """Return the records written per day and direction over two weeks, as bars in a drawing 690 wide and 80 high."""
    today = timezone.localdate()
    start = today - timedelta(days=DAYS - 1)
    rows = (
        SynchJob.objects.filter(started_at__date__gte=start)
        .annotate(day=TruncDate("started_at"))
        .values("day", "direction")
        .annotate(number=Sum("inserted") + Sum("modified") + Sum("deleted"))
        .order_by()
    )
    numbers: dict[tuple[Any, str], int] = {(row["day"], row["direction"]): row["number"] or 0 for row in rows}
    top = _nice(max(numbers.values(), default=0))
    bars = []
    for place in range(DAYS):
        day = start + timedelta(days=place)
        to, back = (80 * numbers.get((day, way), 0) / top for way in ("to", "from"))
        bars.append(
            Bar(44 + place * 46, f"{120 - to:.1f}", f"{to:.1f}", f"{120 - back:.1f}", f"{back:.1f}", str(day.day))
        )
    text = _("Records per day over %(days)s days: to Sales %(to)s, to NAV %(back)s in all.") % {
        "days": DAYS,
        "to": number(sum(count for (_day, way), count in numbers.items() if way == "to")),
        "back": number(sum(count for (_day, way), count in numbers.items() if way == "from")),
    }
    return bars, top, text


def _nice(value: int) -> int:
    """Return the next round number to scale the chart by."""
    step = 10
    while step < value:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return step * factor
        step *= 10
    return step
