"""From a preview to the first full synchronization, and down to one record. One story: each test goes on where the last ended."""

from tests.browser.browser import Browser
from tests.browser.site import Site

RUN_SECONDS = 60.0


def test_preview_shows_counts_and_a_plan_to_look_through(annette: Browser) -> None:
    annette.open("/review/")
    annette.sees("Each mapping below waits for Start.")

    annette.click("#act-start")
    annette.sees("Start a full synchronization?", "dialog[open]")
    annette.click("dialog[open] button[name=preview]")

    annette.sees("What a full synchronization would do", seconds=RUN_SECONDS)
    annette.sees("120", "table")
    annette.link("Look through all actions")
    annette.sees("Not in Sales yet.")
    annette.link("Next")
    annette.until(lambda: "after=" in annette.path)
    annette.sees("Not in Sales yet.")


def test_esc_and_cancel_leave_the_dialog_without_a_run(annette: Browser) -> None:
    annette.open("/review/")
    for leave in ("Esc", "Cancel"):
        annette.click("#act-start")
        annette.sees("Start a full synchronization?", "dialog[open]")
        if leave == "Esc":
            annette.press("\ue00c")
        else:
            annette.link("Cancel", "dialog[open]")
        annette.until(lambda: not annette.has("dialog[open]"))
        assert annette.focused().get_attribute("id") == "act-start", leave
    annette.sees("Each mapping below waits for Start.")


def test_progress_moves_by_itself_until_finished(annette: Browser, site: Site) -> None:
    site.slow(0.15)
    annette.open("/review/")
    annette.click("#act-start")
    annette.sees("Start a full synchronization?", "dialog[open]")
    annette.click("dialog[open] footer .primary")
    annette.until(lambda: annette.path.startswith("/runs/"))
    annette.run("window.stayed = true")

    annette.until(lambda: annette.has("#live[data-live]") and annette.has("#start-why"))
    seen = {annette.text("#live .run-line")}
    annette.until(lambda: seen.add(annette.find("#live .run-line").text) or len(seen) > 2, RUN_SECONDS)
    site.quick()
    annette.sees("Finished", "#live .run-line .end", RUN_SECONDS)

    assert annette.run("return window.stayed")
    assert "100 %" in annette.text("#run")
    assert not annette.has("#live[hx-get]")
    polls = "return performance.getEntriesByType('resource').filter(e => e.name.includes('/runs/')).map(e => e.responseStatus)"
    statuses = annette.run(polls)
    assert statuses[-1] == 286 and set(statuses[:-1]) <= {200}


def test_every_status_leads_down_to_log_job_and_record(annette: Browser) -> None:
    annette.open("/review/?line=CUSTOMER")
    annette.click("tr.current [id^=queue-line]")
    annette.sees("Job Queue Log Entries", "h1")
    annette.sees("Writing")

    annette.open("/review/?line=CUSTOMER")
    annette.link("Open the job")
    annette.sees("CUSTOMER, To Int. Table Job", "h1")
    annette.sees("120 in all")
    annette.link("120")
    annette.until(lambda: "action=insert" in annette.path)
    record = annette.find("section[aria-labelledby=entries] tbody th a")
    name = record.text
    record.click()
    annette.sees(name, "h1")
    annette.sees("All mapped fields equal the values both sides last confirmed.")
    annette.sees("Created in Sales")
