"""Messages to the workers. They are hints only: the sweep finds whatever a lost message leaves behind."""

from functools import partial
from typing import Any

from django.db import transaction

from connector.project.celery import app
from sync.choices import SynchKind
from sync.models import SynchChunk, SynchRun, SynchRunLine

QUEUES = {SynchKind.FULL: "full", SynchKind.SCHEDULED: "incremental", SynchKind.MANUAL: "interactive"}


def queue_of(run: SynchRun) -> str:
    """Return the queue that a run's work goes to."""
    return QUEUES[SynchKind(run.kind)]


def _send(task: str, queue: str, **arguments: Any) -> None:
    transaction.on_commit(partial(app.send_task, task, kwargs=arguments, queue=queue, ignore_result=True))


def send_line(line: SynchRunLine) -> None:
    """Ask a worker to give a line its next turn."""
    _send("sync.tasks.work_line", queue_of(line.run), line_id=line.pk)


def send_chunk(chunk: SynchChunk) -> None:
    """Ask a worker to plan or apply a chunk."""
    _send("sync.tasks.work_chunk", queue_of(chunk.line.run), chunk_id=chunk.pk)


def send_run(run: SynchRun) -> None:
    """Ask a worker to start what became ready in a run."""
    _send("sync.tasks.advance_run", queue_of(run), run_id=str(run.pk))
