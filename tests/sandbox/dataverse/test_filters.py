"""The grammar of filters, the types of their literals, and the query functions."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

CRM = "Microsoft.Dynamics.CRM."
NOW = "2026-03-11T15:30:00Z"  # a Wednesday


@pytest.fixture
def dated(crm: Any) -> Any:
    """Accounts named after the moment they were created at."""
    now = crm.app.clock.now().timestamp()
    crm.app.clock.offset_seconds += _seconds(NOW) - now
    crm.token = crm.sign_in(
        grant_type="client_credentials", client_id=crm.app.ids.client_id, client_secret="sandbox~client~secret~1"
    )["access_token"]
    for moment in (
        "2024-06-01T00:00:00Z",
        "2025-03-11T00:00:00Z",
        "2026-02-28T23:59:59Z",
        "2026-03-01T00:00:00Z",
        "2026-03-07T10:00:00Z",
        "2026-03-10T23:59:59Z",
        "2026-03-11T00:00:00Z",
        "2026-03-11T14:00:00Z",
        "2026-03-12T00:00:00Z",
        "2026-04-02T08:00:00Z",
        "2027-01-01T00:00:00Z",
    ):
        crm.create("accounts", name=moment[:16], overriddencreatedon=moment)
    return crm


def _seconds(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


def _names(crm: Any, text: str) -> list[str]:
    answer = crm.get(f"accounts?$select=name&$filter={quote(text)}")
    assert answer.status == 200, answer.body
    return [row["name"] for row in answer.value]


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("Today()", ["2026-03-11T00:00", "2026-03-11T14:00"]),
        ("Yesterday()", ["2026-03-10T23:59"]),
        ("Tomorrow()", ["2026-03-12T00:00"]),
        ("On('2026-03-07')", ["2026-03-07T10:00"]),
        ("OnOrAfter('2026-04-02')", ["2026-04-02T08:00", "2027-01-01T00:00"]),
        ("OnOrBefore('2025-03-11')", ["2024-06-01T00:00", "2025-03-11T00:00"]),
        ("LastXHours(2)", ["2026-03-11T14:00"]),
        ("LastXDays(1)", ["2026-03-10T23:59", "2026-03-11T00:00", "2026-03-11T14:00"]),
        ("LastXWeeks(1)", ["2026-03-07T10:00", "2026-03-10T23:59", "2026-03-11T00:00", "2026-03-11T14:00"]),
        ("Last7Days()", ["2026-03-07T10:00", "2026-03-10T23:59", "2026-03-11T00:00", "2026-03-11T14:00"]),
        ("LastMonth()", ["2026-02-28T23:59"]),
        ("ThisWeek()", ["2026-03-10T23:59", "2026-03-11T00:00", "2026-03-11T14:00", "2026-03-12T00:00"]),
        ("LastWeek()", ["2026-03-01T00:00", "2026-03-07T10:00"]),
        ("NextMonth()", ["2026-04-02T08:00"]),
        ("NextYear()", ["2027-01-01T00:00"]),
        ("NextXDays(1)", ["2026-03-12T00:00"]),
        ("LastYear()", ["2025-03-11T00:00"]),
        ("OlderThanXMonths(12)", ["2024-06-01T00:00", "2025-03-11T00:00"]),
        ("OlderThanXDays(400)", ["2024-06-01T00:00"]),
    ],
)
def test_functions_about_time(dated: Any, call: str, names: list[str]) -> None:
    name, _, value = call.rstrip(")").partition("(")
    more = f",PropertyValue={value}" if value else ""

    assert _names(dated, f"{CRM}{name}(PropertyName='createdon'{more})") == names


@pytest.fixture
def tree(crm: Any) -> tuple[Any, dict[str, str]]:
    """A group of accounts: top over left and right, left over leaf."""
    ids: dict[str, str] = {}
    for name, parent in (("top", None), ("left", "top"), ("right", "top"), ("leaf", "left")):
        bound = {"parentaccountid__bind": f"/accounts({ids[parent]})"} if parent else {}
        ids[name] = crm.create("accounts", name=name, **bound)
    return crm, ids


@pytest.mark.parametrize(
    ("name", "of", "names"),
    [
        ("Under", "top", ["leaf", "left", "right"]),
        ("UnderOrEqual", "left", ["leaf", "left"]),
        ("NotUnder", "left", ["left", "right", "top"]),
        ("Above", "leaf", ["left", "top"]),
        ("AboveOrEqual", "leaf", ["leaf", "left", "top"]),
    ],
)
def test_functions_about_the_hierarchy(tree: tuple[Any, dict[str, str]], name: str, of: str, names: list[str]) -> None:
    crm, ids = tree

    assert sorted(_names(crm, f"{CRM}{name}(PropertyName='accountid',PropertyValue='{ids[of]}')")) == names


def test_functions_about_the_caller(crm: Any, sign_in_as: Any) -> None:
    crm.create("accounts", name="Ours")
    sign_in_as("admin").create("accounts", name="Theirs")

    assert _names(crm, f"{CRM}EqualUserId(PropertyName='ownerid')".replace("ownerid", "_ownerid_value")) == ["Ours"]
    assert _names(crm, f"{CRM}NotEqualUserId(PropertyName='_ownerid_value')") == ["Theirs"]
    assert len(_names(crm, f"{CRM}EqualBusinessId(PropertyName='_owningbusinessunit_value')")) == 2


def test_lists_of_values_may_be_quoted_either_way(crm: Any) -> None:
    for number in range(4):
        crm.create("accounts", name=f"A{number}", numberofemployees=number)

    quoted = f'{CRM}In(PropertyName=\'numberofemployees\',PropertyValues=["1","3"])'
    assert _names(crm, quoted) == ["A1", "A3"]
    assert _names(crm, f"{CRM}NotIn(PropertyName='numberofemployees',PropertyValues=['1','3'])") == ["A0", "A2"]
    assert _names(crm, f"not {CRM}Between(PropertyName='numberofemployees',PropertyValues=[1,2])") == ["A0", "A3"]
    assert _names(crm, "numberofemployees in (0,2) and name in ('a2','a3')") == ["A2"]


def test_and_binds_closer_than_or(crm: Any) -> None:
    for number in range(4):
        crm.create("accounts", name=f"A{number}", numberofemployees=number)

    assert _names(crm, "name eq 'A0' or name eq 'A1' and numberofemployees eq 7") == ["A0"]
    assert _names(crm, "(name eq 'A0' or name eq 'A1') and numberofemployees eq 1") == ["A1"]
    assert _names(crm, "not (name eq 'A0') and not startswith(name,'A1') and contains(name,'2') eq false") == ["A3"]


@pytest.mark.parametrize(
    "text",
    [
        "numberofemployees eq '1'",
        "name eq 1",
        "primarycontactid eq 1",
        "_primarycontactid_value eq '00000000-0000-0000-0000-000000000001'",
        "createdon ge '2024-01-01'",
        "name eq numberofemployees",
        "contains(numberofemployees,'1')",
        "name eq 'a' and",
        "name like 'a'",
        "(name eq 'a'",
        "true",
        "name eq @p",
        "contact_customer_accounts/all()",
        f"{CRM}Between(PropertyName='name',PropertyValues=['1'])",
        f"{CRM}Today(PropertyName='name')",
        f"{CRM}LastXDays(PropertyName='createdon',PropertyValue=0)",
        f"{CRM}Today()",
        "ownerid/fullname eq 'a'",
    ],
)
def test_a_filter_that_is_wrong_is_refused(crm: Any, text: str) -> None:
    answer = crm.get(f"accounts?$filter={quote(text)}")

    assert (answer.status, answer.code) == (400, "0x80060888")


@pytest.mark.parametrize(
    "text",
    [
        "tolower(name) eq 'a'",
        "length(name) gt 3",
        f"{CRM}InFiscalYear(PropertyName='createdon',PropertyValue=2024)",
        f"{CRM}EqualUserOrUserHierarchy(PropertyName='_ownerid_value')",
        f"{CRM}Under(PropertyName='_parentaccountid_value',PropertyValue='00000000-0000-0000-0000-000000000001')",
        "contact_customer_accounts/any(c:name eq 'a')",
        f"contact_customer_accounts/any(c:{CRM}Today(PropertyName='createdon'))",
    ],
)
def test_what_the_stand_in_cannot_do_says_501(crm: Any, text: str) -> None:
    assert crm.get(f"accounts?$filter={quote(text)}").status == 501


def test_lambdas_over_rows_that_point_here(crm: Any) -> None:
    for name, contacts in (("None", []), ("One", ["Ann"]), ("Two", ["Ann", "Bob"])):
        key = crm.create("accounts", name=name)
        for contact in contacts:
            crm.create("contacts", lastname=contact, parentcustomerid_account__bind=f"/accounts({key})")

    assert _names(crm, "contact_customer_accounts/any()") == ["One", "Two"]
    assert _names(crm, "contact_customer_accounts/any(c:c/lastname eq 'Bob')") == ["Two"]
    assert _names(crm, "contact_customer_accounts/all(c:c/lastname eq 'Ann')") == ["None", "One"]
    assert _names(crm, "not contact_customer_accounts/any(c:startswith(c/lastname,'B') and c/statecode eq 0)") == [
        "None",
        "One",
    ]
