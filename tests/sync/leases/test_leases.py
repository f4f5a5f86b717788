"""One worker at a time: taking, renewing, giving back, taking over."""

import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from connector.errors import LockTaken
from sync.models import MirrorTable, SynchChunk, SynchRunLine
from sync.models.leases import Leased
from sync.services import leases
from sync.services.leases import (
    database_now,
    lease_check,
    lease_give_back,
    lease_take,
    leases_of_the_dead_end,
    worker_name,
)
from tests.factories import MirrorTableFactory
from tests.sync.leases.conftest import lapse, overslept


@pytest.fixture(params=["line", "chunk", "mirror table"])
def row(request: pytest.FixtureRequest, chunk_at: Callable[..., SynchChunk]) -> Leased:
    """Each kind of row that has a lease."""
    chunk = chunk_at()
    found: Leased = {"line": chunk.line, "chunk": chunk, "mirror table": MirrorTableFactory.create()}[request.param]
    return found


def fresh(row: Leased) -> Leased:
    found: Leased = type(row)._default_manager.get(pk=row.pk)
    return found


def test_one_of_two_that_saw_it_free_takes_it(row: Leased) -> None:
    other = fresh(row)
    token = lease_take(row)
    assert token
    assert lease_take(other) is None
    held = fresh(row)
    assert (held.lease_token, held.leased_by) == (token, worker_name())
    assert row.lease_token == token, "the taker sees the row as it is now"
    assert database_now() < held.leased_until <= database_now() + timedelta(seconds=settings.LEASE_SECONDS)  # type: ignore[operator]


def test_a_lease_that_ran_out_is_taken_over(row: Leased) -> None:
    first = lease_take(row)
    lapse(row)
    second = lease_take(fresh(row))
    assert second
    assert second != first


def test_a_row_that_is_not_due_is_left_alone(row: Leased) -> None:
    token = lease_take(row)
    assert token
    lease_give_back(row, token, not_before=database_now() + timedelta(minutes=1))
    assert lease_take(fresh(row)) is None
    type(row)._default_manager.filter(pk=row.pk).update(not_before=database_now())
    assert lease_take(fresh(row))


def test_a_given_back_row_is_free_at_once(row: Leased) -> None:
    token = lease_take(row)
    assert token
    lease_give_back(row, token)
    assert fresh(row).leased_by == ""
    assert lease_take(fresh(row))


def test_who_overslept_gives_nothing_back(row: Leased) -> None:
    token = overslept(row)
    held = fresh(row)
    lease_give_back(row, token, not_before=database_now() + timedelta(hours=1))
    now = fresh(row)
    assert (now.lease_token, now.leased_until, now.not_before) == (held.lease_token, held.leased_until, None)


def test_checking_renews(row: Leased) -> None:
    token = lease_take(row, seconds=5)
    assert token
    lease_check(row, token)
    assert fresh(row).leased_until > database_now() + timedelta(seconds=settings.LEASE_SECONDS - 5)  # type: ignore[operator]


def test_who_is_late_but_not_replaced_goes_on(row: Leased) -> None:
    token = lease_take(row)
    assert token
    lapse(row)
    lease_check(row, token)
    assert lease_take(fresh(row)) is None


def test_who_overslept_commits_nothing(row: Leased) -> None:
    token = overslept(row)
    with pytest.raises(LockTaken, match="taken over"), transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(attempts=99)
        lease_check(row, token)
    assert fresh(row).attempts == 0


def test_an_unknown_token_is_refused(row: Leased) -> None:
    lease_take(row)
    with pytest.raises(LockTaken):
        lease_check(row, uuid.uuid4())


@pytest.mark.scaled
def test_two_connections_at_once_never_both_take_a_row(chunk_at: Callable[..., SynchChunk]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs DATABASE_URL of a PostgreSQL")
    chunk = chunk_at()
    together = threading.Barrier(2, timeout=20)
    taken: list[uuid.UUID] = []

    def worker() -> None:
        try:
            for _round in range(50):
                mine = SynchChunk.objects.get(pk=chunk.pk)
                together.wait()
                token = lease_take(mine)
                if token:
                    taken.append(token)
                together.wait()
                if token:
                    lease_give_back(mine, token)
                together.wait()
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _number in range(2)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join(timeout=60)
    assert len(taken) == len(set(taken)) == 50


@pytest.mark.scaled
def test_taking_over_waits_for_the_commit_that_renews(chunk_at: Callable[..., SynchChunk]) -> None:
    """A holder that checks its lease and has not committed yet keeps the row: who wants it sees the renewed lease."""
    if connection.vendor != "postgresql":
        pytest.skip("needs DATABASE_URL of a PostgreSQL")
    chunk = chunk_at()
    token = lease_take(chunk)
    assert token
    lapse(chunk)
    started = threading.Event()
    got: list[uuid.UUID | None] = []

    def successor() -> None:
        try:
            mine = SynchChunk.objects.get(pk=chunk.pk)
            started.set()
            got.append(lease_take(mine))
        finally:
            connection.close()

    thread = threading.Thread(target=successor)
    with transaction.atomic():
        lease_check(chunk, token)
        thread.start()
        assert started.wait(20)
    thread.join(timeout=20)
    assert got == [None]


# The dead


def dead_worker() -> str:
    """Return the name of a worker whose process has just ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{socket.gethostname()}:{process.pid}"


@pytest.mark.embedded
def test_leases_of_dead_processes_end(chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = chunk_at()
    rows: list[Leased] = [chunk, chunk.line, MirrorTable.objects.get(table="Customer")]
    monkeypatch.setattr(leases, "worker_name", dead_worker)
    for row in rows:
        assert lease_take(row)
    assert leases_of_the_dead_end() == 3
    assert all((fresh(row).leased_until, fresh(row).leased_by) == (None, "") for row in rows)
    assert all(lease_take(fresh(row)) for row in rows)


@pytest.mark.embedded
def test_leases_of_the_living_stay(chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = chunk_at()
    token = lease_take(chunk)
    monkeypatch.setattr(leases, "worker_name", lambda: f"{socket.gethostname()}:{os.getppid()}")
    other = lease_take(chunk.line)
    assert leases_of_the_dead_end() == 0
    assert (fresh(chunk).lease_token, fresh(chunk.line).lease_token) == (token, other)


@pytest.mark.embedded
def test_a_lease_taken_under_an_earlier_name_of_the_machine_ends(
    chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite all workers are on this machine; it may have got a new name, as a container does with every start."""
    chunk = chunk_at()
    monkeypatch.setattr(leases, "worker_name", lambda: f"earlier-name:{os.getpid()}")
    assert lease_take(chunk)
    assert leases_of_the_dead_end() == 1
    assert fresh(chunk).leased_by == ""


@pytest.mark.embedded
def test_the_sweep_ends_the_leases_of_the_dead_and_takes_their_work_up(
    line_at: Callable[..., SynchRunLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.services.runs import runs_sweep

    line = line_at()
    monkeypatch.setattr(leases, "worker_name", dead_worker)
    assert lease_take(line)
    assert runs_sweep() == 1


@pytest.mark.embedded
def test_a_process_of_somebody_else_is_alive(
    chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_process: int, _signal: int) -> None:
        raise PermissionError

    assert lease_take(chunk_at())
    monkeypatch.setattr(leases.os, "kill", refused)
    assert leases_of_the_dead_end() == 0


def test_where_several_machines_work_nobody_is_thought_dead(
    chunk_at: Callable[..., SynchChunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = chunk_at()
    monkeypatch.setattr(leases, "worker_name", dead_worker)
    token = lease_take(chunk)
    monkeypatch.setattr(leases, "connection", type("Elsewhere", (), {"vendor": "postgresql"}))
    assert leases_of_the_dead_end() == 0
    assert fresh(chunk).lease_token == token


def test_a_renewed_lease_outlives_a_request() -> None:
    from connector.transport import CONNECT_SECONDS, TOTAL_SECONDS

    assert settings.LEASE_SECONDS > CONNECT_SECONDS + TOTAL_SECONDS


def test_line_taken_by_somebody_else_is_left_alone(line_at: Callable[..., SynchRunLine]) -> None:
    from sync.services.lines import line_work

    line = line_at()
    assert lease_take(line)
    before = fresh(line)
    assert line_work(line.pk) is False
    assert fresh(line).__dict__ | {"_state": 0} == before.__dict__ | {"_state": 0}
