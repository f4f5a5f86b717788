"""The two workers of the embedded default as real processes: one is killed in mid-run, and the run completes."""

from collections.abc import Callable

import pytest

from scripts.stand_ins import StandIns
from tests.sync.processes.conftest import Site, counters, twins, until

pytestmark = pytest.mark.embedded


def test_full_synchronization_survives_a_killed_worker(
    site_with: Callable[..., Site], stand_ins_with: Callable[..., StandIns]
) -> None:
    # Slow enough that the worker is met in the middle of it.
    stand_ins = stand_ins_with("--orders", "0", "--latency-ms", "5")
    site = site_with(CHUNK_RECORDS="20")
    site.set_up(stand_ins)
    site.start("Procfile.embedded", "quick", "bulk")
    stand_ins.reset()
    run = site.full_synch()
    until(lambda: stand_ins.stats("crm")["rows"].get("account", {}).get("inserted"), 60, "the first account")
    site.kill("bulk")
    assert run.status is None, "the run was over before the worker was killed"
    site.child("bulk").start()
    report = site.ended(run, 60)
    assert report["status"] == "finished", report
    assert report["errors"] == []
    assert twins(stand_ins) == {}
    assert len(stand_ins.table("crm", "account")) == len(stand_ins.table("nav", "Customer"))
    assert counters(report, "inserted") + counters(report, "coupled") > 100

    before = stand_ins.written("crm") + stand_ins.written("nav")
    again = site.ended(site.full_synch(), 60)
    assert (again["status"], stand_ins.written("crm") + stand_ins.written("nav")) == ("finished", before)
    assert [child.name for child in site.family.dead()] == []
