"""`$batch`: its limits, its change sets, and BulkDelete, which goes on by itself."""

from __future__ import annotations

from typing import Any

import pytest

GOOD = ("POST", "accounts", {"name": "A"})
BAD = ("POST", "accounts", {"name": "x" * 161})


def raw(crm: Any, *lines: str) -> Any:
    return crm.send("POST", "$batch", "\r\n".join(lines).encode(), content_type='multipart/mixed; boundary="b"')


def part(line: str, *head: str) -> list[str]:
    return ["--b", "Content-Type: application/http", *head, "", line, "", ""]


def test_a_change_set_that_fails_is_one_part(crm: Any) -> None:
    answer = crm.batch([[GOOD, BAD, GOOD], GOOD], prefer="odata.continue-on-error")

    assert [each.status for each in answer.parts] == [400, 204]
    assert answer.status == 200
    assert b"changesetresponse" not in answer.body
    assert answer.parts[0].code == "0x80044331"
    assert answer.parts[0].headers["req_id"]
    assert len(crm.get("accounts").value) == 1


def test_references_reach_into_bodies_addresses_and_links(crm: Any) -> None:
    account = crm.create("accounts", name="Known")
    answer = crm.batch(
        [
            [
                ("POST", "contacts", {"lastname": "B"}),
                ("POST", "accounts", {"name": "A", "primarycontactid@odata.bind": "$1"}),
                ("PATCH", "$2", {"fax": "1"}),
                ("PUT", "$1/parentcustomerid_account/$ref", {"@odata.id": f"accounts({account})"}),
                ("DELETE", "$2/fax", None),
            ]
        ]
    )

    assert [each.status for each in answer.parts] == [204, 204, 204, 204, 204], answer.body
    row = crm.get("accounts?$filter=name eq 'A'&$expand=primarycontactid($select=_parentcustomerid_value)").value[0]
    assert (row["fax"], row["primarycontactid"]["_parentcustomerid_value"]) == (None, account)


def test_a_reference_does_not_leave_its_change_set(crm: Any) -> None:
    answer = crm.batch([[GOOD], [("PATCH", "$1", {"fax": "1"})]], prefer="odata.continue-on-error")

    assert [each.status for each in answer.parts] == [204, 400]


@pytest.mark.parametrize(
    "lines",
    [
        [*part("GET /api/data/v9.2/accounts HTTP/1.1") * 1001, "--b--"],
        [*part("POST /api/data/v9.2/$batch HTTP/1.1"), "--b--"],
        [*part(f"GET /api/data/v9.2/accounts?$filter=name eq '{'x' * 70_000}' HTTP/1.1"), "--b--"],
        [*part("nonsense"), "--b--"],
        ["nothing"],
        ["--b--"],
    ],
    ids=["too many", "nested", "long address", "no request", "no boundary", "empty"],
)
def test_a_batch_that_is_not_right_is_refused_as_a_whole(crm: Any, lines: list[str]) -> None:
    answer = raw(crm, *lines)

    assert answer.status == 400
    assert answer.headers["content-type"].startswith("application/json")


def test_a_long_query_fits_into_a_batch_only(crm: Any) -> None:
    path = f"accounts?$filter=name eq '{'x' * 40_000}'"

    assert crm.get(path).status == 414
    assert [each.status for each in crm.batch([("GET", path)]).parts] == [200]


@pytest.mark.parametrize("number", ["1", "2"])
def test_content_ids_are_unique_in_the_batch(crm: Any, number: str) -> None:
    def one(content_id: str) -> list[str]:
        head = ["Content-Type: application/http", f"Content-ID: {content_id}", ""]
        body = ["POST /api/data/v9.2/accounts HTTP/1.1", "Content-Type: application/json", "", '{"name":"A"}', ""]
        return ["--b", "Content-Type: multipart/mixed; boundary=s", "", "--s", *head, *body, "--s--"]

    answer = raw(crm, *one("1"), *one(number), "--b--")

    assert answer.status == (400 if number == "1" else 200)


def test_a_change_set_inside_a_change_set_is_refused(crm: Any) -> None:
    inner = ["--s", "Content-Type: multipart/mixed; boundary=t", "", "--t--", "--s--"]

    assert raw(crm, "--b", "Content-Type: multipart/mixed; boundary=s", "", *inner, "--b--").status == 400


# ── BulkDelete ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def job(conditions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    query = {"EntityName": "account", "ColumnSet": {}, "Criteria": {"FilterOperator": "And", "Conditions": conditions}}
    return {
        "JobName": "Clean up",
        "QuerySet": [query],
        "StartDateTime": "2026-01-01T00:00:00Z",
        "RecurrencePattern": "",
        "SendEmailNotification": False,
        "ToRecipients": [],
        "CCRecipients": [],
        **more,
    }


def condition(name: str, operator: str, *values: Any) -> dict[str, Any]:
    return {"AttributeName": name, "Operator": operator, "Values": [{"Value": value} for value in values]}


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        ([condition("numberofemployees", "In", 0, 1)], ["A2", "A3"]),
        ([condition("numberofemployees", "GreaterThan", 1), condition("name", "NotEqual", "A3")], ["A0", "A1", "A3"]),
        ([condition("accountnumber", "NotNull")], ["A0", "A1", "A2", "A3"]),
    ],
)
def test_a_bulk_delete_takes_what_its_query_finds(
    crm: Any, sign_in_as: Any, conditions: list[dict[str, Any]], left: list[str]
) -> None:
    for number in range(4):
        crm.create("accounts", name=f"A{number}", numberofemployees=number)

    admin = sign_in_as("admin")
    key = admin.post("BulkDelete", job(conditions)).json["JobId"]

    assert len(crm.get("accounts").value) == 4
    crm.app.clock.offset_seconds += 5
    assert [row["name"] for row in crm.get("accounts?$orderby=name").value] == left
    row = admin.get(f"asyncoperations({key})").json
    assert (row["statecode"], row["statuscode"], row["operationtype"]) == (3, 30, 13)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        (job([condition("nothing", "Null")]), 400),
        (job([condition("name", "Like", "A%")]), 501),
        (job([], RecurrencePattern="FREQ=DAILY"), 501),
        (job([condition("accountid", "In", "no id")]), 400),
    ],
    ids=["nothing", "no column", "like", "again and again", "no id"],
)
def test_a_bulk_delete_that_cannot_be_done_is_refused(sign_in_as: Any, body: dict[str, Any], status: int) -> None:
    assert sign_in_as("admin").post("BulkDelete", body).status == status


def test_a_bulk_delete_needs_its_privilege(crm: Any) -> None:
    answer = crm.post("BulkDelete", job([]))

    assert (answer.status, answer.code) == (403, "0x80040220")
    assert "prvBulkDelete" in answer.json["error"]["message"]


def test_a_row_that_cannot_go_stays_while_the_others_go(crm: Any, sign_in_as: Any) -> None:
    kept, gone = crm.create("accounts", name="Kept"), crm.create("accounts", name="Gone")
    crm.create("invoices", name="I", customerid_account__bind=f"/accounts({kept})", pricelevelid__bind=None)

    sign_in_as("admin").post("BulkDelete", job([condition("accountid", "In", kept, gone)]))
    crm.app.clock.offset_seconds += 5

    assert [row["name"] for row in crm.get("accounts").value] == ["Kept"]
