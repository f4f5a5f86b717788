"""The shipped mappings: consistent with themselves, with their rules, and with the pages in docs/nav-objects."""

import csv
import re
from pathlib import Path

import pytest

from sync.defaults import MAPPINGS, SERVICES, TABLES
from sync.engine.ordering import ordered
from sync.engine.rules import RULES

PACK = Path(__file__).parents[3] / "docs" / "nav-objects"
KINDS = set(
    "text code decimal integer boolean date datetime choice lookup currency owner option base_unit state".split()
)
NAMES = [mapping.name for mapping in MAPPINGS]


def odata_name(field):
    """Return the OData name of a NAV field or control."""
    name = re.sub(r"[ \\/'\".()\-:]", "_", field.replace("%", "Percent"))
    return re.sub(r"_+", "_", name).rstrip("_")


def page_columns(path):
    """Return the OData names that a text object serves."""
    text = path.read_text(encoding="utf-8")
    controls = re.findall(r"\{ \d+ *;2 *;Field *;\s*(?:Name=(\w+);\s*)?SourceExpr=(\"[^\"]+\"|\w+) \}", text)
    return {odata_name(name or source.strip('"')) for name, source in controls}


def pages():
    return {path.name.split(".")[1]: path for path in sorted((PACK / "cal").glob("*.txt"))}


@pytest.mark.parametrize("mapping", MAPPINGS, ids=NAMES)
class TestEveryMapping:
    def test_fits_its_columns_in_the_database(self, mapping):
        assert len(mapping.name) <= 20
        assert all(len(field.kind) <= 12 and len(field.constant) <= 100 for field in mapping.fields)
        assert not mapping.rule or mapping.rule in RULES

    def test_has_each_pair_of_fields_once_and_known_kinds(self, mapping):
        pairs = [(field.erp, field.crm) for field in mapping.fields]

        assert len(pairs) == len(set(pairs))
        assert {field.kind for field in mapping.fields} <= KINDS
        assert all(field.erp and field.crm or field.constant for field in mapping.fields)
        assert all(field.caption or field.crm_caption for field in mapping.fields)

    def test_refers_to_mappings_that_exist(self, mapping):
        wanted = {field.target for field in mapping.fields if field.target} | set(mapping.depends_on)
        needing = [
            field for field in mapping.fields if field.kind in {"lookup", "owner", "currency", "option", "base_unit"}
        ]

        assert wanted <= set(NAMES)
        assert all(field.target for field in needing)

    def test_flows_within_its_direction(self, mapping):
        ways = {"both": {"to", "from", "both"}, "to": {"to"}, "from": {"from"}}[mapping.way]

        assert {field.way for field in mapping.fields} <= ways

    def test_looks_for_a_match_before_it_creates(self, mapping):
        assert mapping.criteria or mapping.kind == "option"
        assert all(criterion.erp.count("+") <= criterion.crm.count("+") for criterion in mapping.criteria)

    def test_finds_every_column_on_the_pack_s_page(self, mapping):
        columns = {field.erp for field in mapping.fields if field.enabled}
        columns |= {condition[0] for condition in mapping.erp_filter}
        columns |= {part for criterion in mapping.criteria for part in criterion.erp.split("+")}
        columns = {column for column in columns if column and not column.startswith("@")}

        assert columns <= page_columns(pages()[SERVICES[mapping.erp_table][0]])

    def test_mirrors_its_tables_and_those_of_its_rule(self, mapping):
        rule = RULES.get(mapping.rule)
        erp = {mapping.erp_table, *(rule.erp_tables if rule else ())}
        crm = {*(rule.crm_tables if rule else ()), *([mapping.crm_table] if mapping.kind == "table" else [])}

        assert {("erp", table) for table in erp} | {("crm", table) for table in crm} <= TABLES.keys()
        assert erp <= SERVICES.keys()


class TestTogether:
    def test_come_in_the_order_in_which_nav_creates_them(self):
        assert NAMES == [
            "SALESPEOPLE",
            "CUSTOMER",
            "CONTACT",
            "CURRENCY",
            "UNIT OF MEASURE",
            "ITEM-PRODUCT",
            "RESOURCE-PRODUCT",
            "CUSTPRCGRP-PRICE",
            "SALESPRC-PRODPRICE",
            "SHIPPING AGENT",
            "SHIPMENT METHOD",
            "PAYMENT TERMS",
        ]

    def test_depend_on_each_other_without_a_circle(self):
        steps = {
            place.name: place.step for place in ordered({mapping.name: mapping.depends_on for mapping in MAPPINGS})
        }

        assert steps["CURRENCY"] < steps["CUSTOMER"] < steps["CONTACT"]
        assert (
            steps["UNIT OF MEASURE"] < steps["ITEM-PRODUCT"] < steps["CUSTPRCGRP-PRICE"] < steps["SALESPRC-PRODPRICE"]
        )

    def test_look_up_only_what_goes_before_but_the_primary_contact(self):
        steps = {
            place.name: place.step for place in ordered({mapping.name: mapping.depends_on for mapping in MAPPINGS})
        }
        late = {
            (mapping.name, field.erp)
            for mapping in MAPPINGS
            for field in mapping.fields
            if field.target and steps[field.target] >= steps[mapping.name]
        }

        assert late == {("CUSTOMER", "Primary_Contact_No")}

    @pytest.mark.parametrize(
        "name", ["CURRENCY", "UNIT OF MEASURE", "SALESPEOPLE", "ITEM-PRODUCT", "SALESPRC-PRODPRICE"]
    )
    def test_couple_by_themselves_where_the_key_is_certain(self, name):
        assert all(criterion.automatic for criterion in MAPPINGS[NAMES.index(name)].criteria)

    @pytest.mark.parametrize(("name", "column"), [("CUSTOMER", "Name"), ("CONTACT", "E_Mail")])
    def test_ask_a_person_where_it_is_not(self, name, column):
        [criterion] = [found for found in MAPPINGS[NAMES.index(name)].criteria if found.erp == column]

        assert not criterion.automatic

    def test_create_no_salesperson_by_themselves(self):
        assert not MAPPINGS[0].create_new


class TestObjectPack:
    def test_has_a_page_for_every_service_and_publishes_it(self):
        first = {names[0] for names in SERVICES.values()}
        with (PACK / "web-services.txt").open(encoding="utf-8", newline="") as file:
            published = {row["Service Name"]: int(row["Object ID"]) for row in csv.DictReader(file, delimiter="\t")}

        assert first == set(pages()) == set(published)
        assert all(f"Page{published[name]}." in path.name for name, path in pages().items())
        assert len(set(published.values())) == len(published)

    @pytest.mark.parametrize(("side", "table"), [place for place in TABLES if place[0] == "erp"])
    def test_serves_what_rules_read(self, side, table):
        default = TABLES[side, table]

        assert {default.number, default.name, *default.extra} <= page_columns(pages()[SERVICES[table][0]])

    def test_has_the_same_pages_and_columns_for_business_central(self):
        text = (PACK / "al" / "ConnectorPages.al").read_text(encoding="utf-8")
        blocks = dict(re.findall(r"^page \d+ (\w+)\n(.*?)^}", text, re.MULTILINE | re.DOTALL))

        for name, path in pages().items():
            if name != "ConnectorIntegrationRecord":
                assert page_columns(path) <= set(re.findall(r"field\((\w+);", blocks[name])), name

    @pytest.mark.parametrize(
        ("field", "name"),
        [
            ("Credit Limit (LCY)", "Credit_Limit_LCY"),
            ("VAT Bus. Posting Gr. (Price)", "VAT_Bus_Posting_Gr_Price"),
            ("Commission %", "Commission_Percent"),
            ("Country/Region Code", "Country_Region_Code"),
        ],
    )
    def test_names_columns_as_odata_does(self, field, name):
        assert odata_name(field) == name


@pytest.mark.parametrize("mapping", MAPPINGS, ids=NAMES)
def test_every_field_row_is_in_the_documentation(mapping):
    text = (PACK.parent / "mappings.md").read_text(encoding="utf-8")
    chapter = text.split(f"## {mapping.name}\n", 1)[1].split("\n## ", 1)[0]
    arrows = {"to": "→", "from": "←", "both": "⇄"}

    rows = {
        tuple(cell.strip(" `") for cell in line.split("|")[2:6:1])
        for line in chapter.splitlines()
        if line.startswith("|")
    }
    documented = {(erp, way, crm) for erp, way, _caption, crm in rows}

    for field in mapping.fields:
        assert (field.erp or "–", arrows[field.way], field.crm or "–") in documented
    assert len(documented) == len(mapping.fields) + 2  # the heading and the line under it
