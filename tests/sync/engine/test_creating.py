"""The values of a new record, and what counts as agreed once it is there."""

import pytest

from sync.engine.compare import Policies, compare_pair
from sync.engine.creating import new_crm_record, new_erp_record
from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.model import ColumnFacts

USER = "00000000-0000-0000-0000-000000000001"


class TestNewInSales:
    def test_takes_the_fields_that_flow_there_and_the_constants(self, spec, resolver):
        fields = (spec(), spec("", "pricingmethodcode", way="to", kind="integer", constant="1"), spec("Fax_No", "fax"))

        record = new_crm_record(fields, {"Name": "Deerfield", "Fax_No": None}, resolver, frozenset())

        assert {change.spec.crm: change.after for change in record.changes} == {
            "name": "Deerfield",
            "pricingmethodcode": 1,
        }
        assert record.agreed == {"Name|name": ["Deerfield"], "Fax_No|fax": [None]}

    def test_leaves_a_field_that_only_comes_from_sales_alone_afterwards(self, spec, resolver):
        contact = spec("ContactName", "address1_primarycontactname", way="from")
        record = new_crm_record((contact,), {"ContactName": "Mr. Andy Teal"}, resolver, frozenset())

        second = compare_pair(
            (contact,),
            {"ContactName": "Mr. Andy Teal"},
            {"address1_primarycontactname": None},
            record.agreed,
            resolver,
            Policies(initial="erp"),
        )

        assert record.changes == []
        assert (second.to, second.back) == ([], [])

    def test_defers_a_lookup_into_a_later_line(self, spec, resolver):
        primary = spec("Primary_Contact_No", "primarycontactid", kind="lookup", target="CONTACT")

        record = new_crm_record((primary,), {"Primary_Contact_No": "CT1"}, resolver, frozenset({"CONTACT"}))

        assert record.deferred == [primary.id]
        assert record.agreed == {}

    def test_waits_for_a_lookup_that_is_not_coupled(self, spec, resolver):
        owner = spec("Salesperson_Code", "ownerid", kind="owner", target="SALESPEOPLE", not_null=True)

        with pytest.raises(MissingDependency, match="is JR, which is not coupled"):
            new_crm_record((owner,), {"Salesperson_Code": "JR"}, resolver, frozenset())

    def test_creates_without_a_reference_that_may_be_cleared(self, spec, resolver):
        primary = spec("Primary_Contact_No", "primarycontactid", kind="lookup", target="CONTACT", clear_on_fail=True)

        record = new_crm_record((primary,), {"Primary_Contact_No": "CT1"}, resolver, frozenset())

        assert record.changes == []
        assert record.agreed == {primary.id: [None]}

    @pytest.mark.parametrize(("blocked", "later"), [(False, [0]), (True, [1])], ids=["active", "blocked"])
    def test_keeps_a_state_for_later(self, spec, resolver, blocked, later):
        state = spec("Blocked", "statecode", kind="state", crm_facts=ColumnFacts(creatable=False))

        record = new_crm_record((state,), {"Blocked": blocked}, resolver, frozenset())

        assert record.changes == []
        assert [change.after for change in record.later] == later
        assert record.agreed == {}

    def test_publishes_what_a_broken_run_left_as_a_draft(self, spec, resolver):
        state = spec("Blocked", "statecode", kind="state", crm_facts=ColumnFacts(creatable=False))
        record = new_crm_record((state,), {"Blocked": False}, resolver, frozenset())

        plan = compare_pair(
            (state,), {"Blocked": False}, {"statecode": 2}, record.agreed, resolver, Policies(initial="erp")
        )

        assert [(change.before, change.after) for change in plan.to] == [(2, 0)]

    def test_leaves_a_product_under_revision_alone(self, spec, resolver):
        state = spec("Blocked", "statecode", kind="state")

        plan = compare_pair(
            (state,), {"Blocked": False}, {"statecode": 3}, {state.id: [False, 0]}, resolver, Policies()
        )

        assert (plan.to, plan.back) == ([], [])

    def test_counts_what_sales_fills_in_itself_as_agreed(self, spec, resolver):
        number = spec("Item_No", "productnumber", way="to", crm_facts=ColumnFacts(creatable=False, updatable=False))

        record = new_crm_record((number,), {"Item_No": "1000"}, resolver, frozenset())

        assert record.changes == []
        assert record.agreed == {number.id: ["1000"]}

    def test_knows_every_mapped_value_to_look_for_a_match(self, spec, resolver):
        fields = (spec(), spec("ContactName", "address1_primarycontactname", way="from"))

        record = new_crm_record(fields, {"Name": "Deerfield", "ContactName": "Teal"}, resolver, frozenset())

        assert record.known == {"name": "Deerfield", "address1_primarycontactname": "Teal"}


class TestNewInNav:
    def test_takes_the_fields_that_flow_there_and_the_constants(self, spec, resolver):
        fields = (spec(), spec("Type", "", way="from", constant="Person"), spec("Unit_Price", "price", way="to"))

        record = new_erp_record(fields, {"name": "Deerfield", "price": "25"}, resolver)

        assert {change.spec.erp: change.after for change in record.changes} == {"Name": "Deerfield", "Type": "Person"}
        assert record.agreed["Unit_Price|price"] == [None, "25"]

    def test_creates_without_a_salesperson_when_the_owner_is_not_coupled(self, spec, resolver):
        owner = spec("Salesperson_Code", "ownerid", kind="owner", target="SALESPEOPLE", not_null=True)

        record = new_erp_record((owner,), {"ownerid": USER}, resolver)

        assert record.changes == []
        assert record.agreed == {owner.id: [None, USER]}

    def test_refuses_a_value_that_does_not_fit(self, spec, resolver):
        short = spec(erp_facts=ColumnFacts(max_length=5))

        with pytest.raises(RecordProblem, match="Name is 9 characters long, and NAV takes at most 5"):
            new_erp_record((short,), {"name": "Deerfield"}, resolver)

    def test_knows_a_key_that_does_not_flow_to_look_for_a_match(self, spec, resolver):
        record = new_erp_record(
            (spec("No", "productnumber", way="to", kind="code"),), {"productnumber": "1000"}, resolver
        )

        assert record.changes == []
        assert record.known == {"No": "1000"}
