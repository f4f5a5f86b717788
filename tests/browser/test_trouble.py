"""Data as it is in life: what did not get through, grouped by cause, in the person's language."""

import pytest

from tests.browser.browser import Browser
from tests.browser.site import Site


@pytest.fixture
def troubled(browser: Browser, trouble: Site) -> Browser:
    """The business admin at the site with the troubled data."""
    browser.site = trouble
    browser.sign_in("annette")
    return browser


def test_errors_are_grouped_by_cause_and_add_up(troubled: Browser) -> None:
    troubled.open("/errors/")
    shown = int(troubled.text(".chip[aria-current] .count"))
    causes = troubled.all(".causes > details")
    counts = [int(card.find_element("css selector", "summary .n").text) for card in causes]

    assert sum(counts) == shown and len(causes) < shown
    assert counts == sorted(counts, reverse=True)
    assert causes[0].get_attribute("open") and not causes[1].get_attribute("open")
    troubled.sees("What to do", ".causes > details:first-child")


def test_home_leads_to_the_cause_and_on_to_its_records(troubled: Browser) -> None:
    troubled.open("/")
    troubled.sees("In sync, except", "#answer")
    troubled.link("Explain", "[aria-labelledby=needs]")
    troubled.until(lambda: "#cause-" in troubled.path)
    troubled.until(lambda: troubled.has(".causes > details[open]:target"))
    link = next(item for item in troubled.all("details:target footer a") if item.text.startswith("Show all"))
    link.click()
    troubled.sees("All errors", "h1")
    troubled.click("tbody th a")
    troubled.sees("How we got to this answer")


def test_causes_are_told_in_dutch(troubled: Browser) -> None:
    troubled.open("/errors/")
    troubled.click(".lang")
    troubled.sees("en dat is niet aan Sales gekoppeld", ".causes")
    assert "is not coupled" not in troubled.text(".causes") and "Correct the value" not in troubled.text(".causes")


def test_review_names_the_jobs_that_failed(troubled: Browser) -> None:
    troubled.open("/review/?line=CUSTOMER")
    troubled.sees("Finished, some records failed", "#live .run-line .end")
    troubled.sees("Why records failed or wait", "aside")
    troubled.click("#run-errors")
    troubled.sees("did not get through", ".lead")
