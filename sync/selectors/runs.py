"""Runs and their lines as the review shows them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.choices import RUN_ENDS, JobQueueStatus, RunStatus, SynchKind
from sync.engine.ordering import ordered
from sync.models import (
    IntegrationTableMapping,
    MirrorTable,
    PlanItem,
    SynchJobError,
    SynchRun,
    SynchRunLine,
)
from sync.selectors.progress import Speed, speed_of
from sync.selectors.run_lines import JobSide, LineView, coarse_time, line_view
from sync.selectors.shell import FINISHED_OR_ERROR, wait_seconds
from sync.services.recommending import recommendation
from sync.tables.graph import Graph, Node, graph_of
from sync.tables.looks import (
    IDLE,
    NOTHING,
    WARN,
    Look,
    run_look,
)
from sync.templatetags.look import number

POLL_SECONDS = 2


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
    views = [line_view(line, run, speed, read) for line in lines]
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
    return _("About %(time)s left") % {"time": coarse_time((total - done) / speed.run)}


def _rows_read(run: SynchRun) -> dict[tuple[int, str], int]:
    tables = MirrorTable.objects.filter(connection__in=[run.erp_id, run.crm_id])
    return {(row.connection_id, row.table): row.rows_read for row in tables.only("connection_id", "table", "rows_read")}


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
