"""People, faults and crashes in any order; when all is quiet again, every edit is somewhere, and nothing exists twice.

People work through the servers' own APIs. What is expected is kept beside, per record and field: who entered what since the two
sides last agreed. Cancelling a run after a crash is tested apart (test_lost_answers.py).
"""

import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.sync.crash.bench import Bench
from tests.sync.crash.lab import Killed
from tests.sync.crash.people import Refused

pytestmark = [pytest.mark.embedded, pytest.mark.state_machine, pytest.mark.timeout(900)]

EXAMPLES = int(os.environ.get("CRASH_EXAMPLES", "15"))
SHRINK = os.environ.get("CRASH_SHRINK", "1") == "1"
NAMES = ["CUSTOMER"]
FIELDS = {"Phone_No": "telephone1", "Address": "address1_line1", "Fax_No": "fax"}
EVERY_RUN_MAY = ("finished", "finished_with_errors")
CUT = {"do": {"done_then_cut": True}, "times": 1}
BUSY = {"status": 429, "headers": {"Retry-After": "0"}, "code": "0x80072322"}
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Sales is away": ("crm", {"do": {"status": 503}, "times": 2}),
    "NAV is away": ("nav", {"do": {"status": 503}, "times": 2}),
    "Sales is busy": ("crm", {"path": "/api/data/", "do": BUSY, "times": 2}),
    "answer of a creation is lost": ("crm", {"verb": "POST", "path": "CreateMultiple", **CUT}),
    "answer of a batch is lost": ("crm", {"verb": "POST", "path": r"\$batch", **CUT}),
    "answer of NAV is lost": ("nav", {"verb": "POST", "path": "CustomerCard", **CUT}),
    "answer of a change in NAV is lost": ("nav", {"verb": "PATCH", **CUT}),
    "a page is cut": ("crm", {"verb": "GET", "path": "/api/data/", "do": {"json_cut": 40}, "times": 1}),
}


@dataclass
class Known:
    """What is known of a record: its keys, who deleted it, and what was entered since both sides agreed."""

    erp: str = ""
    crm: str = ""
    tag: str = ""
    gone: set[str] = field(default_factory=set)
    entered: dict[str, dict[str, str]] = field(default_factory=dict)
    agreed: dict[str, str] = field(default_factory=dict)


class Machine(RuleBasedStateMachine):
    """Both systems, the connector, and what is expected of it."""

    bench: Bench

    @initialize()
    def begin(self) -> None:
        self.number = 0
        self.left_behind = False
        self.bench.stand_ins.faults("crm")
        self.bench.stand_ins.faults("nav")
        self.bench.anew()
        self.records: list[Known] = []
        outcome = self.bench.ask("full", names=self.bench.names)
        assert outcome["status"] == "finished", outcome
        pairs = [pair for pair in self.bench.ask("dump")["couplings"] if pair[0] == "CUSTOMER"]
        self.records = [Known(erp=pair[1], crm=pair[2]) for pair in pairs[:2] + pairs[-3:]]

    def fresh(self, kind: str) -> str:
        """Return a value that was never entered before."""
        self.number += 1
        return f"{kind} {self.number:03}"

    # People

    @rule(which=st.integers(0, 6), name=st.sampled_from(sorted(FIELDS)))
    def somebody_edits_in_nav(self, which: int, name: str) -> None:
        known = self.records[which % len(self.records)]
        if known.erp and not known.gone:
            value = self.fresh("1000")
            self.bench.people.customer_change(known.erp, **{name: value})
            known.entered.setdefault(name, {})["nav"] = value

    @rule(which=st.integers(0, 6), name=st.sampled_from(sorted(FIELDS)))
    def somebody_edits_in_sales(self, which: int, name: str) -> None:
        known = self.records[which % len(self.records)]
        if known.crm and not known.gone:
            value = self.fresh("2000")
            self.bench.people.account_change(known.crm, **{FIELDS[name]: value})
            known.entered.setdefault(name, {})["crm"] = value

    @rule(which=st.integers(0, 6), name=st.sampled_from(sorted(FIELDS)))
    def two_edit_the_same(self, which: int, name: str) -> None:
        self.somebody_edits_in_sales(which, name)
        self.somebody_edits_in_nav(which, name)

    @rule()
    def somebody_creates_in_nav(self) -> None:
        tag = self.fresh("made in nav")
        mail = f"{tag.replace(' ', '-')}@example.com"
        self.records.append(Known(erp=self.bench.people.customer_create(tag, E_Mail=mail), tag=mail))

    @rule()
    def somebody_creates_in_sales(self) -> None:
        tag = self.fresh("made in crm")
        mail = f"{tag.replace(' ', '-')}@example.com"
        identity = f"0c000000-0000-4000-8000-{self.number:012d}"
        self.bench.people.account_create(identity, tag, emailaddress1=mail)
        self.records.append(Known(crm=identity, tag=mail))

    @rule(which=st.integers(0, 6))
    def somebody_deletes_in_sales(self, which: int) -> None:
        known = self.records[which % len(self.records)]
        if known.crm and not known.gone and len(self.living) > 3:
            with suppress(Refused):
                self.bench.people.account_delete(known.crm)
                known.gone.add("crm")

    @rule(which=st.integers(0, 6))
    def somebody_deletes_in_nav(self, which: int) -> None:
        known = self.records[which % len(self.records)]
        if known.erp and not known.gone and len(self.living) > 3:
            with suppress(Refused):
                self.bench.people.customer_delete(known.erp)
                known.gone.add("nav")

    @property
    def living(self) -> list[Known]:
        """Records that nobody has deleted."""
        return [known for known in self.records if not known.gone]

    # The connector

    @precondition(lambda self: not self.left_behind)
    @rule(kind=st.sampled_from(["full", "scheduled"]))
    def a_run(self, kind: str) -> None:
        self.completed(self.bench.ask("full", names=NAMES, kind=kind))

    @precondition(lambda self: not self.left_behind)
    @rule()
    def a_preview(self) -> None:
        before = self.written()
        run = self.bench.ask("start", names=NAMES, preview=True)
        assert self.bench.ask("work", run=run)["status"] in EVERY_RUN_MAY
        assert self.written() == before, "a preview wrote"

    @precondition(lambda self: not self.left_behind)
    @rule(trouble=st.sampled_from(sorted(FAULTS)), kind=st.sampled_from(["full", "scheduled"]))
    def a_run_in_trouble(self, trouble: str, kind: str) -> None:
        side, fault = FAULTS[trouble]
        self.bench.stand_ins.faults(side, {"id": "trouble", **fault})  # type: ignore[arg-type]
        outcome = self.bench.ask("full", names=NAMES, kind=kind)
        self.bench.stand_ins.faults(side)  # type: ignore[arg-type]
        self.completed(outcome)

    @precondition(lambda self: not self.left_behind)
    @rule(event=st.integers(1, 110), kind=st.sampled_from(["full", "scheduled"]))
    def a_run_whose_worker_is_killed(self, event: int, kind: str) -> None:
        try:
            outcome = self.bench.ask("full", kill_at=event, names=NAMES, kind=kind)
        except Killed:
            self.left_behind = True
            return
        self.completed(outcome)

    @precondition(lambda self: self.left_behind)
    @rule()
    def a_successor(self) -> None:
        self.go_on()

    def go_on(self) -> None:
        """Finish what a killed worker left behind. What people entered meanwhile may have come before or after its writes."""
        self.left_behind = False
        outcome = self.bench.ask("go_on", names=NAMES)
        assert outcome["status"] in EVERY_RUN_MAY, outcome
        self.settle(strict=False)

    def completed(self, outcome: dict[str, Any]) -> None:
        """Check what a run did that nobody killed: all that people entered was there before it began."""
        assert outcome["status"] in EVERY_RUN_MAY, outcome
        self.settle(strict=True)

    def settle(self, *, strict: bool) -> None:
        """Take over what both sides agree on by now; it must be what somebody entered, and cost nobody else's entry."""
        self.learn_keys()
        customers, accounts = self.rows()
        for known in self.living:
            if known.erp not in customers or known.crm not in accounts:
                continue
            for name, entered in list(known.entered.items()):
                there, here = customers[known.erp].get(name) or "", accounts[known.crm].get(FIELDS[name]) or ""
                if there != here:
                    continue
                assert there in entered.values(), f"{known.erp} {name}: {there!r} on both sides, entered was {entered}"
                assert not strict or len(entered) == 1, f"{known.erp} {name}: of {entered} only {there!r} is left"
                known.agreed[name] = there
                del known.entered[name]

    def rows(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the customers and the accounts, by number and by id."""
        customers = {row["No"]: row for row in self.bench.stand_ins.table("nav", "Customer")}
        return customers, {row["accountid"]: row for row in self.bench.stand_ins.table("crm", "account")}

    def learn_keys(self) -> None:
        """Read the other side's key of records that were created."""
        pairs = [pair for pair in self.bench.ask("dump")["couplings"] if pair[0] == "CUSTOMER"]
        by_erp, by_crm = {pair[1]: pair[2] for pair in pairs}, {pair[2]: pair[1] for pair in pairs}
        for known in self.records:
            known.crm = known.crm or by_erp.get(known.erp, "")
            known.erp = known.erp or by_crm.get(known.crm, "")

    def written(self) -> int:
        """Return how many rows were written on both sides."""
        return self.bench.stand_ins.written("crm") + self.bench.stand_ins.written("nav")

    # Quiet

    def teardown(self) -> None:
        if not getattr(self, "records", None):
            return
        if self.left_behind:
            self.go_on()
        for _run in range(2):
            self.completed(self.bench.ask("full", names=NAMES))
        before = self.written()
        outcome = self.bench.ask("full", names=NAMES)
        assert self.written() == before, f"the two sides do not come to rest: {outcome['jobs']}"
        self.learn_keys()
        self.check(self.bench.ask("dump"))

    def check(self, held: dict[str, Any]) -> None:
        """Check what must hold when nobody edits any more."""
        customers, accounts = self.rows()
        pairs = [pair for pair in held["couplings"] if pair[0] == "CUSTOMER"]
        assert max(Counter(pair[1] for pair in pairs).values()) == 1
        assert max(Counter(pair[2] for pair in pairs).values()) == 1
        for mails in (
            [row["E_Mail"] for row in customers.values()],
            [row.get("emailaddress1") for row in accounts.values()],
        ):
            twins = {
                mail: number for mail, number in Counter(mails).items() if mail and "made-in" in mail and number > 1
            }
            assert not twins, f"twins: {twins}"
        names = Counter(row["name"] for row in accounts.values())
        assert max(names.values()) == 1, f"twins: {names.most_common(3)}"
        told_erp = (
            {row[1] for row in held["conflicts"]}
            | {row[1] for row in held["errors"]}
            | {row[2] for row in held["pending"]}
        )
        told_crm = (
            {row[2] for row in held["conflicts"]}
            | {row[2] for row in held["errors"]}
            | {row[2] for row in held["pending"]}
        )
        self.check_nothing_is_silent(customers, accounts, pairs, told_erp | told_crm)
        fields_in_conflict = {(row[1], row[3]) for row in held["conflicts"] if row[4] == "open"}
        for known in self.living:
            if known.erp in customers and known.crm in accounts:
                self.check_edits(known, customers[known.erp], accounts[known.crm], fields_in_conflict, told_erp)

    def check_nothing_is_silent(
        self, customers: dict[str, Any], accounts: dict[str, Any], pairs: list[Any], told: set[str]
    ) -> None:
        """Check that whatever has no partner is told of."""
        coupled_erp, coupled_crm = {pair[1] for pair in pairs}, {pair[2] for pair in pairs}
        assert not {key for key in customers if key not in coupled_erp and key not in told}, "customers without a word"
        assert not {key for key in accounts if key not in coupled_crm and key not in told}, "accounts without a word"
        lost = [
            pair for pair in pairs if (pair[1] in customers) != (pair[2] in accounts) and not {pair[1], pair[2]} & told
        ]
        assert not lost, f"pairs that lost a partner without a word: {lost}"

    def check_edits(
        self,
        known: Known,
        customer: dict[str, Any],
        account: dict[str, Any],
        conflicts: set[tuple[str, str]],
        told: set[str],
    ) -> None:
        """Check that what was entered is on both sides, or that the record says why not."""
        for name, column in FIELDS.items():
            there, here = customer.get(name) or "", account.get(column) or ""
            if there != here:
                assert (known.erp, column) in conflicts or known.erp in told, (
                    f"{known.erp} {name}: NAV {there!r}, Sales {here!r}, and nothing says why"
                )
                continue
            assert name not in known.entered
            assert there == known.agreed.get(name, there), (
                f"{known.erp} {name}: {there!r}, agreed was {known.agreed[name]!r}"
            )


def test_people_faults_and_crashes_in_any_order(people_bench: Bench) -> None:
    run_state_machine_as_test(
        type("TheMachine", (Machine,), {"bench": people_bench}),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate] + ([Phase.shrink] if SHRINK else []),
            suppress_health_check=list(HealthCheck),
        ),
    )
