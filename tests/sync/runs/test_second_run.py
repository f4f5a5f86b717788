"""With nobody editing, a further run writes nothing on either side."""

from collections.abc import Callable

import pytest

from sync.choices import COUNTERS
from sync.models import Coupling, FieldConflict, PendingRecord, SynchJob, SynchRun
from tests.sync.runs.conftest import Connected

MOVING = [counter for counter in COUNTERS if counter != "unchanged"]


def assert_quiet(connected: Connected, run: SynchRun) -> None:
    """The run asked, and did nothing."""
    assert run.status == "finished", connected.errors(run)
    assert connected.written() == (0, 0)
    assert connected.write_requests() == []
    for job in SynchJob.objects.filter(run=run):
        assert {counter: getattr(job, counter) for counter in MOVING} == dict.fromkeys(MOVING, 0), job
    assert not PendingRecord.objects.exists()
    assert not FieldConflict.objects.exists()


class TestAFullRun:
    """Every coupled pair is compared again."""

    def test_it_writes_nothing_and_counts_every_pair_as_unchanged(self, full: Connected) -> None:
        run = full.full()

        assert_quiet(full, run)
        for job in SynchJob.objects.filter(run=run, line__pass_number=1, mapping__kind="table"):
            assert job.unchanged == Coupling.objects.filter(mapping=job.mapping).count(), job
        # A synchronization of what changed has even less to do.
        assert_quiet(full, full.synch())

    @pytest.mark.conformance
    def test_a_third_one_needs_no_more_requests_than_the_second(self, full: Connected) -> None:
        second = full.full()

        third = full.full()

        assert (third.erp_requests, third.crm_requests) == (second.erp_requests, second.crm_requests)


class TestASynchronizationOfWhatChanged:
    """Nothing changed."""

    @pytest.mark.conformance
    def test_it_writes_nothing_after_another_one(self, full: Connected) -> None:
        full.synch()

        assert_quiet(full, full.synch())


@pytest.mark.conformance
class TestWithTheStandardPages:
    """What NAV does not show cannot look like a change."""

    def test_a_second_full_run_writes_nothing(self, connected_with: Callable[..., Connected]) -> None:
        connected = connected_with("--objects", "standard")
        connected.full()
        connected.stand_ins.reset()

        assert_quiet(connected, connected.full())


class TestAServerThatRewrites:
    """Sales makes something else of what it is sent, as workflows do."""

    def test_its_rewrite_is_accepted_and_not_sent_back(self, connected: Connected) -> None:
        connected.stand_ins.faults(
            "crm", {"path": "account|Account|batch", "do": {"rewrite": {"address1_city": "UPPER"}}}
        )
        first = connected.full()
        assert first.status == "finished", connected.errors(first)
        assert connected.row("account", name="The Cannon Group PLC")["address1_city"] == "BIRMINGHAM"
        connected.stand_ins.reset()

        assert_quiet(connected, connected.full())
        assert connected.customer("10000")["City"] == "Birmingham"


@pytest.mark.conformance
class TestWithBusinessCentral:
    """The other flavour of the ERP."""

    def test_the_copy_is_exact_and_a_second_run_writes_nothing(self, connected_with: Callable[..., Connected]) -> None:
        connected = connected_with("--flavour", "bc", "--objects", "pack")
        first = connected.full()
        assert first.status == "finished", connected.errors(first)
        assert connected.differences() == []
        connected.stand_ins.reset()

        assert_quiet(connected, connected.full())
