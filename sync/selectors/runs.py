"""Runs and their lines as the review shows them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.choices import COUNTERS, RUN_ENDS, JobQueueStatus, LineStage, RunStatus, SynchKind
from sync.engine.ordering import ordered
from sync.models import (
    Coupling,
    IntegrationTableMapping,
    MirrorTable,
    OptionMapping,
    PlanItem,
    SynchChunk,
    SynchJob,
    SynchJobError,
    SynchRun,
    SynchRunLine,
)
from sync.selectors.mappings import crm_table_of
from sync.selectors.progress import Speed, speed_of
from sync.selectors.shell import FINISHED_OR_ERROR, wait_seconds
from sync.services.recommending import recommendation
from sync.tables.graph import Graph, Node, graph_of
from sync.tables.jobs import counter_caption, counter_href
from sync.tables.looks import (
    IDLE,
    NOTHING,
    WARN,
    Look,
    job_look,
    queue_look,
    recommendation_look,
    run_look,
)
from sync.templatetags.look import duration_text, number

POLL_SECONDS = 2


@dataclass(frozen=True, slots=True)
class JobSide:
    """One direction of a line: its status, its job and the counters that add up to its total."""

    direction: str
    look: Look
    job: SynchJob | None
    used: bool

    @property
    def title(self) -> str:
        """The product's caption of this status."""
        return _("To Int. Table Job Status") if self.direction == "to" else _("From Int. Table Job Status")

    @property
    def short_title(self) -> str:
        """What the job is called beside its counters."""
        return _("To Int. Table Job") if self.direction == "to" else _("From Int. Table Job")

    @property
    def shows(self) -> bool:
        """Whether there is a status to show."""
        return self.used and self.look is not NOTHING

    @property
    def failed(self) -> int:
        """How many records failed."""
        return self.job.failed if self.job else 0

    @property
    def rows(self) -> list[tuple[str, int, str]]:
        """The counters that say something, with where their rows are."""
        always = ("inserted", "modified", "unchanged", "failed")
        return [
            (caption, value, counter_href(self.job, name))
            for name, caption, value in self.counters
            if self.job and (value or name in always)
        ]

    @property
    def counters(self) -> list[tuple[str, str, int]]:
        """The counters with their captions, in the product's order."""
        if self.job is None:
            return []
        return [(name, counter_caption(name), getattr(self.job, name)) for name in COUNTERS]

    @property
    def total(self) -> int:
        """The sum of the counters."""
        return sum(value for _name, _caption, value in self.counters)


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the review."""

    line: SynchRunLine
    queue: Look
    to: JobSide
    back: JobSide
    tone: str
    done: str
    total: str
    note: str
    percent: int | None
    is_preview: bool = False
    is_chosen: bool = False

    @property
    def name(self) -> str:
        """The mapping's name."""
        return self.line.name

    @property
    def waits(self) -> bool:
        """Whether the line waits for others; what for takes the room of the two job statuses, which it cannot have yet."""
        return bool(self.line.waits_for) and not self.to.shows and not self.back.shows

    @property
    def ident(self) -> str:
        """An id for anchors and focus."""
        return f"line-{self.line.pk or self.line.name.replace(' ', '-')}"

    @property
    def sides(self) -> tuple[JobSide, JobSide]:
        """Both directions in the order of the columns."""
        return self.to, self.back

    @property
    def log_id(self) -> str:
        """The line as the log's filter names it."""
        return str(self.line.pk or "")

    @property
    def queue_id(self) -> str:
        """An id for the focus on the queue status."""
        return f"queue-{self.ident}"

    @property
    def is_second_pass(self) -> bool:
        """Whether the line only sets fields that had to wait for later mappings."""
        return self.line.pass_number > 1

    @property
    def failed(self) -> int:
        """How many records failed, both directions together."""
        return self.to.failed + self.back.failed

    @property
    def can_restart(self) -> bool:
        """Whether Restart applies: the line has ended."""
        return bool(self.line.pk) and not self.is_preview and self.line.job_queue_entry_status in FINISHED_OR_ERROR

    @property
    def recommendation(self) -> Look:
        """What a first synchronization of the mapping would be."""
        return recommendation_look(self.line.recommendation)

    @property
    def graph_look(self) -> Look:
        """The look in the order graph, where one glyph stands for all three statuses."""
        if self.line.job_queue_entry_status == JobQueueStatus.FINISHED and self.failed:
            return WARN.saying(
                ngettext("Finished, %(number)s record failed", "Finished, %(number)s records failed", self.failed)
                % {"number": self.failed}
            )
        return self.queue


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that a person should know of, with the seconds that are left where they are known."""

    title: str
    text: str
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Breakage:
    """One reason why lines ended in an error, with all lines that it hit."""

    message: str
    lines: list[LineView]

    @property
    def names(self) -> str:
        """The lines it hit."""
        return ", ".join(line.name for line in self.lines)

    @property
    def details(self) -> str:
        """The trace, where there is one."""
        return self.lines[0].line.details


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with everything the review shows of it."""

    run: SynchRun | None
    lines: list[LineView]
    chosen: LineView | None
    graph: Graph
    look: Look
    title: str
    done: int = 0
    total: int = 0
    percent: int | None = None
    finished: int = 0
    failed: int = 0
    waiting: int = 0
    cause_count: int = 0
    speed: Speed | None = None
    seconds: float | None = None
    left: str = ""
    waits: list[Wait] = field(default_factory=list)
    broken: list["Breakage"] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether the run goes on."""
        return self.run is not None and self.run.status not in RUN_ENDS

    @property
    def is_paused(self) -> bool:
        """Whether somebody asked the run to rest."""
        return self.is_open and bool(self.run and self.run.pause_requested)

    @property
    def is_stopping(self) -> bool:
        """Whether the run was asked to stop and is ending what is under way."""
        return self.is_open and bool(self.run and self.run.cancel_requested)

    @property
    def main_lines(self) -> list[LineView]:
        """The lines without their second passes."""
        return [line for line in self.lines if not line.is_second_pass]

    @property
    def bar_value(self) -> int:
        """Progress in tenths of a percent: by records where all are counted, else by mappings."""
        if self.percent is not None:
            return int(1000 * self.done / self.total) if self.total else 1000
        parts = [(line.percent or 0) / 100 for line in self.lines]
        return int(1000 * sum(parts) / len(parts)) if parts else 0

    @property
    def average_text(self) -> str:
        """The speed in words: of the last minute while it runs, over all afterwards; blank when not known."""
        rate = self.speed.run if self.speed else (self.done / self.seconds if self.seconds and self.done else None)
        text = ngettext("%(rate)s record per second", "%(rate)s records per second", round(rate or 0))
        return text % {"rate": number(round(rate))} if rate else ""

    @property
    def speaks(self) -> bool:
        """Whether this answer is one of those that are spoken: one in five, and the last one."""
        return not self.is_open or int(timezone.now().timestamp()) % 10 < POLL_SECONDS

    @property
    def chart_text(self) -> str:
        """The chart in words."""
        now = self.speed.run if self.speed and self.speed.run else 0
        return _("Records per second: %(now)s now, %(top)s at most.") % {
            "now": number(round(now)),
            "top": number(round(self.speed_top)),
        }

    @property
    def spoken(self) -> str:
        """What a screen reader hears, at most every ten seconds."""
        if self.percent is None:
            return _("%(done)s of %(total)s mappings finished") % {
                "done": self.finished,
                "total": len(self.main_lines),
            }
        return f"{self.percent} %. {self.left}"

    @property
    def chart(self) -> str:
        """The speed of the last two minutes as an SVG path in a box of 310 by 54; blank when there is too little."""
        points = self.speed.history if self.speed else []
        if len(points) < 3:
            return ""
        top = max(1.0, self.speed_top)
        return "M" + " ".join(f"{310 - 310 * ago / 120:.0f} {72 - 54 * rate / top:.0f}" for ago, rate in points)

    @property
    def speed_top(self) -> float:
        """The highest speed in the chart."""
        return max((rate for _ago, rate in self.speed.history), default=0.0) if self.speed else 0.0


def run_by_number(number_: int) -> SynchRun | None:
    """Return a run by the number people know it by."""
    return SynchRun.objects.select_related("erp", "crm").filter(number=number_).first()


def review_run(after: int = 0) -> SynchRun | None:
    """Return the run that the review shows: the open one, else the last full synchronization after a reset."""
    runs = SynchRun.objects.select_related("erp", "crm")
    open_run = runs.exclude(status__in=RUN_ENDS).order_by("-number").first()
    return open_run or runs.filter(kind=SynchKind.FULL, preview=False, number__gt=after).order_by("-number").first()


def run_view(run: SynchRun, choose: str = "") -> RunView:
    """Return a run as the review shows it, in a fixed number of queries."""
    lines = list(run.lines.select_related("to_job", "from_job", "mapping"))
    speed = speed_of(run, {line.pk: line.done for line in lines}) if run.status not in RUN_ENDS else None
    read = _rows_read(run) if run.status not in RUN_ENDS else {}
    views = [_line_view(line, run, speed, read) for line in lines]
    views, chosen = _choose(views, choose)
    done, total = sum(line.done for line in lines), sum(line.total for line in lines)
    percent = _percent(run, lines, done, total)
    failed = sum(view.failed for view in views)
    waiting = sum(side.job.waiting for view in views for side in (view.to, view.back) if side.job)
    if run.preview:
        failed, waiting = _planned(run, "fail"), _planned(run, "wait")
    return RunView(
        run=run,
        lines=views,
        chosen=chosen,
        graph=_graph(views, run),
        look=run_look(run.status, paused=run.pause_requested, preview=run.preview),
        title=_title(run),
        done=done,
        total=total,
        percent=percent,
        finished=sum(_is_finished(line) for line in lines if line.pass_number == 1),
        failed=failed,
        waiting=waiting,
        cause_count=_cause_count(run) if failed or waiting else 0,
        speed=speed,
        seconds=_seconds(run),
        left=_left(lines, speed, done, total, percent),
        waits=_waits(run, lines),
        broken=_broken(views),
    )


def _title(run: SynchRun) -> str:
    kind = _("Preview of full synchronization") if run.preview else str(SynchKind(run.kind).label)
    return f"{kind} {run.number}"


def _seconds(run: SynchRun) -> float | None:
    if run.started_at is None:
        return None
    return float(((run.finished_at or timezone.now()) - run.started_at).total_seconds())


def _percent(run: SynchRun, lines: list[SynchRunLine], done: int, total: int) -> int | None:
    """Return the share of the whole; None as long as a line has not been counted."""
    if run.status in (RunStatus.FINISHED, RunStatus.FINISHED_WITH_ERRORS):
        return 100
    if any(not line.total and line.job_queue_entry_status not in FINISHED_OR_ERROR for line in lines):
        return None
    return int(100 * done / total) if total else (100 if lines else None)


def _left(lines: list[SynchRunLine], speed: Speed | None, done: int, total: int, percent: int | None) -> str:
    if speed is None:
        return ""
    if percent is None:
        unknown = sum(1 for line in lines if not line.total and line.job_queue_entry_status not in FINISHED_OR_ERROR)
        return ngettext("%(number)s mapping is not counted yet", "%(number)s mappings are not counted yet", unknown) % {
            "number": unknown
        }
    if not speed.run:
        return _("Time left is not known yet")
    return _("About %(time)s left") % {"time": _coarse((total - done) / speed.run)}


def _coarse(seconds: float) -> str:
    """Return a time left as nobody would dispute it: seconds up to 90, then minutes, then hours."""
    if seconds <= 90:
        return duration_text(max(1, round(seconds)))
    if seconds < 5400:
        return _("%(number)s min") % {"number": round(seconds / 60)}
    return _("%(number)s h") % {"number": round(seconds / 3600, 1)}


def _rows_read(run: SynchRun) -> dict[tuple[int, str], int]:
    tables = MirrorTable.objects.filter(connection__in=[run.erp_id, run.crm_id])
    return {(row.connection_id, row.table): row.rows_read for row in tables.only("connection_id", "table", "rows_read")}


def _line_view(line: SynchRunLine, run: SynchRun, speed: Speed | None, read: dict[tuple[int, str], int]) -> LineView:
    queue = queue_look(line.job_queue_entry_status, line.waits_for)
    if line.job_queue_entry_status == JobQueueStatus.BLANK and not line.waits_for:
        queue = IDLE.saying(JobQueueStatus.BLANK.label)
    if line.job_queue_entry_status == JobQueueStatus.BLANK and line.waits_for:
        queue = Look("idle", "idle", queue.word)
    return LineView(
        line=line,
        queue=queue,
        to=_job_side(line, "to"),
        back=_job_side(line, "from"),
        tone=_tone(line),
        done=number(line.done),
        total=number(line.total) if line.total else "",
        note=_note(line, run, speed, read),
        percent=_line_percent(line),
        is_preview=run.preview,
    )


def _job_side(line: SynchRunLine, direction: str) -> JobSide:
    job = line.to_job if direction == "to" else line.from_job
    state = line.to_status if direction == "to" else line.from_status
    used = line.direction in (direction, "both")
    look = job_look(state, job.failed if job else 0) if used else NOTHING
    return JobSide(direction, look, job, used)


def _tone(line: SynchRunLine) -> str:
    if line.job_queue_entry_status == JobQueueStatus.ERROR:
        return "bad"
    if line.job_queue_entry_status == JobQueueStatus.FINISHED:
        return "ok"
    return "wait" if line.message and line.not_before else "busy" if line.started_at else "idle"


def _line_percent(line: SynchRunLine) -> int | None:
    if line.job_queue_entry_status == JobQueueStatus.FINISHED:
        return 100
    return int(100 * line.done / line.total) if line.total else None


def _note(line: SynchRunLine, run: SynchRun, speed: Speed | None, read: dict[tuple[int, str], int]) -> str:
    """Say in a few words what a line that is at work does: its stage, its speed, its time left."""
    if line.job_queue_entry_status != JobQueueStatus.IN_PROCESS or run.status in RUN_ENDS:
        return ""
    stage = str(LineStage(line.stage).label)
    if line.stage == LineStage.FETCH:
        rows = read.get((run.erp_id, line.mapping.erp_table), 0) + read.get((run.crm_id, crm_table_of(line.mapping)), 0)
        return _("%(stage)s, %(number)s read") % {"stage": stage, "number": number(rows)} if rows else stage
    rate = speed.lines.get(line.pk, 0.0) if speed else 0.0
    if line.stage != LineStage.APPLY or rate <= 0 or not line.total:
        return stage
    return _("%(rate)s per s, %(time)s left") % {
        "rate": number(round(rate) or 1),
        "time": _coarse((line.total - line.done) / rate),
    }


def _choose(views: list[LineView], choose: str) -> tuple[list[LineView], LineView | None]:
    """Return the lines with the chosen one marked: by name, else the one at work, else one that failed, else the first."""
    rules: tuple[Callable[[LineView], bool], ...] = (
        lambda view: view.name == choose and not view.is_second_pass,
        lambda view: view.line.job_queue_entry_status == JobQueueStatus.ERROR,
        lambda view: view.line.job_queue_entry_status == JobQueueStatus.IN_PROCESS,
        lambda view: view.failed > 0,
        lambda view: True,
    )
    chosen = next((view for rule in rules for view in views if rule(view)), None)
    if chosen is None:
        return views, None
    marked = replace(chosen, is_chosen=True)
    return [marked if view is chosen else view for view in views], marked


def _graph(views: list[LineView], run: SynchRun | None) -> Graph:
    nodes = []
    for view in views:
        if view.is_second_pass:
            continue
        look = view.graph_look
        text = _graph_text(view)
        nodes.append(
            Node(
                name=view.name,
                step=view.line.step,
                depends_on=view.line.depends_on,
                look=look,
                text=text,
                label=f"{view.name}: {look.word}, {text}",
                fraction=(view.percent or 0) / 100,
                href=f"?line={view.name.replace(' ', '+')}#{view.ident}",
                is_met=view.line.job_queue_entry_status == JobQueueStatus.FINISHED,
                is_chosen=view.is_chosen,
            )
        )
    return graph_of(nodes)


def _graph_text(view: LineView) -> str:
    if view.failed:
        return _("%(done)s · %(failed)s failed") % {"done": view.done, "failed": number(view.failed)}
    if view.total:
        return _("%(done)s of %(total)s") % {"done": view.done, "total": view.total}
    if view.line.job_queue_entry_status == JobQueueStatus.FINISHED:
        return _("nothing to do")
    return view.note or _("not counted yet")


def _waits(run: SynchRun, lines: list[SynchRunLine]) -> list[Wait]:
    if run.status in RUN_ENDS:
        return []
    waits = []
    for connection, system in ((run.erp, "NAV"), (run.crm, "Dataverse")):
        if seconds := wait_seconds(connection):
            waits.append(
                Wait(
                    _("%(system)s asked us to wait") % {"system": system},
                    _(
                        "It answered “too many requests”. All work for it pauses and goes on by itself. "
                        "Nothing for you to do."
                    ),
                    seconds,
                )
            )
    waits += [
        Wait(line.name, line.message)
        for line in lines
        if line.job_queue_entry_status == JobQueueStatus.IN_PROCESS and line.message
    ]
    return waits


def _is_finished(line: SynchRunLine) -> bool:
    return line.job_queue_entry_status == JobQueueStatus.FINISHED


def _broken(views: list[LineView]) -> list[Breakage]:
    reasons: dict[str, list[LineView]] = {}
    for view in views:
        if view.line.job_queue_entry_status == JobQueueStatus.ERROR:
            reasons.setdefault(view.line.message, []).append(view)
    return [Breakage(message, lines) for message, lines in reasons.items()]


def _planned(run: SynchRun, action: str) -> int:
    return PlanItem.objects.filter(plan__run=run, action=action).count()


def _cause_count(run: SynchRun) -> int:
    if run.preview:
        return (
            PlanItem.objects.filter(plan__run=run, action__in=["fail", "wait"])
            .values("cause", "code")
            .distinct()
            .count()
        )
    return SynchJobError.objects.filter(job__run=run).values("cause", "code").distinct().count()


def job_causes(view: LineView, limit: int = 4) -> list[dict[str, Any]]:
    """Return why records of a line failed or wait, the most frequent cause first."""
    if not view.line.pk:
        return []
    groups = (
        SynchJobError.objects.filter(job__line=view.line)
        .values("cause", "code", "waits")
        .annotate(number=Count("pk"))
        .order_by("-number")[:limit]
    )
    found: list[dict[str, Any]] = [dict(group) for group in groups]
    for group in found:
        group["example"] = (
            SynchJobError.objects.filter(job__line=view.line, cause=group["cause"], code=group["code"])
            .order_by("pk")
            .first()
        )
    return found


def fresh_view(choose: str = "") -> RunView:
    """Return the review before anything ran: one line per mapping with its recommendation, in dependency order."""
    mappings = {mapping.name: mapping for mapping in IntegrationTableMapping.objects.select_related("erp", "crm")}
    places = ordered(
        {name: [need for need in mapping.depends_on if need in mappings] for name, mapping in mappings.items()}
    )
    views = []
    for place in places:
        mapping = mappings[place.name]
        line = SynchRunLine(
            mapping=mapping,
            name=mapping.name,
            position=place.position,
            step=place.step,
            depends_on=list(place.depends_on),
            direction=mapping.direction,
            recommendation=recommendation(mapping),
            message=mapping.issue,
        )
        look = WARN.saying(_("Cannot run")) if mapping.issue else IDLE.saying(JobQueueStatus.BLANK.label)
        idle = JobSide("to", NOTHING, None, False)
        views.append(LineView(line, look, idle, JobSide("from", NOTHING, None, False), "idle", "0", "", "", None))
    views, chosen = _choose(views, choose)
    return RunView(None, views, chosen, _graph(views, None), IDLE.saying(JobQueueStatus.BLANK.label), "")


@dataclass(frozen=True, slots=True)
class StartRow:
    """What a start would take on for one mapping."""

    mapping: IntegrationTableMapping
    erp_count: int | None
    crm_count: int | None
    coupled: int
    recommendation: Look


def start_rows() -> list[StartRow]:
    """Return, per mapping, what both sides hold as far as we have seen, and how many pairs are coupled."""
    mappings = list(IntegrationTableMapping.objects.select_related("erp", "crm"))
    counts = {
        (table.connection_id, table.table): table.row_count
        for table in MirrorTable.objects.filter(fetched_at__isnull=False).only("connection_id", "table", "row_count")
    }
    coupled = dict(Coupling.objects.values_list("mapping").annotate(number=Count("pk")))
    coupled.update(dict(OptionMapping.objects.values_list("mapping").annotate(number=Count("pk"))))
    return [
        StartRow(
            mapping,
            counts.get((mapping.erp_id, mapping.erp_table)),
            counts.get((mapping.crm_id, crm_table_of(mapping))),
            coupled.get(mapping.pk, 0),
            recommendation_look(recommendation(mapping)),
        )
        for mapping in mappings
    ]


def last_runs(limit: int = 5) -> list[SynchRun]:
    """Return the last runs, newest first, with how many records each wrote and how many failed or wait."""
    jobs = Sum("jobs__inserted") + Sum("jobs__modified") + Sum("jobs__deleted")
    return list(
        SynchRun.objects.annotate(
            written=jobs, failed_count=Sum("jobs__failed"), waiting_count=Sum("jobs__waiting")
        ).order_by("-number")[:limit]
    )


def compared_at() -> datetime | None:
    """Return when a run that was no preview last ended."""
    ended = SynchRun.objects.filter(preview=False, finished_at__isnull=False)
    return ended.order_by("-number").values_list("finished_at", flat=True).first()


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
