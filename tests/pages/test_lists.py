"""Lists: search, views, paging by key, and the explanation of a record."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from sync.models import MirrorRecord, OptionMapping
from sync.selectors.listing import list_view
from sync.selectors.paging import page_of
from sync.selectors.record_lists import BY_SLUG
from sync.selectors.records import record_view
from tests import factories

CUSTOMERS = BY_SLUG["customers"]


def test_pages_follow_each_other_without_gap_or_double(company: Any) -> None:
    seen: list[str] = []
    after = ""
    for _page in range(10):
        page = page_of(MirrorRecord.objects.filter(mirror_table=company.table), ("number", "key"), after=after, size=7)
        seen += [row.key for row in page.rows]
        after = page.after
        if not after:
            break
    assert seen == [record.key for record in company.records]


def test_previous_page_is_the_one_before(company: Any) -> None:
    rows = MirrorRecord.objects.filter(mirror_table=company.table)
    first = page_of(rows, ("-number", "-key"), size=20)
    second = page_of(rows, ("-number", "-key"), after=first.after, size=20)
    back = page_of(rows, ("-number", "-key"), before=second.before, size=20)
    assert [row.key for row in back.rows] == [row.key for row in first.rows]
    assert back.before == "" and back.after and first.before == ""


@pytest.mark.parametrize("mark", ["x", "e30", "W10", "bnVsbA", "%00", "WyIxIl0"])
def test_made_up_mark_starts_at_the_beginning(boss: Client, company: Any, mark: str) -> None:
    for name in ("after", "before"):
        response = boss.get("/records/customers/", {name: mark})
        assert response.status_code == 200 and company.records[0].number in response.content.decode()


def test_jobs_are_paged_newest_first(boss: Client, company: Any) -> None:
    line = company.line
    run_lines = [factories.LineFactory(run__number=500 + number, mapping=line.mapping) for number in range(70)]
    for run_line in run_lines:
        factories.JobFactory(line=run_line)
    seen: list[str] = []
    address = "/jobs/"
    while address:
        page = BeautifulSoup(boss.get(address).content.decode(), "html.parser")
        seen += [str(link["href"]) for link in page.select("tbody th a")]
        following = page.find("a", rel="next")
        address = f"/jobs/{following['href']}" if following else ""  # type: ignore[index]
    assert len(seen) == len(set(seen)) == 72


@pytest.mark.parametrize(
    "address",
    [
        "/jobs/?after=WyJ4IiwgInkiXQ",
        "/jobs/?run=abc&status=none&mapping=NONE",
        "/runs/999999999999999999999/",
        "/records/customers/?q=%00",
        "/records/customers/%00",
        "/search/?q=%00",
        "/errors/?run=999999999999999999999999",
        "/errors/list/?q=%00",
        "/job-queue-log/?line=99999999999999999999999",
        "/runs/1/plan/?after=WyJ4IiwieSIsInoiLCJxIl0",
    ],
)
def test_nonsense_in_the_address_is_no_error_of_ours(boss: Client, company: Any, address: str) -> None:
    assert boss.get(address).status_code in (200, 404)


@pytest.mark.parametrize(
    ("view", "number"), [("", 60), ("coupled", 53), ("uncoupled", 7), ("troubled", 4), ("made up", 60)]
)
def test_views_hold_what_they_say(company: Any, view: str, number: int) -> None:
    assert list_view(CUSTOMERS, view=view).page.count == number


@pytest.mark.parametrize(
    ("text", "number"), [("Selangorian 5", 11), ("selangorian 59", 1), ("SELAN", 60), ("nobody", 0)]
)
def test_search_takes_the_beginning_of_the_name(company: Any, text: str, number: int) -> None:
    assert list_view(CUSTOMERS, text=text).page.count == number


def test_search_takes_the_beginning_of_the_number(company: Any) -> None:
    number = company.records[7].number
    assert list_view(CUSTOMERS, text=number).rows[0].record.number == number


def test_columns_are_those_that_are_served(company: Any) -> None:
    assert [str(column.caption) for column in list_view(CUSTOMERS).columns] == [
        "City",
        "Phone No.",
        "Contact",
        "Salesperson Code",
        "Currency Code",
    ]
    company.table.columns = ["No", "Name", "City"]
    company.table.save()
    assert [str(column.caption) for column in list_view(CUSTOMERS).columns] == ["City"]


def test_record_outside_the_filter_says_so(company: Any) -> None:
    blocked = factories.RecordFactory(mirror_table=company.table, values={"Blocked": "All"})
    view = record_view(CUSTOMERS, blocked.key)
    assert view is not None and view.answer.title == "Outside the filter"
    assert view.answer.text == "The mapping takes records where Blocked is blank."


def test_record_in_conflict_shows_three_values(boss: Client, company: Any) -> None:
    page = boss.get(f"/records/customers/{company.records[52].key}").content.decode()
    assert "1 field differs: choose one" in page


def test_record_page_compares_with_the_last_agreed_value(company: Any) -> None:
    view = record_view(CUSTOMERS, company.records[0].key)
    assert view is not None
    phone = next(row for row in view.fields if row.caption == "Phone No.")
    assert (phone.agreed, phone.crm, phone.differs_crm) == ("1", "2", True)
    assert str(phone.look.word) == "Changed in Sales, goes to NAV"


def test_same_choice_value_of_two_columns_keeps_both_labels(company: Any) -> None:
    for name, label in (("SHIPMENT METHOD", "EXW"), ("PAYMENT TERMS", "COD")):
        mapping = factories.MappingFactory(name=name, erp_table=name, kind="option", option_column="x")
        OptionMapping.objects.create(mapping=mapping, erp_key=label, value=100000010, label=label)
    specs = [
        factories.FieldFactory(mapping=company.customer, erp_field=name, crm_field=name, kind="option", target=name)
        for name in ("SHIPMENT METHOD", "PAYMENT TERMS")
    ]
    pair = company.customer.couplings.get(erp_key=company.records[0].key)
    pair.baseline = {str(spec.pk): ["X", 100000010] for spec in specs}
    pair.save()
    view = record_view(CUSTOMERS, company.records[0].key)
    assert view is not None
    assert [row.agreed for row in view.fields if row.field in specs] == ["EXW", "COD"]


def test_record_with_any_key_has_an_address(boss: Client, company: Any) -> None:
    key = "Item_No=1936-S;Sales_Code=A%2FB/C;Starting_Date=2017-01-20"
    table = factories.MirrorTableFactory(table="SalesPrice", columns=["Item_No", "Unit_Price"])
    factories.RecordFactory(mirror_table=table, key=key, number="1936-S", name="RETAIL", values={"Unit_Price": 12.5})
    page = BeautifulSoup(boss.get("/records/sales-prices/").content.decode(), "html.parser")
    link = page.select_one("tbody th a")
    assert link is not None
    response = boss.get(str(link["href"]))
    assert response.status_code == 200 and b"1936-S" in response.content


def test_typing_in_the_filter_answers_with_rows_alone(boss: Client, company: Any) -> None:
    response = boss.get("/records/customers/?q=Selangorian 1", headers={"hx-request": "true"})
    assert b"<html" not in response.content and b"Selangorian 1" in response.content


def test_causes_are_grouped_with_the_most_frequent_first(boss: Client, company: Any) -> None:
    page = BeautifulSoup(boss.get("/errors/").content.decode(), "html.parser")
    numbers = [tag.text for tag in page.select(".causes .n") if tag.name == "span"]
    assert numbers[:2] == ["3", "1"]
    assert "Couple or create the missing record once." in page.text and "Solved long ago" not in page.text


def test_solved_errors_have_their_own_view(boss: Client, company: Any) -> None:
    assert b"Solved long ago." in boss.get("/errors/?view=solved").content


def test_mapping_page_says_what_is_not_served_and_the_filter_in_words(boss: Client, company: Any) -> None:
    page = boss.get("/mappings/CUSTOMER/").content.decode()
    assert "does not serve Contact" in page and "Blocked is blank" in page and "Not available on this server" in page


def test_search_box_finds_records_and_pages(boss: Client, company: Any) -> None:
    number = company.records[3].number
    assert f"/records/customers/{company.records[3].key}" in boss.get(f"/search/?q={number}").content.decode()
    fragment = boss.get("/search/?q=integr", headers={"hx-request": "true"}).content.decode()
    assert "/mappings/" in fragment and "<html" not in fragment
