"""The proof: whether the set-up will work, check by check, and for each failure what is wrong and what to do."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from connector import probe
from connector.models import Connection
from setup_wizard.models import CheckState, ProofCheck, SetupDraft
from setup_wizard.proof import checks, environment, round_trips
from setup_wizard.proof.checks import proof_is_passed, proof_prepare, proof_run
from setup_wizard.proof.model import NotReady, ProofContext
from setup_wizard.scripted import administrator_parts
from setup_wizard.solution.names import CONNECTION
from sync.models import IntegrationTableMapping
from sync.selectors.sentences import is_known
from tests.setup_wizard.administrator import Administrator
from tests.setup_wizard.conftest import Bench
from tests.sync.oracle.people import NavUser, free_port_address

pytestmark = pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")
CUSTOMERS = {"SALESPEOPLE": "from", "CURRENCY": "to", "CUSTOMER": "both"}


@dataclass
class Proof:
    """A draft whose connections are stored."""

    bench: Bench
    draft: SetupDraft

    def run(self, *keys: str) -> None:
        """Prepare and run the proof, or these checks."""
        proof_prepare(self.draft)
        proof_run(self.draft, keys or None)

    def check(self, key: str) -> ProofCheck:
        """Return a check, run alone."""
        self.run(key)
        return self.draft.checks.get(key=key)

    @property
    def states(self) -> dict[str, str]:
        """How each check ended."""
        return dict(self.draft.checks.values_list("key", "state"))

    def choose(self, mappings: dict[str, str], **proof: Any) -> None:
        """Choose other mappings."""
        self.draft.answers = {"tables": {"mappings": mappings}, "proof": proof}
        self.draft.save()


@pytest.fixture
def proof(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Proof:
    """Both connections stored and disabled, customers and what they need chosen."""
    monkeypatch.setattr("connector.retry.FIRST_PAUSE_SECONDS", 0.01)
    for connection in (bench.nav(), bench.sales()):
        connection.save()
    made = Proof(bench, SetupDraft.objects.create())
    made.choose(CUSTOMERS)
    return made


class TestAll:
    """The whole list."""

    def test_passes_on_two_systems_that_are_well(self, proof: Proof) -> None:
        proof.run()

        failed = proof.draft.checks.filter(state=CheckState.FAILED)
        assert not failed, [(check.key, check.sentence) for check in failed]
        assert proof_is_passed(proof.draft)
        assert set(proof.states.values()) <= {"passed", "warning", "skipped"}
        for check in proof.draft.checks.all():
            assert check.sentence.endswith("."), check.key
            assert check.seconds is not None
            assert check.checked_at
            for text in filter(None, (check.title, check.sentence, check.todo)):
                assert is_known(text), text

    def test_names_a_check_for_each_table_and_direction(self, proof: Proof) -> None:
        keys = [check.key for check in proof_prepare(proof.draft)]

        rights = [key for key in keys if key.startswith("rights.")]
        assert rights == ["rights.SALESPEOPLE.from", "rights.CUSTOMER.to", "rights.CUSTOMER.from", "rights.CURRENCY.to"]
        assert keys[0] == "nav.address"
        assert keys[-1] == "round_trip.nav"

    def test_is_bounded_in_requests_and_writes_one_value(self, proof: Proof) -> None:
        proof.choose({})
        proof.draft.answers = {}
        proof.draft.save()
        proof_prepare(proof.draft)
        proof.bench.stand_ins.reset()

        proof_run(proof.draft)

        requests = proof.bench.stand_ins.stats("nav")["requests"]
        assert proof.bench.stand_ins.requests("nav") <= 40
        assert proof.bench.stand_ins.requests("crm") <= 60
        assert [row["count"] for row in requests if row["verb"] == "PATCH"] == [1]
        assert proof.bench.stand_ins.written("crm") == 0

    def test_keeps_what_was_found_when_it_is_prepared_again(self, proof: Proof) -> None:
        proof.run("clock")
        proof.choose({"CURRENCY": "to"})

        proof_prepare(proof.draft)

        assert proof.draft.checks.get(key="clock").state == "passed"
        assert not proof.draft.checks.filter(key="rights.CUSTOMER.to").exists()

    def test_one_check_is_run_again_alone(self, proof: Proof) -> None:
        proof.run()
        before = dict(proof.draft.checks.values_list("key", "checked_at"))

        proof_run(proof.draft, ["currency"])

        after = dict(proof.draft.checks.values_list("key", "checked_at"))
        assert [key for key in after if after[key] != before[key]] == ["currency"]

    def test_a_check_that_crashes_is_a_failed_check_and_the_others_are_made(
        self, proof: Proof, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(_context: ProofContext) -> Any:
            raise ZeroDivisionError

        steps = [
            replace(step, make=crash) if step.key == "clock" else step
            for step in checks.steps_of(checks.context_of(proof.draft))
        ]
        monkeypatch.setattr(checks, "steps_of", lambda _context: steps)

        proof.run()

        assert "ZeroDivisionError" in proof.draft.checks.get(key="clock").sentence
        assert proof.states["clock"] == "failed"
        assert proof.states["round_trip.nav"] == "passed"
        assert not proof_is_passed(proof.draft)

    def test_nothing_is_enabled_by_it(self, proof: Proof) -> None:
        proof.run()

        assert set(Connection.objects.values_list("state", flat=True)) == {"disabled"}
        assert not IntegrationTableMapping.objects.exists()


class TestAConnectionThatFails:
    """One cause is told once, everything that needs it refers to it, the other side is checked all the same."""

    def test_a_refused_key(self, proof: Proof) -> None:
        nav = Connection.objects.get(side="erp")
        nav.secret_set("bm90IHRoZSBrZXk=")
        nav.save()

        proof.run()

        assert "refuses user and web service access key" in proof.draft.checks.get(key="nav.sign_in").sentence
        told = proof.draft.checks.filter(sentence__contains="the sign-in to NAV does not work")
        assert {check.state for check in told} == {"failed"}
        assert proof.states["nav.address"] == "passed"
        assert proof.states["sales.sign_in"] == "passed"
        assert proof.states["tracking"] == "warning"
        assert proof.states["currency"] == "failed"

    def test_a_wrong_secret(self, proof: Proof) -> None:
        sales = Connection.objects.get(side="crm")
        sales.secret_set("not the secret")
        sales.save()

        check = proof.check("sales.sign_in")
        assert "client secret or certificate is wrong" in check.sentence
        assert check.facts["cured_by_finish"] is False
        assert "See Sign-in to Sales" in proof.check("tracking").todo

    def test_a_company_that_is_not_there(self, proof: Proof) -> None:
        Connection.objects.filter(side="erp").update(company="Nowhere Ltd.")

        check = proof.check("nav.sign_in")

        assert check.state == "failed"
        assert "CRONUS International Ltd., My Company" in check.sentence

    def test_an_unknown_certificate(self, proof: Proof) -> None:
        Connection.objects.update(ca_file="")

        for side in ("nav", "sales"):
            check = proof.check(f"{side}.address")
            assert check.state == "failed"
            assert "authority that is not known here" in check.sentence
            assert "Certificate authority" in check.todo

    def test_a_host_that_is_not_allowed(self, proof: Proof, settings: Any) -> None:
        settings.ALLOW_STAND_INS = False

        assert "is this machine itself" in proof.check("sales.address").sentence

    def test_nobody_listens(self, proof: Proof) -> None:
        nav = Connection.objects.get(side="erp")
        nav.address = free_port_address(nav.address)
        nav.save()

        assert "cannot be reached" in proof.check("nav.address").sentence

    def test_windows_sign_in_only(self, proof: Proof) -> None:
        proof.bench.stand_ins.do("nav", "auth", {"kind": "windows"})
        try:
            check = proof.check("nav.address")
        finally:
            proof.bench.stand_ins.do("nav", "auth", {"kind": "basic"})

        assert "NavUserPassword" in check.sentence
        assert "Set-NAVServerConfiguration" in check.todo

    def test_another_environment_at_the_same_address(self, proof: Proof) -> None:
        Connection.objects.filter(side="crm").update(remote_identity={"organization_id": "another"})

        assert "Another Sales environment answers" in proof.check("sales.sign_in").sentence


class TestRights:
    """Named by privilege, for each table and direction."""

    def test_without_a_role_nothing_goes(self, proof: Proof) -> None:
        Administrator(proof.bench.stand_ins, proof.bench.sales()).roles_take()

        proof.run()

        check = proof.draft.checks.get(key="sales.sign_in")
        assert check.state == "failed"
        assert "has no security role" in check.sentence
        # Finish gives the roles: the wizard goes on, and repeats these there.
        failed = proof.draft.checks.filter(state=CheckState.FAILED)
        assert {each.facts["cured_by_finish"] for each in failed} == {True}
        assert proof.states["nav.sign_in"] == "passed"
        assert not proof_is_passed(proof.draft)

    def test_a_missing_privilege_is_named_for_the_direction_that_needs_it(self, proof: Proof) -> None:
        Administrator(proof.bench.stand_ins, proof.bench.sales()).rights_change(without="prvCreateAccount")

        proof.run("rights.CUSTOMER.to", "rights.CUSTOMER.from", "rights.CURRENCY.to")

        check = proof.draft.checks.get(key="rights.CUSTOMER.to")
        assert check.state == "failed"
        assert "lacks prvCreateAccount in Sales" in check.sentence
        assert check.facts["cured_by_finish"] is True
        assert proof.states["rights.CUSTOMER.from"] == proof.states["rights.CURRENCY.to"] == "passed"

    def test_reading_only_ones_own_is_too_little_for_change_tracking(self, proof: Proof) -> None:
        Administrator(proof.bench.stand_ins, proof.bench.sales()).rights_change(narrow="prvReadAccount")

        check = proof.check("rights.CUSTOMER.from")

        assert check.state == "failed"
        assert "prvReadAccount (has Local, needs organization)" in check.sentence

    def test_a_table_that_nav_does_not_let_the_user_read_is_named(self, proof: Proof) -> None:
        user = proof.bench.answers.nav.user
        proof.bench.stand_ins.do("nav", "users", {"user": user, "denied": {"Customer": ["Read"]}})

        check = proof.check("rights.CUSTOMER.to")

        assert check.state == "failed"
        assert "NAV does not let the user read CustomerCard" in check.sentence
        assert "Read on the table Customer" in check.todo
        assert proof.check("rights.CURRENCY.to").state == "passed"

    def test_a_page_for_reading_only_is_too_little_to_write_to_nav(self, proof: Proof) -> None:
        nav = Connection.objects.get(side="erp")
        nav.settings = {"services_chosen": {"Customer": "CustomerList"}}
        nav.save()

        check = proof.check("rights.CUSTOMER.from")

        assert check.state == "failed"
        assert "serves CustomerList for reading only" in check.sentence
        assert proof.check("rights.CUSTOMER.to").state == "passed"


class TestWhatBothHaveInCommon:
    """Currency, clocks, services, tracking, pages, number series."""

    def test_another_base_currency_names_both(self, proof: Proof) -> None:
        NavUser(proof.bench.stand_ins).change("GeneralLedgerSetup", "", LCY_Code="EUR")

        check = proof.check("currency")

        assert check.state == "failed"
        assert "NAV's local currency is EUR, the base currency of Sales is GBP" in check.sentence

    @pytest.mark.parametrize(("seconds", "state"), [(0, "passed"), (100, "warning"), (-400, "failed")])
    def test_clocks_that_are_apart(
        self, proof: Proof, seconds: int, state: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The stand-ins' Date header is this machine's own: their answer is dated anew where it comes in.
        read = probe.clock_difference
        monkeypatch.setattr(probe, "clock_difference", lambda date: (read(date) or 0.0) + seconds)

        check = proof.check("clock")

        assert check.state == state
        assert abs(check.facts["NAV"] - seconds) < 30

    def test_a_page_that_is_not_published(self, proof: Proof) -> None:
        proof.bench.stand_ins.do("nav", "services", {"unpublish": ["Currencies"]})
        try:
            check = proof.check("nav.services")
        finally:
            proof.bench.stand_ins.do("nav", "services", {"publish": ["Currencies"]})

        assert check.state == "failed"
        assert "NAV does not publish a page for Currency" in check.sentence
        assert "5 Currencies" in check.todo

    def test_fields_that_are_not_shown_are_a_warning(self, proof: Proof) -> None:
        check = proof.check("nav.services")

        assert check.state == "warning"
        assert check.facts["missing_fields"] == {"Customer": ["County"]}

    def test_change_tracking_that_is_off_is_a_warning_by_table(self, proof: Proof) -> None:
        check = proof.check("tracking")

        assert check.state == "warning"
        assert check.facts["off"] == ["transactioncurrency"]

    def test_small_pages_are_a_warning(self, bench_with: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch) -> None:
        bench = bench_with("--customers", "1200")
        context = ProofContext(bench.nav(), bench.sales(), {"CUSTOMER": "both"})

        assert environment.page_size_check(context).sentence == "NAV gives 1000 rows at a time."

        monkeypatch.setattr(environment, "SMALL_PAGE", 1001)
        assert environment.page_size_check(context).state == "warning"

    def test_number_series_are_not_needed_where_nothing_is_created_in_nav(self, proof: Proof) -> None:
        proof.choose({"CURRENCY": "to", "CUSTOMER": "to"})

        assert proof.check("number_series").state == "skipped"


class TestDuplicates:
    """Records that look the same in the match fields."""

    def test_are_told_with_examples(self, proof: Proof) -> None:
        nav = NavUser(proof.bench.stand_ins)
        people = [row for row in proof.bench.stand_ins.table("nav", "Salesperson") if row.get("E_Mail")]
        nav.change("SalespersonCard", people[0]["Code"], E_Mail=people[1]["E_Mail"].upper())

        check = proof.check("duplicates.SALESPEOPLE")

        assert check.state == "warning"
        assert f"share a match field (NAV: {people[1]['E_Mail'].casefold()})" in check.sentence

    def test_the_key_of_nav_is_not_looked_at(self, proof: Proof) -> None:
        check = proof.check("duplicates.CUSTOMER")

        assert check.facts["looked"] == {"Sales": 0}


class TestRoundTrips:
    """Writing is tried, and leaves nothing behind."""

    def test_without_the_solution_sales_is_not_written(self, proof: Proof) -> None:
        check = proof.check("round_trip.sales")

        assert check.state == "skipped"
        assert "solution is not in Sales yet" in check.sentence
        assert proof.bench.stand_ins.written("crm") == 0

    def test_a_marked_row_is_written_changed_and_removed(self, proof: Proof, quick_imports: None) -> None:
        solution_import(proof)

        check = proof.check("round_trip.sales")

        assert check.state == "passed", check.sentence
        assert proof.bench.stand_ins.table("crm", CONNECTION) == []
        rows = proof.bench.stand_ins.stats("crm")["rows"][CONNECTION]
        assert (rows["inserted"], rows["deleted"]) == (1, 1)
        assert rows["updated"] >= 1

    def test_what_a_killed_proof_left_is_removed(self, proof: Proof, quick_imports: None) -> None:
        solution_import(proof)
        from sync.adapters import crm_client

        with crm_client(Connection.objects.get(side="crm")) as client:
            client.create(CONNECTION, {round_trips.NAME: f"{round_trips.MARK} 1234"})

        assert proof.check("round_trip.sales").state == "passed"
        assert proof.bench.stand_ins.table("crm", CONNECTION) == []

    def test_a_refusal_on_the_way_leaves_no_row(self, proof: Proof, quick_imports: None) -> None:
        solution_import(proof)
        refusal = {"status": 403, "code": "0x80040220", "message": "lacks prvWritensc_connection"}
        proof.bench.stand_ins.faults("crm", {"id": "f", "verb": "PATCH", "path": CONNECTION, "do": refusal})

        check = proof.check("round_trip.sales")

        assert check.state == "failed"
        assert "prvWritensc_connection" in check.sentence
        assert proof.bench.stand_ins.table("crm", CONNECTION) == []

    def test_a_value_goes_back_to_nav_as_it_was(self, proof: Proof) -> None:
        before = proof.bench.stand_ins.table("nav", "Salesperson")

        check = proof.check("round_trip.nav")

        assert check.state == "passed", check.sentence
        assert proof.bench.stand_ins.table("nav", "Salesperson") == before

    def test_a_missing_right_to_write_is_told(self, proof: Proof) -> None:
        user = proof.bench.answers.nav.user
        proof.bench.stand_ins.do("nav", "users", {"user": user, "denied": {"Salesperson": ["Modify"]}})

        check = proof.check("round_trip.nav")

        assert check.state == "failed"
        assert "NAV does not let the user change SalespersonCard" in check.sentence
        assert "Add Modify" in check.todo

    def test_nothing_is_written_where_nothing_flows_to_nav(self, proof: Proof) -> None:
        proof.choose({"CURRENCY": "to", "CUSTOMER": "to"})

        assert proof.check("round_trip.nav").state == "skipped"

    def test_a_record_in_nav_is_tried_only_when_asked_for(self, proof: Proof) -> None:
        proof.choose({**CUSTOMERS, "CONTACT": "both"})
        assert "round_trip.nav_record" not in [check.key for check in proof_prepare(proof.draft)]
        before = len(proof.bench.stand_ins.table("nav", "Contact"))
        proof.choose({**CUSTOMERS, "CONTACT": "both"}, nav_round_trip=True)

        check = proof.check("round_trip.nav_record")

        assert check.state == "passed", check.sentence
        assert len(proof.bench.stand_ins.table("nav", "Contact")) == before
        assert "its number is used up" in check.sentence


def solution_import(proof: Proof) -> None:
    """Import the connector's solution, as Finish does."""
    ready = proof.bench.stand_ins.ready["crm"]["admin"]
    parts = replace(
        proof.bench.answers.parts,
        administrator_user=ready["user"],
        administrator_password=ready["password"],
        import_solution=True,
    )
    ended = administrator_parts(replace(proof.bench.answers, parts=parts), Connection.objects.get(side="crm"))
    assert all(part.ok for part in ended), ended
    proof.bench.stand_ins.reset()


def test_a_check_that_cannot_be_made_says_which_sign_in_it_needs() -> None:
    context = ProofContext(Connection(side="erp", name="NAV"), Connection(side="crm", name="Sales"), {})

    with pytest.raises(NotReady) as reason:
        context.need("erp")

    assert reason.value.side == "erp"


def test_the_roles_of_the_solution_are_enough_for_every_mapping(proof: Proof, quick_imports: None) -> None:
    before = Administrator(proof.bench.stand_ins, proof.bench.sales())
    seeded = before.roles()
    solution_import(proof)
    for role in seeded:
        before.send("DELETE", f"systemusers({before.user})/systemuserroles_association({role})/$ref")
    proof.draft.answers = {}
    proof.draft.save()

    keys = [check.key for check in proof_prepare(proof.draft) if check.group == "rights"]
    proof.run("sales.sign_in", *keys)

    failed = proof.draft.checks.filter(group__in=("rights", "sales"), state=CheckState.FAILED)
    assert not failed, [(check.key, check.sentence) for check in failed]
    assert len(keys) == 16
