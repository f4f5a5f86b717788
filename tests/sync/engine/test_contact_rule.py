"""Contacts: the company's customer, and names that NAV serves in parts or as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.engine.errors import RecordProblem
from sync.engine.model import Need
from sync.engine.rules import RULES
from sync.engine.rules.names import NameParts, split_like, split_name

RULE = RULES["contact"]
PACK = {"Contact": frozenset({"Name", "First_Name", "Middle_Name", "Surname"})}


def relation(row, contact, customer, **more):
    given = {
        "Contact_No": contact,
        "No": customer,
        "Business_Relation_Code": "CUST",
        "Link_to_Table": "Customer",
        **more,
    }
    return row(f"{contact};{given['Business_Relation_Code']}", number=contact, name=customer, **given)


class TestCompany:
    def test_goes_through_the_company_contact_to_the_customer(self, row, related):
        person = row("CT101", Name="Andy Teal", Company_No="CT1")
        known = related(erp={"ContactBusinessRelation": [relation(row, "CT1", "10000")]})

        assert list(RULE.needs_of_erp(person)) == [Need("erp", "ContactBusinessRelation", "number", "CT1")]
        assert RULE.derive(person, known)["@Customer_No"] == "10000"
        assert RULE.erp_outside(person, known) is None

    def test_leaves_out_persons_of_companies_that_are_no_customers(self, row, related):
        person = row("CT101", Name="Christie Moon", Company_No="CT1", Company_Name="Eco Office Inc.")
        vendor = relation(row, "CT1", "V100", Business_Relation_Code="VEND", Link_to_Table="Vendor")
        known = related(erp={"ContactBusinessRelation": [vendor]})

        assert RULE.derive(person, known)["@Customer_No"] is None
        assert "Eco Office Inc. is not a customer in NAV" in str(RULE.erp_outside(person, known))

    def test_knows_a_customer_by_its_code_where_the_linked_table_is_not_served(self, row, related):
        plain = row("CT1;CUST", number="CT1", Contact_No="CT1", No="10000", Business_Relation_Code="CUST")

        known = related(erp={"ContactBusinessRelation": [plain]})

        assert RULE.derive(row("CT101", Company_No="CT1"), known)["@Customer_No"] == "10000"

    @pytest.mark.parametrize(
        ("account", "words"),
        [
            ({"customertypecode": 3}, None),
            ({"customertypecode": 8}, "not of the relationship type Customer"),
            (None, "not an account"),
        ],
    )
    def test_leaves_out_contacts_of_others_than_customers(self, row, related, account, words):
        accounts = [] if account is None else [row("a1", name="Deerfield", **account)]
        contact = row("c1", parentcustomerid="a1")

        reason = RULE.crm_outside(contact, related(crm={"account": accounts}))

        assert words in str(reason) if words else reason is None
        assert list(RULE.needs_of_crm(contact)) == [Need("crm", "account", "key", "a1")]

    def test_puts_a_new_person_under_the_company_contact(self, row, related):
        known = related(erp={"ContactBusinessRelation": [relation(row, "CT1", "10000")]}, erp_columns=PACK)
        values = {"@Customer_No": "10000", "@Surname": "Teal", "E_Mail": "a@example.com"}

        assert list(RULE.needs_to_restore(values)) == [Need("erp", "ContactBusinessRelation", "name", "10000")]
        assert RULE.restore(values, None, known) == {"Company_No": "CT1", "Surname": "Teal", "E_Mail": "a@example.com"}
        assert RULE.match_values({**values, "@First_Name": "Andy"}, known) == {"Name": "Andy Teal", "Company_No": "CT1"}

    def test_waits_for_a_customer_that_has_no_company_contact(self, related):
        with pytest.raises(RecordProblem, match="Customer 10000 has no company contact") as caught:
            RULE.restore({"@Customer_No": "10000"}, None, related())

        assert caught.value.waits


class TestNameInParts:
    def test_takes_the_parts_that_the_page_serves(self, row, related):
        person = row("CT101", Name="Anna Maria Berg", First_Name="Anna Maria", Middle_Name="", Surname="Berg")

        values = RULE.derive(person, related())

        assert (values["@First_Name"], values["@Middle_Name"], values["@Surname"]) == ("Anna Maria", None, "Berg")

    def test_writes_the_parts_that_the_page_takes(self, row, related):
        changed = RULE.restore({"@First_Name": "Ann", "@Middle_Name": None}, row("CT101"), related(erp_columns=PACK))

        assert changed == {"First_Name": "Ann", "Middle_Name": None}


class TestNameAsAWhole:
    def test_splits_by_words_when_nothing_was_agreed(self, row, related):
        values = RULE.derive(row("CT101", Name="Gary W. Yukich"), related())

        assert (values["@First_Name"], values["@Middle_Name"], values["@Surname"]) == ("Gary", "W.", "Yukich")

    def test_splits_as_it_was_agreed(self, row, related):
        derived = {
            "Name": "Anna Maria van der Berg",
            "@First_Name": "Anna",
            "@Middle_Name": "Maria van der",
            "@Surname": "Berg",
        }
        agreed = {"@First_Name": "Anna Maria", "@Middle_Name": None, "@Surname": "van der Berg"}

        values = RULE.refined(derived, agreed, row("c1"), related())

        assert (values["@First_Name"], values["@Middle_Name"], values["@Surname"]) == (
            "Anna Maria",
            None,
            "van der Berg",
        )

    def test_splits_as_the_partner_does_at_first_coupling(self, row, related):
        partner = row("c1", firstname="Anna Maria", middlename=None, lastname="Berg")
        derived = {"Name": "Anna Maria Berg", "@First_Name": "Anna", "@Middle_Name": "Maria", "@Surname": "Berg"}

        assert RULE.refined(derived, {}, partner, related())["@First_Name"] == "Anna Maria"
        assert RULE.refined({**derived, "Name": "Anna Berg"}, {}, partner, related())["@First_Name"] == "Anna"

    def test_builds_the_whole_name_from_a_changed_part(self, row, related):
        person = row(
            "CT101", Name="Anna Maria Berg", **{"@First_Name": "Anna Maria", "@Middle_Name": None, "@Surname": "Berg"}
        )

        assert RULE.restore({"@Surname": "Bergen"}, person, related()) == {"Name": "Anna Maria Bergen"}
        assert RULE.restore({"@Surname": "Bergen"}, row("CT101", Name="Anna Berg"), related()) == {
            "Name": "Anna Bergen"
        }
        assert RULE.restore({"@First_Name": "Anna", "@Surname": "Berg"}, None, related()) == {"Name": "Anna Berg"}

    @pytest.mark.parametrize(
        ("name", "like", "parts"),
        [
            ("Anna Maria Bergen", ("Anna Maria", "", "Berg"), ("Anna Maria", "", "Bergen")),
            ("Ann van der Berg", ("Anna", "", "van der Berg"), ("Ann", "", "van der Berg")),
            ("Gary X. Yukich", ("Gary", "W.", "Yukich"), ("Gary", "X.", "Yukich")),
            ("Gary W. Jukich", ("Gary", "W.", "Yukich"), ("Gary", "W.", "Jukich")),
            ("Gary van Dam", ("Gary", "W.", "Yukich"), ("Gary", "van", "Dam")),
            ("Garry W. Yukich", ("Gary", "W.", "Yukich"), ("Garry", "W.", "Yukich")),
            ("Jo Ann Yukich", ("Gary", "W.", "Yukich"), ("Jo", "Ann", "Yukich")),
            ("Someone Else", ("Gary", "W.", "Yukich"), ("Someone", "", "Else")),
            ("Prince", ("Gary", "W.", "Yukich"), ("", "", "Prince")),
        ],
    )
    def test_keeps_the_parts_that_did_not_change(self, name, like, parts):
        assert split_like(name, NameParts(*like)) == parts

    WORDS = st.lists(st.text("abc.", min_size=1, max_size=4), max_size=3).map(" ".join)

    @given(WORDS, WORDS, WORDS)
    def test_takes_apart_what_it_has_put_together(self, first, middle, last):
        parts = NameParts(first, middle, last)

        assert split_like(parts.whole, parts) == parts
        assert split_name(parts.whole).whole == parts.whole

    @given(WORDS, WORDS, WORDS, WORDS)
    def test_loses_no_word(self, name, first, middle, last):
        assert split_like(name, NameParts(first, middle, last)).whole == " ".join(name.split())
