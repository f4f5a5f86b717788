"""Messages to the workers. They are hints only: the sweep finds whatever a lost message leaves behind."""

from functools import partial
from typing import Any

from django.db import transaction

from connector.project.celery import app
from sync.choices import SynchKind
from sync.models import SynchRun, SynchRunLine

QUEUES = {SynchKind.FULL: "full", SynchKind.SCHEDULED: "incremental", SynchKind.MANUAL: "interactive"}


def queue_of(run: SynchRun) -> str:
    """Return the queue that a run's work goes to."""
    return QUEUES[SynchKind(run.kind)]


def _send(task: str, to_queue: str, **arguments: Any) -> None:
    transaction.on_commit(partial(app.send_task, task, kwargs=arguments, queue=to_queue, ignore_result=True))


def send_line(line: SynchRunLine) -> None:
    """Ask a worker to give a line its next turn."""
    _send("sync.tasks.work_line", queue_of(line.run), line_id=line.pk)


def send_chunks(line: SynchRunLine, workers: int) -> None:
    """Ask so many workers to share the chunks of a line."""
    for _worker in range(workers):
        _send("sync.tasks.work_chunks", queue_of(line.run), line_id=line.pk)


def send_run(run: SynchRun) -> None:
    """Ask a worker to start what became ready in a run."""
    _send("sync.tasks.advance_run", queue_of(run), run_id=str(run.pk))


def send_pulse(queue: str) -> None:
    """Ask the workers of a queue for a sign of life."""
    _send("sync.tasks.pulse", queue, queue=queue)
