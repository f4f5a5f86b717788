"""CRM Full Synch. Review: live progress, starting, stopping, and the way down to a record."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from connector.errors import ConfigurationError
from sync.choices import JobQueueStatus, RunStatus
from sync.selectors import runs as selectors
from sync.services.runs import RunRefused
from sync.views import review, runs
from tests import factories

HTMX = {"hx-request": "true"}


def test_page_polls_every_two_seconds_while_it_runs(boss: Client, running: Any) -> None:
    page = boss.get("/review/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "750" in page and "of 1,000" in page
    assert "Waits for CUSTOMER" in page


def test_fragment_is_the_live_part_alone(boss: Client, running: Any) -> None:
    response = boss.get("/review/", headers=HTMX)
    assert response.status_code == 200
    assert "HX-Request" in response.headers["Vary"]
    assert b"<html" not in response.content and b'id="live"' in response.content


def test_last_answer_ends_the_polling(boss: Client, company: Any) -> None:
    response = boss.get("/review/", headers=HTMX)
    assert response.status_code == 286
    live = re.search(rb'<div class="stack-l" id="live"[^>]*>', response.content)
    assert live and b"hx-trigger" not in live.group()
    assert boss.get("/review/").status_code == 200


def test_percent_only_when_the_whole_is_known(running: Any) -> None:
    view = selectors.run_view(running.run)
    assert view.percent is None
    assert view.left == "1 mapping is not counted yet"
    running.run.lines.filter(total=0).update(total=1000)
    assert selectors.run_view(running.run).percent == 37


def test_speed_and_time_left_come_from_what_was_seen_before(running: Any) -> None:
    running.run.lines.filter(total=0).delete()
    with time_machine.travel(running.run.started_at, tick=False) as clock:
        selectors.run_view(running.run)
        clock.shift(10)
        running.run.lines.update(done=850)
        view = selectors.run_view(running.run)
    assert view.speed is not None and not view.speed.is_average
    assert view.average_text == "10 records per second"
    assert view.left == "About 15 s left"
    assert view.lines[0].note == "10 per s, 15 s left"


def test_statuses_lead_to_log_and_jobs(boss: Client, company: Any) -> None:
    page = boss.get("/review/").content.decode()
    assert f"/job-queue-log/?line={company.line.pk}" in page
    assert f"/jobs/{company.job.pk}/" in page
    job = boss.get(f"/jobs/{company.job.pk}/").content.decode()
    assert "024 7655 0100" in job and "024 7655 0192" in job
    assert f"/records/customers/{company.records[0].key}" in job
    assert "Currency MYR is not in Sales." in job


def test_counters_of_a_job_add_up(company: Any) -> None:
    view = selectors.run_view(company.run, "CUSTOMER")
    assert view.chosen is not None
    side = view.chosen.to
    assert side.total == sum(value for _name, _caption, value in side.counters) == 13


def test_before_the_first_run_every_mapping_waits_for_start(boss: Client) -> None:
    factories.MappingFactory()
    factories.MappingFactory(name="CONTACT", depends_on=["CUSTOMER"])
    page = boss.get("/review/").content.decode()
    assert page.count("Not started") >= 2 and "Full Synchronization" in page


def test_start_passes_the_chosen_mappings_on(boss: Client, company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(review, "full_synch_start", lambda **given: calls.append(given) or company.run)
    response = boss.post("/review/start/", {"mapping": ["CUSTOMER"], "preview": "1"})
    assert response.headers["Location"] == f"/runs/{company.run.number}/"
    assert calls == [{"user": "Annette Hill", "mappings": ["CUSTOMER"], "preview": True, "allow_mass_change": False}]


@pytest.mark.parametrize("error", ["refused", "configuration"])
def test_refusal_is_a_callout(boss: Client, company: Any, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    def refuse(**_given: Any) -> None:
        if error == "refused":
            raise RunRefused("Full synchronization 7 is still at work on CUSTOMER.", company.run)
        raise ConfigurationError("The connection to NAV is disabled.", code="connection_not_enabled")

    monkeypatch.setattr(review, "full_synch_start", refuse)
    page = boss.post("/review/start/", {"mapping": ["CUSTOMER"]}, follow=True).content.decode()
    assert 'role="alert"' in page
    assert ("still at work on CUSTOMER" in page) or ("The connection to NAV is disabled." in page)


def test_dialog_and_page_hold_the_same_form(boss: Client, company: Any) -> None:
    whole, part = boss.get("/review/start/").content, boss.get("/review/start/", headers=HTMX).content
    assert b"<html" in whole and b"<html" not in part
    for content in (whole, part):
        assert b'name="preview"' in content and b'value="CUSTOMER"' in content


def test_pause_resume_and_stop_call_their_services(boss: Client, running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("run_pause", "run_resume", "run_cancel"):
        monkeypatch.setattr(runs, name, lambda run, user, name=name: done.append(f"{name} {run.number} {user}"))
    number = running.run.number
    for address in ("pause", "resume", "stop"):
        assert boss.post(f"/runs/{number}/{address}/").status_code == 302
    assert done == [f"{name} {number} Annette Hill" for name in ("run_pause", "run_resume", "run_cancel")]
    assert b"What was written stays" in boss.get(f"/runs/{number}/stop/").content


def test_pause_is_refused_by_get(boss: Client, running: Any) -> None:
    assert boss.get(f"/runs/{running.run.number}/pause/").status_code == 405


def test_restart_is_offered_on_ended_lines_only(running: Any, company: Any) -> None:
    assert not selectors.run_view(running.run, "CUSTOMER").lines[0].can_restart
    assert selectors.run_view(company.run, "CUSTOMER").lines[0].can_restart


def test_restart_calls_its_service(boss: Client, company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(runs, "line_restart", lambda line, user: done.append(line.name))
    response = boss.post(f"/runs/{company.run.number}/lines/{company.line.pk}/restart/", follow=True)
    assert done == ["CUSTOMER"] and b"CUSTOMER starts again." in response.content


def test_crashed_line_says_why_and_offers_restart(boss: Client, company: Any) -> None:
    company.line.job_queue_entry_status = JobQueueStatus.ERROR
    company.line.message = "NAV does not answer."
    company.line.save()
    company.run.status = RunStatus.FAILED
    company.run.save()
    page = boss.get(f"/runs/{company.run.number}/").content.decode()
    assert "CUSTOMER ended in an error" in page and "NAV does not answer." in page and "Restart CUSTOMER" in page


def test_mass_change_stop_offers_to_let_it_through(boss: Client, company: Any) -> None:
    company.preview.delete()
    company.run.status, company.run.message = RunStatus.STOPPED, "600 of 1,000 customers would be deleted."
    company.run.save()
    assert b"600 of 1,000 customers" in boss.get("/review/").content
    assert b"allow_mass_change" in boss.get("/review/start/").content


def test_reset_shows_fresh_lines(boss: Client, company: Any) -> None:
    page = boss.post("/review/reset/", follow=True).content.decode()
    assert "Each mapping below waits for Start." in page


def test_preview_shows_its_counts_and_its_items(boss: Client, company: Any) -> None:
    page = boss.get(f"/runs/{company.preview.number}/").content.decode()
    assert "What a full synchronization would do" in page and "Start this for real" in page
    plan = boss.get(f"/runs/{company.preview.number}/plan/?action=wait").content.decode()
    assert "Waits for MYR." in plan and "Phone No. changed in NAV." not in plan


def test_bridge_polls_fast_while_something_runs(boss: Client, running: Any) -> None:
    assert b'hx-trigger="every 2s"' in boss.get("/bridge/").content
    running.run.status = RunStatus.FINISHED
    running.run.save()
    assert b'hx-trigger="every 30s"' in boss.get("/bridge/").content


def test_wait_that_a_server_asked_for_is_shown_with_its_seconds(boss: Client, running: Any) -> None:
    connection = running.run.crm
    with time_machine.travel(running.run.started_at, tick=False):
        connection.window = {"not_before": running.run.started_at.timestamp() + 38}
        connection.save()
        page = boss.get("/review/").content.decode()
    assert "Dataverse asked us to wait" in page and 'data-seconds="38"' in page
