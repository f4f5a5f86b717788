"""Change tracking."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

TRACK = "odata.track-changes,odata.maxpagesize=2"


def first_pass(crm: Any, select: str = "name") -> str:
    """Read everything; the delta link."""
    pages = crm.pages(f"accounts?$select={select}", prefer=TRACK)
    return pages[-1].json["@odata.deltaLink"]


def test_the_delta_link_stands_on_the_last_page(crm: Any) -> None:
    for name in "ABC":
        crm.create("accounts", name=name)

    pages = crm.pages("accounts?$select=name", prefer=TRACK)

    assert [len(page.value) for page in pages] == [2, 1]
    assert ["@odata.deltaLink" in page.json for page in pages] == [False, True]
    assert "odata.track-changes" in pages[0].headers["preference-applied"]


def test_a_delta_has_changes_by_version_then_deletions(crm: Any) -> None:
    kept, gone = crm.create("accounts", name="A"), crm.create("accounts", name="B")
    link = first_pass(crm)
    new = crm.create("accounts", name="C")
    crm.patch(f"accounts({kept})", {"name": "D"})
    crm.delete(f"accounts({gone})")
    born_and_gone = crm.create("accounts", name="E")
    crm.delete(f"accounts({born_and_gone})")

    pages = crm.pages(link, prefer=TRACK)
    entries = [entry for page in pages for entry in page.value]

    assert [entry.get("name") for entry in entries[:2]] == ["C", "D"]
    assert entries[0]["accountid"] == new
    assert {entry["id"] for entry in entries[2:]} == {gone, born_and_gone}
    assert entries[2]["@odata.context"].endswith("#accounts/$deletedEntity")
    assert entries[2]["reason"] == "deleted"
    assert pages[0].json["@odata.context"].endswith("#accounts(name)/$delta")
    again = crm.get(pages[-1].json["@odata.deltaLink"])
    assert again.value == []
    assert "@odata.deltaLink" in again.json


def test_a_change_while_a_pass_is_read_is_in_the_next_delta(crm: Any) -> None:
    keys = [crm.create("accounts", name=name) for name in "ABC"]
    page = crm.get("accounts?$select=name", prefer=TRACK)
    crm.patch(f"accounts({keys[0]})", {"name": "Z"})
    last = crm.get(page.json["@odata.nextLink"], prefer=TRACK)

    assert [row["name"] for row in crm.get(last.json["@odata.deltaLink"]).value] == ["Z"]


def test_the_number_of_changes_can_be_asked_for(crm: Any) -> None:
    link = first_pass(crm)
    crm.create("accounts", name="A")

    token = unquote(link.partition("$deltatoken=")[2])

    assert crm.get(f"accounts/$count?$deltatoken={token}").body == b"1"


@pytest.mark.parametrize("option", ["$filter=name eq 'A'", "$orderby=name", "$top=1", "$count=true"])
def test_only_select_goes_with_change_tracking(crm: Any, option: str) -> None:
    answer = crm.get(f"accounts?{option}", prefer=TRACK)

    assert answer.status == 400
    assert "isn't supported when Change Tracking is enabled" in answer.json["error"]["message"]


def test_an_aged_token_is_refused(crm: Any) -> None:
    link = first_pass(crm)
    crm.app.clock.offset_seconds = 31 * 86400
    crm.token = crm.sign_in(
        grant_type="client_credentials", client_id=crm.app.ids.client_id, client_secret="sandbox~client~secret~1"
    )["access_token"]

    assert crm.get(link).code == "0x80044352"


def test_a_table_without_it_says_so_until_it_is_switched_on(crm: Any) -> None:
    assert crm.get("productpricelevels?$select=amount", prefer=TRACK).code == "0x80072491"

    definition = {"ChangeTrackingEnabled": True}
    assert crm.send("PUT", "EntityDefinitions(LogicalName='productpricelevel')", definition).status == 204

    assert "@odata.deltaLink" in crm.get("productpricelevels?$select=amount", prefer=TRACK).json
