"""The lines of a run as the review shows them: statuses, counters, speed, and why records did not get through."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.choices import COUNTERS, RUN_ENDS, JobQueueStatus, LineStage
from sync.models import SynchJob, SynchJobError, SynchRun, SynchRunLine
from sync.selectors.mappings import crm_table_of
from sync.selectors.progress import Speed
from sync.selectors.shell import FINISHED_OR_ERROR
from sync.tables.jobs import counter_caption, counter_href
from sync.tables.looks import IDLE, NOTHING, WARN, Look, job_look, queue_look, recommendation_look
from sync.templatetags.look import duration_text, number


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


def line_view(line: SynchRunLine, run: SynchRun, speed: Speed | None, read: dict[tuple[int, str], int]) -> LineView:
    """Return a line as the review shows it; `read` is how many rows of each remote table have been read so far."""
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
        "time": coarse_time((line.total - line.done) / rate),
    }


def coarse_time(seconds: float) -> str:
    """Return a time left as nobody would dispute it: seconds up to 90, then minutes, then hours."""
    if seconds <= 90:
        return duration_text(max(1, round(seconds)))
    if seconds < 5400:
        return _("%(number)s min") % {"number": round(seconds / 60)}
    return _("%(number)s h") % {"number": round(seconds / 3600, 1)}


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
