"""Rows to take leases on, without any remote side; the messages that are sent are only noted."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from sync.choices import ChunkStage, Direction, JobQueueStatus, LineStage, RunStatus
from sync.models import Plan, SynchChunk, SynchRunLine
from sync.models.leases import Leased
from sync.services import dispatch
from sync.services.jobs import jobs_open
from sync.services.leases import database_now, lease_take
from tests.factories import LineFactory, MappingFactory, MirrorTableFactory, RunFactory

Message = tuple[str, str]


@pytest.fixture(autouse=True)
def messages(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """The messages that were sent, as (task, queue); nobody receives them."""
    sent: list[Message] = []

    def note(task: str, *, queue: str, **_options: Any) -> None:
        sent.append((task.rpartition(".")[2], queue))

    monkeypatch.setattr(dispatch.app, "send_task", note)
    return sent


@pytest.fixture
def line_at() -> Callable[..., SynchRunLine]:
    """Return a maker of lines of a running run."""

    def make(stage: LineStage = LineStage.FETCH, mapping: str = "CUSTOMER", **values: Any) -> SynchRunLine:
        run = values.pop("run", None)
        if run is None:
            run = RunFactory.create(status=RunStatus.RUNNING, finished_at=None)
            Plan.objects.create(run=run)
        values = {"job_queue_entry_status": JobQueueStatus.IN_PROCESS, "done": 0, "total": 0, **values}
        line: SynchRunLine = LineFactory.create(
            run=run, mapping=MappingFactory.create(name=mapping, direction=Direction.BOTH), stage=stage, **values
        )
        jobs_open(line)
        return line

    return make


@pytest.fixture
def chunk_at(line_at: Callable[..., SynchRunLine]) -> Callable[..., SynchChunk]:
    """Return a maker of chunks of a running line."""

    def make(stage: ChunkStage = ChunkStage.APPLY, line: SynchRunLine | None = None, **values: Any) -> SynchChunk:
        line = line or line_at(LineStage.APPLY)
        MirrorTableFactory.create()
        MirrorTableFactory.create(connection=line.mapping.crm, table="account")
        values = {"number": 1, "side": "erp", "keys": ["10000"], **values}
        return SynchChunk.objects.create(line=line, stage=stage, **values)

    return make


def overslept(row: Leased) -> uuid.UUID:
    """Return the token of a worker that slept through its lease on a row while another one took over."""
    token = lease_take(row)
    assert token
    type(row)._default_manager.filter(pk=row.pk).update(leased_until=database_now() - timedelta(seconds=1))
    assert lease_take(type(row)._default_manager.get(pk=row.pk)), "nobody took over"
    return token


def lapse(row: Leased) -> None:
    """Let the lease on a row run out."""
    type(row)._default_manager.filter(pk=row.pk).update(
        leased_until=database_now() - timedelta(seconds=settings.LEASE_SECONDS)
    )
