"""Servers fail in mid-run: the run recovers or ends with a sentence, the next one makes everything whole, nothing is doubled."""

from dataclasses import dataclass
from typing import Any

import pytest

from connector.dataverse import client as dataverse
from scripts.stand_ins import Side
from sync.models import MirrorTable, PendingRecord, SynchRun
from tests.sync.runs.conftest import Connected

UNAVAILABLE = {"status": 503, "message": "Down for a moment."}
CREATE_MULTIPLE = "CreateMultiple"


@dataclass(frozen=True)
class Fault:
    """What goes wrong where; `recovers` tells whether the same run still ends well, `says` what the sentence holds if not."""

    side: Side
    rule: dict[str, Any]
    recovers: bool = True
    says: str = ""


SHORT = {
    "nav is down for two requests": Fault("nav", {"path": "ConnectorCustomer", "times": 2, "do": UNAVAILABLE}),
    "sales is down for two creations": Fault("crm", {"path": CREATE_MULTIPLE, "times": 2, "do": UNAVAILABLE}),
    "an answer of nav is cut": Fault("nav", {"path": "ConnectorItem", "nth": 1, "do": {"cut_after": 100}}),
    "an answer of sales is cut": Fault("crm", {"verb": "GET", "path": "/contacts", "nth": 1, "do": {"cut_after": 40}}),
    "nav answers half a document": Fault("nav", {"path": "ConnectorContact", "nth": 1, "do": {"json_cut": 200}}),
    "nav answers nothing": Fault("nav", {"path": "ConnectorCustomer", "nth": 1, "do": {"empty": True}}),
    "a creation is done and its answer lost": Fault(
        "crm", {"path": CREATE_MULTIPLE, "nth": 3, "do": {"done_then_cut": True}}
    ),
    "every creation is done and its answer lost once": Fault(
        "crm", {"path": CREATE_MULTIPLE, "share": 0.5, "times": 9, "do": {"done_then_cut": True}}
    ),
    "a batch is done and its answer lost": Fault("crm", {"path": "batch", "times": 3, "do": {"done_then_cut": True}}),
    "the token ends in mid-run": Fault("crm", {"path": "/accounts", "nth": 1, "do": {"expire_tokens": True}}),
    "sales asks for patience": Fault(
        "crm",
        {
            "path": CREATE_MULTIPLE,
            "times": 3,
            "do": {"status": 429, "headers": {"Retry-After": "1"}, "code": "0x80072322"},
        },
    ),
}
LONG = {
    "nav stays down": Fault("nav", {"path": "ConnectorCustomer", "do": UNAVAILABLE}, False, "NAV"),
    "sales refuses every creation for a while": Fault(
        "crm", {"path": CREATE_MULTIPLE, "do": UNAVAILABLE}, False, "Sales"
    ),
    "a proxy stands before nav": Fault("nav", {"path": "ConnectorItem", "do": {"html": True}}, False, "page"),
    "a proxy stands before sales": Fault("crm", {"path": "/contacts", "do": {"html": True}}, False, "page"),
    "a privilege is taken away": Fault("crm", {"do": {"revoke": "prvCreateContact"}}, False, "prvCreateContact"),
    "a column is gone": Fault("crm", {"do": {"drop_column": "account.fax"}}, False, "fax"),
    "a row is refused": Fault("crm", {"do": {"reject_row": "name=The Cannon Group PLC"}}, False, "Cannon"),
}
QUICK = ("a creation is done and its answer lost",)


def marked(faults: dict[str, Fault], quick: tuple[str, ...]) -> list[Any]:
    """Return the cases; those that are not quick only run with everything else."""
    return [pytest.param(name, marks=[] if name in quick else [pytest.mark.conformance]) for name in faults]


def heal_and_compare(connected: Connected, side: Side) -> SynchRun:
    """Take the fault away, run again, and find Sales exactly as it must be."""
    connected.stand_ins.faults(side)
    run = connected.full()
    assert run.status == "finished", str(connected.errors(run))
    assert connected.differences() == []
    assert not PendingRecord.objects.exists()
    return run


class TestAShortFailure:
    """It is over before patience ends."""

    @pytest.mark.parametrize("name", marked(SHORT, QUICK))
    def test_the_run_ends_well_and_exact(self, connected: Connected, name: str) -> None:
        fault = SHORT[name]
        connected.stand_ins.faults(fault.side, {"id": "it", **fault.rule})

        run = connected.full()

        assert connected.stand_ins.stats(fault.side)["faults"][0]["fired"] > 0
        assert run.status == "finished", str(connected.errors(run))
        assert connected.differences() == []
        connected.stand_ins.faults(fault.side)
        connected.stand_ins.reset()
        connected.full()
        assert connected.written() == (0, 0)


class TestALongFailure:
    """The run ends with a sentence; the next one makes everything whole."""

    @pytest.mark.parametrize("name", marked(LONG, ("a row is refused",)))
    def test_the_run_says_so_and_the_next_one_is_exact(self, connected: Connected, name: str) -> None:
        fault = LONG[name]
        connected.stand_ins.faults(fault.side, {"id": "it", **fault.rule})

        run = connected.full()

        assert run.status in ("failed", "finished_with_errors")
        errors = connected.errors(run)
        assert any(fault.says.casefold() in error["message"].casefold() for error in errors), errors
        assert not any("does not know" in error["message"] for error in errors), errors
        heal_and_compare(connected, fault.side)

    def test_nothing_else_is_held_up_by_a_refused_row(self, connected: Connected) -> None:
        connected.stand_ins.faults("crm", {"do": {"reject_row": "productnumber=1000"}})

        run = connected.full()

        assert run.status == "finished_with_errors"
        assert connected.acted(run)["ITEM-PRODUCT to"] == {"inserted": 30, "failed": 1}
        assert connected.differences([("Item", ("1000",))]) == []


@pytest.mark.conformance
class TestPages:
    """A table comes in several pages, and something is wrong with the next one."""

    @pytest.fixture(autouse=True)
    def _small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dataverse, "PAGE_ROWS", 10)

    def test_small_pages_make_the_same_copy(self, connected: Connected) -> None:
        connected.full()

        assert connected.differences() == []

    @pytest.mark.parametrize("do", [{"next_link_repeat": True}, {"next_link_host": "elsewhere.example"}], ids=str)
    def test_a_wrong_next_link_ends_the_line_with_a_sentence(self, connected: Connected, do: dict[str, Any]) -> None:
        connected.full()
        before = connected.servers.sales("account")
        connected.stand_ins.faults("crm", {"id": "it", "do": do})
        MirrorTable.objects.filter(connection__side="crm").update(cursor="", position="")

        run = connected.full()

        assert connected.stand_ins.stats("crm")["faults"][0]["fired"] > 0
        assert run.status in ("failed", "finished")
        assert all(error["message"].endswith(".") for error in connected.errors(run))
        assert connected.servers.sales("account") == before
        heal_and_compare(connected, "crm")


class TestADeltaTokenThatHasAged:
    """The server forgot what it told us last."""

    def test_everything_is_read_again_and_nothing_written(self, full: Connected) -> None:
        full.stand_ins.faults("crm", {"id": "it", "do": {"stale_delta": True}})

        run = full.full()

        assert full.stand_ins.stats("crm")["faults"][0]["fired"] > 0
        assert run.status == "finished", full.errors(run)
        assert full.written() == (0, 0)
