"""/health/ for machines, without signing in."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from sync.models import JobQueueLogEntry
from sync.selectors import health
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
