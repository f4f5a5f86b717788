"""Celery tasks: load by id, make one call, let the row record the outcome. Losing or doubling a message changes nothing."""

from uuid import UUID

from celery import shared_task

from sync.models import SynchRun
from sync.services import lines, runs, workers


@shared_task(name="sync.tasks.work_line", ignore_result=True, acks_late=True)
def work_line(*, line_id: int) -> None:
    """Give a line its next turn; one that another worker has, or that has ended, is left alone."""
    lines.line_work(line_id)


@shared_task(name="sync.tasks.work_chunks", ignore_result=True, acks_late=True)
def work_chunks(*, line_id: int) -> None:
    """Plan or apply chunks of a line that nobody has yet."""
    lines.chunks_work(line_id)


@shared_task(name="sync.tasks.advance_run", ignore_result=True, acks_late=True)
def advance_run(*, run_id: str) -> None:
    """Start what became ready in a run, or end it."""
    runs.run_advance(SynchRun.objects.get(pk=UUID(run_id)))


@shared_task(name="sync.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Take up what lost messages and dead workers left behind."""
    runs.runs_sweep()
    workers.pulses_ask()


@shared_task(name="sync.tasks.pulse", ignore_result=True)
def pulse(*, queue: str) -> None:
    """Say that somebody serves this queue."""
    workers.pulse_answer(queue)
