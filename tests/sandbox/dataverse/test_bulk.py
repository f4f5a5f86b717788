"""CreateMultiple, UpdateMultiple, UpsertMultiple and `$batch`."""

from __future__ import annotations

import re
from typing import Any

import pytest

TYPE = "Microsoft.Dynamics.CRM.account"
CREATE = "accounts/Microsoft.Dynamics.CRM.CreateMultiple"
UPDATE = "accounts/Microsoft.Dynamics.CRM.UpdateMultiple"


def targets(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Targets": [{"@odata.type": TYPE, **row} for row in rows]}


def test_create_multiple_answers_ids_in_order(crm: Any) -> None:
    ids = crm.post(CREATE, targets({"name": "A"}, {"name": "B"})).json["Ids"]

    assert [crm.get(f"accounts({key})").json["name"] for key in ids] == ["A", "B"]
    assert crm.app.stats.rows["account"]["inserted"] == 2


def test_create_multiple_takes_all_rows_or_none(crm: Any) -> None:
    answer = crm.post(CREATE, targets({"name": "A"}, {"name": "x" * 200}))

    assert (answer.status, answer.code) == (400, "0x80044331")
    assert crm.get("accounts").value == []
    assert "account" not in crm.app.stats.rows or crm.app.stats.rows["account"]["inserted"] == 0


def test_update_multiple_rolls_back_and_needs_every_row(crm: Any) -> None:
    first = crm.create("accounts", name="A")
    before = crm.get(f"accounts({first})").headers["etag"]
    absent = "11111111-2222-3333-4444-555555555555"

    missing = crm.post(UPDATE, targets({"accountid": first, "name": "B"}, {"accountid": absent, "name": "C"}))
    too_long = crm.post(UPDATE, targets({"accountid": first, "name": "B", "sic": "x" * 21}))

    assert missing.code == "0x80040217"
    assert too_long.status == 400
    assert crm.get(f"accounts({first})").headers["etag"] == before
    assert crm.post(UPDATE, targets({"accountid": first, "name": "B"})).status == 204


def test_bulk_messages_exist_only_where_the_filters_list_them(crm: Any) -> None:
    query = (
        "sdkmessagefilters?$select=sdkmessagefilterid&$expand=sdkmessageid($select=name)&$filter=(sdkmessageid/name eq "
        "'CreateMultiple' or sdkmessageid/name eq 'UpdateMultiple') and primaryobjecttypecode eq '{}'"
    )

    names = [row["sdkmessageid"]["name"] for row in crm.get(query.format("account")).value]
    body = {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.uom"}]}

    assert sorted(names) == ["CreateMultiple", "UpdateMultiple"]
    assert crm.get(query.format("productpricelevel")).value == []
    assert crm.post("uoms/Microsoft.Dynamics.CRM.CreateMultiple", body).status == 404


# ── $batch ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def batch(crm: Any, *parts: str, end: str = "\r\n", **headers: str) -> Any:
    """Send parts; each is a request, or several joined by `---` for a change set."""
    lines: list[str] = []
    for number, part in enumerate(parts):
        lines.append("--batch_x")
        pieces = part.split("---")
        if len(pieces) > 1:
            lines += [f'Content-Type: multipart/mixed; boundary="set_{number}"', ""]
        for content_id, piece in enumerate(pieces, start=1):
            if len(pieces) > 1:
                lines += [f"--set_{number}"]
            lines += ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
            lines += [f"Content-ID: {content_id}"] if len(pieces) > 1 else []
            lines += ["", *piece.strip().split("\n"), ""]
        if len(pieces) > 1:
            lines += [f"--set_{number}--", ""]
    body = end.join([*lines, "--batch_x--", ""]).encode()
    return crm.send("POST", "$batch", body, content_type="multipart/mixed; boundary=batch_x", **headers)


def post(name: str, number: int = 1) -> str:
    return f'POST /api/data/v9.2/accounts HTTP/1.1\nContent-Type: application/json\n\n{{"name": "{name}"}}'


BAD = post("x" * 200)


@pytest.mark.parametrize("end", ["\r\n", "\n"], ids=["CRLF", "LF"])
def test_a_batch_answers_part_by_part(crm: Any, end: str) -> None:
    answer = batch(crm, post("A"), "GET accounts?$select=name HTTP/1.1\nAccept: application/json", end=end)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("multipart/mixed; boundary=batchresponse_")
    assert re.findall(rb"HTTP/1.1 (\d+)", answer.body) == [b"204", b"200"]
    assert re.search(rb"OData-EntityId: https://127.0.0.1:8443/api/data/v9.2/accounts\(", answer.body)
    assert b'"name":"A"' in answer.body


def test_a_batch_ends_at_the_first_failure_with_its_status(crm: Any) -> None:
    answer = batch(crm, BAD, post("A"))

    assert answer.status == 400
    assert re.findall(rb"HTTP/1.1 (\d+)", answer.body) == [b"400"]
    assert crm.get("accounts").value == []


def test_continue_on_error_gives_every_row_its_own_answer(crm: Any) -> None:
    answer = batch(crm, post("A"), BAD, post("B"), prefer="odata.continue-on-error")

    assert answer.status == 200
    assert re.findall(rb"HTTP/1.1 (\d+)", answer.body) == [b"204", b"400", b"204"]
    assert b"0x80044331" in answer.body


def test_a_change_set_is_one_transaction_with_references(crm: Any) -> None:
    contact = 'POST /api/data/v9.2/contacts HTTP/1.1\n\n{"lastname": "B", "parentcustomerid_account@odata.bind": "$1"}'
    patch = 'PATCH $1 HTTP/1.1\nIf-Match: *\n\n{"name": "C"}'

    good = batch(crm, f"{post('A')}---{contact}---{patch}")
    bad = batch(crm, f"{post('D')}---{BAD}")

    assert good.status == 200
    assert re.findall(rb"Content-ID: (\d)", good.body) == [b"1", b"2", b"3"]
    assert bad.status == 400
    assert b"changesetresponse" not in bad.body
    assert [row["name"] for row in crm.get("accounts?$expand=contact_customer_accounts($select=lastname)").value] == [
        "C"
    ]


def test_a_change_set_refuses_reads_and_forward_references(crm: Any) -> None:
    read = batch(crm, f"{post('A')}---GET accounts HTTP/1.1")
    forward = batch(crm, f"PATCH $2 HTTP/1.1\n\n{{}}---{post('A')}")

    assert read.status == 400
    assert b"Content-ID Reference: '$2' does not exist in the batch context." in forward.body


def test_if_match_counts_per_part(crm: Any) -> None:
    key = crm.create("accounts", name="A")
    stale = f'PATCH /api/data/v9.2/accounts({key}) HTTP/1.1\nIf-Match: W/"1"\n\n{{"name": "B"}}'
    fresh = stale.replace('W/"1"', crm.get(f"accounts({key})").headers["etag"])

    answer = batch(crm, stale, fresh, prefer="odata.continue-on-error")

    assert re.findall(rb"HTTP/1.1 (\d+)", answer.body) == [b"412", b"204"]
    assert crm.get(f"accounts({key})").json["name"] == "B"
