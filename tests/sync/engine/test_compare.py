"""The three-way merge of a coupled pair, row by row of the decision table, and its promises."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.engine.agreement import packed, unpacked
from sync.engine.compare import Policies, compare_pair
from sync.engine.conflicts import Verdict
from sync.engine.model import ColumnFacts, FieldSpec

CONTACT_ID = "00000000-0000-0000-0000-00000000c001"
OTHER_ID = "00000000-0000-0000-0000-00000000c002"


def one(spec, mine, theirs, base, resolver, **policies):
    baseline = {} if base is None else {spec.id: base}
    return compare_pair((spec,), {spec.erp: mine}, {spec.crm: theirs}, baseline, resolver, Policies(**policies))


def outcome(plan):
    """Return what a plan of one field does, in a word."""
    if plan.to:
        return "to"
    if plan.back:
        return "from"
    if plan.conflicts:
        return "conflict"
    return "problem" if plan.problems else "nothing"


class TestTheDecisionTable:
    @pytest.mark.parametrize(
        ("mine", "theirs", "base", "to", "from_", "both"),
        [
            ("A", "A", ["A"], "nothing", "nothing", "nothing"),
            ("B", "B", ["A"], "nothing", "nothing", "nothing"),
            ("A", "a.", ["A", "a."], "nothing", "nothing", "nothing"),
            ("B", "A", ["A"], "to", "nothing", "to"),
            ("A", "B", ["A"], "nothing", "from", "from"),
            ("B", "C", ["A"], "to", "from", "conflict"),
            ("B", "A", None, "to", "from", "conflict"),
            (None, "A", ["A"], "to", "nothing", "to"),
            ("A", None, ["A"], "nothing", "from", "from"),
        ],
        ids=[
            "equal",
            "both to the same value",
            "an accepted rewrite",
            "ERP moved",
            "CRM moved",
            "both moved differently",
            "first coupling",
            "cleared in ERP",
            "cleared in CRM",
        ],
    )
    def test_decides(self, spec, resolver, mine, theirs, base, to, from_, both):
        decisions = [outcome(one(spec(way=way), mine, theirs, base, resolver)) for way in ("to", "from", "both")]

        assert decisions == [to, from_, both]

    @pytest.mark.parametrize(
        ("policy", "newer", "expected"),
        [
            ("erp", "", "to"),
            ("crm", "", "from"),
            ("newest", "erp", "to"),
            ("newest", "crm", "from"),
            ("newest", "", "conflict"),
            ("ask", "erp", "conflict"),
        ],
    )
    def test_follows_the_policy_when_both_moved(self, spec, resolver, policy, newer, expected):
        plan = one(spec(), "B", "C", ["A"], resolver, update_conflict=policy, newer=newer)

        assert outcome(plan) == expected

    def test_lets_the_policy_of_a_field_win_over_the_mapping_s(self, spec, resolver):
        plan = one(spec(policy="crm"), "B", "C", ["A"], resolver, update_conflict="erp")

        assert outcome(plan) == "from"

    @pytest.mark.parametrize(("initial", "expected"), [("erp", "to"), ("crm", "from"), ("none", "conflict")])
    def test_follows_the_initial_direction_at_first_coupling(self, spec, resolver, initial, expected):
        assert outcome(one(spec(), "B", "C", None, resolver, initial=initial)) == expected


class TestTheBaseline:
    def test_moves_when_both_sides_reached_the_same_value(self, spec, resolver):
        assert one(spec(), "B", "B", ["A"], resolver).agreed == {"Name|name": ["B"]}

    def test_keeps_both_spellings_of_one_fact(self, spec, resolver):
        plan = one(spec(kind="code"), "GB", "gb", ["FR"], resolver, update_conflict="crm")

        assert plan.agreed == {"Name|name": ["GB", "gb"]}
        assert outcome(plan) == "nothing"

    def test_stays_while_a_conflict_is_open(self, spec, resolver):
        assert one(spec(), "B", "C", ["A"], resolver).agreed == {"Name|name": ["A"]}

    def test_stays_while_a_one_way_edit_is_left_alone(self, spec, resolver):
        plan = one(spec(way="to"), "A", "B", ["A"], resolver)

        assert plan.agreed == {"Name|name": ["A"]}
        assert [left.id for left in plan.left] == ["Name|name"]

    def test_packs_equal_values_of_different_types_apart(self):
        assert packed(True, 1) == [True, 1]
        assert unpacked(["A"]) == ("A", "A")


class TestPeculiarFields:
    def test_leaves_the_other_side_alone_when_a_not_null_field_is_blank(self, spec, resolver):
        owner = spec("Salesperson_Code", "ownerid", kind="owner", target="SALESPEOPLE", not_null=True)

        assert outcome(one(owner, None, OTHER_ID, None, resolver, initial="erp")) == "nothing"
        assert outcome(one(owner, None, CONTACT_ID, ["JR", CONTACT_ID], resolver)) == "nothing"

    def test_sends_a_coupled_salesperson_as_owner(self, spec, resolver):
        resolver.references["SALESPEOPLE", "JR"] = CONTACT_ID
        owner = spec("Salesperson_Code", "ownerid", kind="owner", target="SALESPEOPLE", not_null=True)

        plan = one(owner, "JR", OTHER_ID, None, resolver, initial="erp")

        assert [(change.before, change.after) for change in plan.to] == [(OTHER_ID, CONTACT_ID)]

    def test_waits_for_a_salesperson_who_is_not_coupled(self, spec, resolver):
        owner = spec("Salesperson_Code", "ownerid", kind="owner", target="SALESPEOPLE", not_null=True)

        plan = one(owner, "JR", OTHER_ID, [None, OTHER_ID], resolver)

        [(verdict, problem)] = plan.problems
        assert (verdict, problem.cause, problem.waits) == (Verdict.TO, "SALESPEOPLE:JR", True)

    def test_leaves_a_column_that_may_not_be_changed(self, spec, resolver):
        fixed = spec(crm_facts=ColumnFacts(updatable=False))

        plan = one(fixed, "B", "A", ["A"], resolver)

        assert outcome(plan) == "nothing"
        assert plan.left == [fixed]

    def test_reports_a_value_that_does_not_fit_and_keeps_the_rest(self, spec, resolver):
        short = spec(crm_facts=ColumnFacts(max_length=3))
        city = spec("City", "city")

        plan = compare_pair(
            (short, city), {"Name": "Long", "City": "B"}, {"name": "A", "city": "A"},
            {short.id: ["A"], city.id: ["A"]}, resolver, Policies(),
        )  # fmt: skip

        assert [problem.code for _verdict, problem in plan.problems] == ["value_too_long"]
        assert [change.spec.id for change in plan.to] == ["City|city"]

    def test_writes_a_constant_only_where_it_differs(self, spec, resolver):
        method = spec("", "pricingmethodcode", way="to", kind="integer", constant="1", id="c")
        person = spec("Type", "", way="from", constant="Person", id="p")

        plan = compare_pair((method, person), {"Type": "Company"}, {"pricingmethodcode": 2}, {}, resolver, Policies())
        same = compare_pair((method, person), {"Type": "Person"}, {"pricingmethodcode": 1}, {}, resolver, Policies())

        assert [change.after for change in (*plan.to, *plan.back)] == [1, "Person"]
        assert not same.to
        assert not same.back


class TestWholeRecord:
    def test_holds_every_field_back_while_one_is_in_conflict(self, spec, resolver):
        fields = (spec(), spec("City", "city"))
        baseline = {"Name|name": ["A"], "City|city": ["A"]}
        erp, crm = {"Name": "B", "City": "B"}, {"name": "C", "city": "A"}

        by_field = compare_pair(fields, erp, crm, baseline, resolver, Policies())
        whole = compare_pair(fields, erp, crm, baseline, resolver, Policies(whole_record=True))

        assert [change.spec.crm for change in by_field.to] == ["city"]
        assert not whole.to
        assert whole.agreed == baseline
        assert [change.spec.crm for change in whole.conflicts] == ["name"]


@pytest.fixture
def primary(spec):
    """Return the primary contact: a reference that is cleared when it leads nowhere."""
    return spec("Primary_Contact_No", "primarycontactid", kind="lookup", target="CONTACT", clear_on_fail=True)


class TestClearOnFail:
    def test_waits_for_the_second_pass_when_the_contacts_come_later(self, primary, resolver):
        plan = one(primary, "CT1", None, None, resolver, initial="erp", deferrable=frozenset({"CONTACT"}))

        assert plan.deferred == [primary.id]
        assert outcome(plan) == "nothing"

    def test_clears_the_other_side_when_a_changed_reference_leads_nowhere(self, primary, resolver):
        plan = one(primary, "CT9", CONTACT_ID, ["CT1", CONTACT_ID], resolver)

        assert [change.after for change in plan.to] == [None]
        assert plan.agreed == {primary.id: [None]}

    def test_is_tried_again_and_flows_once_the_contact_is_coupled(self, primary, resolver):
        still = one(primary, "CT9", None, [None], resolver)
        resolver.references["CONTACT", "CT9"] = OTHER_ID
        later = one(primary, "CT9", None, [None], resolver)

        assert (outcome(still), still.problems) == ("nothing", [])
        assert [change.after for change in later.to] == [OTHER_ID]

    def test_does_not_wipe_out_the_other_side_at_first_coupling(self, primary, resolver):
        resolver.references["CONTACT", "CT2"] = OTHER_ID

        assert outcome(one(primary, "CT9", CONTACT_ID, None, resolver, initial="erp")) == "nothing"
        assert outcome(one(primary, "CT2", CONTACT_ID, None, resolver, initial="crm")) == "nothing"
        assert outcome(one(primary, "CT9", OTHER_ID, None, resolver, initial="crm")) == "from"
        assert outcome(one(primary, "CT2", CONTACT_ID, None, resolver, initial="erp")) == "to"

    def test_lets_the_other_side_s_edit_through(self, primary, resolver):
        resolver.references["CONTACT", "CT2"] = OTHER_ID

        plan = one(primary, "CT9", OTHER_ID, [None], resolver)

        assert [change.after for change in plan.back] == ["CT2"]

    def test_takes_an_unknown_contact_of_sales_as_blank_until_it_is_coupled(self, primary, resolver):
        unknown = one(primary, None, OTHER_ID, [None], resolver)
        resolver.references["CONTACT", "CT2"] = OTHER_ID
        known = one(primary, None, OTHER_ID, [None], resolver)

        assert outcome(unknown) == "nothing"
        assert [change.after for change in known.back] == ["CT2"]


VALUES = st.sampled_from([None, "A", "B", "C"])
BASES = st.one_of(st.none(), st.builds(packed, VALUES, VALUES))
POLICIES = st.builds(
    Policies,
    update_conflict=st.sampled_from(["ask", "erp", "crm", "newest"]),
    newer=st.sampled_from(["erp", "crm", ""]),
    initial=st.sampled_from(["erp", "crm", "none"]),
    whole_record=st.booleans(),
)
FIELDS = st.builds(
    FieldSpec,
    id=st.just("f"),
    erp=st.just("E"),
    crm=st.just("c"),
    way=st.sampled_from(["to", "from", "both"]),
    kind=st.just("text"),
    not_null=st.booleans(),
    erp_facts=st.builds(ColumnFacts, updatable=st.booleans()),
    crm_facts=st.builds(ColumnFacts, updatable=st.booleans()),
)
LOOKUPS = st.builds(
    replace,
    FIELDS,
    kind=st.just("lookup"),
    target=st.just("CONTACT"),
    clear_on_fail=st.booleans(),
)


def applied(spec, plan, mine, theirs):
    for change in plan.to:
        theirs = change.after
    for change in plan.back:
        mine = change.after
    return mine, theirs


class NoPartners:
    """Knows A (as itself) and nothing else, so that B and C lead nowhere."""

    def crm_reference(self, target, erp_key):
        return "A" if erp_key == "A" else None

    def erp_key(self, target, crm_id):
        return "A" if crm_id == "A" else None


class TestPromises:
    @given(st.one_of(FIELDS, LOOKUPS), VALUES, VALUES, BASES, POLICIES)
    def test_a_second_comparison_after_applying_the_first_writes_nothing(self, spec, mine, theirs, base, policies):
        baseline = {} if base is None else {spec.id: base}
        plan = compare_pair((spec,), {"E": mine}, {"c": theirs}, baseline, NoPartners(), policies)
        mine, theirs = applied(spec, plan, mine, theirs)

        again = compare_pair((spec,), {"E": mine}, {"c": theirs}, plan.agreed, NoPartners(), policies)

        assert (again.to, again.back) == ([], [])
        assert again.agreed == plan.agreed

    @given(FIELDS, VALUES, VALUES, VALUES, POLICIES)
    def test_no_edit_of_a_two_way_field_is_lost_when_asked(self, spec, mine, theirs, base, policies):
        spec = replace(spec, way="both", not_null=False, erp_facts=ColumnFacts(), crm_facts=ColumnFacts())
        policies = replace(policies, update_conflict="ask")
        plan = compare_pair((spec,), {"E": mine}, {"c": theirs}, {"f": [base]}, NoPartners(), policies)

        after = applied(spec, plan, mine, theirs)

        for edit in {value for value in (mine, theirs) if value != base}:
            assert after == (edit, edit) or plan.conflicts

    @given(FIELDS, VALUES, VALUES, BASES, POLICIES)
    def test_a_one_way_field_never_writes_its_source(self, spec, mine, theirs, base, policies):
        baseline = {} if base is None else {spec.id: base}
        plan = compare_pair((spec,), {"E": mine}, {"c": theirs}, baseline, NoPartners(), policies)

        assert not (spec.way == "to" and (plan.back or plan.conflicts))
        assert not (spec.way == "from" and (plan.to or plan.conflicts))
