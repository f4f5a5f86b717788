"""/health/ for machines, without signing in."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from sync.models import JobQueueLogEntry, QueuePulse
from sync.selectors import health, workers
from tests import factories


def test_health_asks_for_no_sign_in_and_tells_no_secrets(db: None, company: Any) -> None:
    response = Client().get("/health/")
    assert response.status_code == 200
    assert set(response.json()) == {"status", "database", "worker_age_seconds", "open_runs", "silent_runs"}


def test_health_before_anything_ran(db: None) -> None:
    answer = Client().get("/health/").json()
    assert answer["status"] == "ok" and answer["worker_age_seconds"] is None


def test_open_run_without_a_worker_is_an_alarm(db: None) -> None:
    old = timezone.now() - timedelta(minutes=10)
    run = factories.RunFactory(status="running", finished_at=None, started_at=old)
    type(run).objects.update(created_at=old)
    response = Client().get("/health/")
    assert response.status_code == 503 and response.json()["silent_runs"] == 1
    factories.LogEntryFactory(line=factories.LineFactory(run=run))
    assert Client().get("/health/").status_code == 200
    JobQueueLogEntry.objects.update(started_at=old, finished_at=old)
    run.pause_requested = True
    run.save()
    assert Client().get("/health/").status_code == 200


def test_database_that_does_not_answer_is_503(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "health", lambda: health.Health(False, None, 0, 0))
    assert Client().get("/health/").status_code == 503


def _run_nobody_works_on(minutes: int) -> Any:
    run = factories.RunFactory(
        status="running", finished_at=None, started_at=timezone.now() - timedelta(minutes=minutes)
    )
    type(run).objects.update(created_at=run.started_at)
    factories.LineFactory(run=run, job_queue_entry_status="ready", started_at=None)
    return run


def test_run_that_no_worker_takes_up_is_said_on_every_page(boss: Client) -> None:
    run = _run_nobody_works_on(minutes=1)
    for address in ("/", "/review/", "/status/", f"/runs/{run.number}/"):
        assert "No worker has taken up the work" in boss.get(address).content.decode(), address
    assert "No worker answers" in boss.get("/bridge/").content.decode()


def test_run_is_no_alarm_while_it_is_young_held_paused_or_waiting(db: None) -> None:
    later, line_of = timezone.now() + timedelta(minutes=5), lambda run: run.lines.get()
    assert workers.workers_alarm(_run_nobody_works_on(minutes=0)) is None
    held, waiting, paused = (_run_nobody_works_on(minutes=1) for _number in range(3))
    type(line_of(held)).objects.filter(run=held).update(leased_until=later)
    type(line_of(waiting)).objects.filter(run=waiting).update(not_before=later)
    paused.pause_requested = True
    assert [workers.workers_alarm(run) for run in (held, waiting, paused)] == [None, None, None]


def test_queue_that_does_not_answer_is_named(boss: Client) -> None:
    asked = timezone.now() - timedelta(minutes=3)
    QueuePulse.objects.create(queue="full", asked_at=asked, answered_at=None)
    page = boss.get("/status/").content.decode()
    assert "No worker answers" in page and "Full synchronizations" in page and "No worker has ever answered." in page
    assert "No worker answers" in boss.get("/").content.decode()
