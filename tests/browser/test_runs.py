"""What a person does with a run: pause, stop, restart a line, start twice, and start when no worker is there."""

from collections.abc import Iterator

import pytest

from tests.browser.browser import Browser
from tests.browser.site import Site

RUN_SECONDS = 60.0
SILENCE_SECONDS = 45.0


@pytest.fixture
def running(annette: Browser, synchronized: Site) -> Iterator[Browser]:
    """A browser at a run that goes slowly; it is stopped at the end."""
    synchronized.slow(0.4)
    annette.open("/review/start/")
    annette.click("main footer .primary")
    annette.until(lambda: annette.path.startswith("/runs/"))
    number = annette.path.split("/")[2]
    yield annette
    synchronized.quick()
    annette.open(f"/runs/{number}/")
    if annette.has("#act-stop"):
        annette.click("#act-stop")
        annette.link("Stop the run")
    annette.until(lambda: annette.has("#act-start"), RUN_SECONDS)


def test_pause_and_resume(running: Browser, site: Site) -> None:
    running.click("#act-pause")
    running.sees("Paused by Annette Hill")
    running.sees("Paused", "#bridge")

    site.quick()
    running.click("#act-resume")
    running.sees("Finished", "#live .run-line .end", RUN_SECONDS)
    assert not running.has("#live[data-live]")


def test_stop_asks_first_and_keeps_what_was_written(running: Browser) -> None:
    running.click("#act-stop")
    running.sees("What was written stays, nothing is undone.")
    running.link("Stop the run")
    running.sees("Cancelled", "#live .run-line .end", RUN_SECONDS)
    running.sees("Stopped by Annette Hill. What was written stays")


def test_second_start_says_who_holds_the_mapping(running: Browser) -> None:
    running.open("/review/start/")
    running.click("main footer .primary")
    running.sees("was started by Annette Hill and is still at work on", "[role=alert]")
    running.sees("Not done", "[role=alert] h2")


def test_one_line_is_restarted(annette: Browser, synchronized: Site) -> None:
    synchronized.manage("full_synch", "--wait")
    annette.open("/review/?line=CURRENCY")

    annette.click("#restart-chosen")
    annette.sees("CURRENCY starts again.", ".toast")
    annette.sees("Finished", "#live .run-line .end", RUN_SECONDS)


def test_no_worker_is_said_wherever_a_person_looks(annette: Browser, synchronized: Site) -> None:
    synchronized.workers_stop()
    try:
        annette.open("/review/start/")
        annette.click("main footer .primary")
        annette.sees("No worker has taken up the work", "#live", SILENCE_SECONDS)
        annette.sees("goes on by itself as soon as the workers run", "#no-worker")
        annette.sees("No worker answers", "#bridge")
        annette.open("/")
        annette.sees("No worker has taken up the work", "[aria-labelledby=needs]")
        annette.open("/status/")
        annette.sees("No worker has taken up the work", "#answer")
        annette.open("/review/")
    finally:
        synchronized.workers_start()
    annette.sees("Finished", "#live .run-line .end", RUN_SECONDS)
    assert not annette.has("#no-worker")
