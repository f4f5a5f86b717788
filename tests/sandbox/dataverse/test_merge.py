"""Merging accounts and contacts."""

from __future__ import annotations

from typing import Any

import pytest

NOBODY = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def admin(sign_in_as: Any) -> Any:
    return sign_in_as("admin")


def entity(table: str, key: str, **values: Any) -> dict[str, Any]:
    return {"@odata.type": f"Microsoft.Dynamics.CRM.{table}", f"{table}id": key, **values}


def merge(client: Any, target: str, subordinate: str, table: str = "account", **more: Any) -> Any:
    body = {"Target": entity(table, target), "Subordinate": entity(table, subordinate), "PerformParentingChecks": False}
    return client.post("Merge", {**body, **more})


def code(answer: Any) -> str:
    return "" if answer.status == 204 else f"{answer.status} {answer.code}"


@pytest.fixture
def pair(admin: Any) -> tuple[str, str]:
    """The account that stays and the one that goes."""
    return admin.create("accounts", name="Stays", accountnumber="10"), admin.create("accounts", name="Goes", sic="7")


def test_the_subordinate_is_deactivated_and_names_its_master(admin: Any, pair: tuple[str, str]) -> None:
    answer = merge(admin, *pair)
    stays, goes = (admin.get(f"accounts({key})").json for key in pair)

    assert (answer.status, answer.body) == (204, b"")
    assert (goes["merged"], goes["_masterid_value"], goes["statecode"], goes["statuscode"]) == (True, pair[0], 1, 2)
    assert (stays["merged"], stays["_masterid_value"], stays["statecode"]) == (False, None, 0)


def test_the_content_to_update_goes_into_the_target_and_empty_values_leave_it(
    admin: Any, pair: tuple[str, str]
) -> None:
    content = {"@odata.type": "Microsoft.Dynamics.CRM.account", "sic": "7", "accountnumber": None}
    merge(admin, *pair, UpdateContent=content)
    stays = admin.get(f"accounts({pair[0]})").json

    assert (stays["name"], stays["sic"], stays["accountnumber"]) == ("Stays", "7", "10")


def test_without_content_the_target_keeps_its_values(admin: Any, pair: tuple[str, str]) -> None:
    merge(admin, *pair)

    assert admin.get(f"accounts({pair[0]})").json["sic"] is None


def test_what_hung_on_the_subordinate_hangs_on_the_target(admin: Any, pair: tuple[str, str]) -> None:
    stays, goes = pair
    contact = admin.create("contacts", lastname="B", parentcustomerid_account__bind=f"/accounts({goes})")
    child = admin.create("accounts", name="Child", parentaccountid__bind=f"/accounts({goes})")
    note = admin.create("annotations", subject="N", objectid_account__bind=f"/accounts({goes})")
    bind = {"customerid_account__bind": f"/accounts({goes})"}
    documents = {name: admin.create(name, name="D", **bind) for name in ("quotes", "salesorders", "invoices")}
    before = admin.get(f"contacts({contact})").json["versionnumber"]
    merge(admin, *pair)
    moved = admin.get(f"contacts({contact})").json

    assert (moved["_parentcustomerid_value"], moved["_accountid_value"]) == (stays, stays)
    assert moved["versionnumber"] > before
    assert admin.get(f"accounts({child})").json["_parentaccountid_value"] == stays
    assert admin.get(f"annotations({note})").json["_objectid_value"] == stays
    for name, key in documents.items():
        row = admin.get(f"{name}({key})").json
        assert (row["_customerid_value"], row["_accountid_value"]) == (stays, stays)


def test_contacts_are_merged_with_their_orders(admin: Any) -> None:
    stays, goes = (admin.create("contacts", lastname=name) for name in ("Stays", "Goes"))
    order = admin.create("salesorders", name="O", customerid_contact__bind=f"/contacts({goes})")
    reference = {"@odata.id": f"https://127.0.0.1:8443/api/data/v9.2/salesorders({order})"}
    assert admin.post(f"contacts({goes})/contactorders_association/$ref", reference).status == 204

    assert merge(admin, stays, goes, "contact").status == 204
    assert [row["salesorderid"] for row in admin.get(f"contacts({stays})/contactorders_association").value] == [order]
    assert admin.get(f"contacts({goes})/contactorders_association").value == []
    assert admin.get(f"salesorders({order})").json["_contactid_value"] == stays


def test_the_merge_shows_in_a_delta(admin: Any, pair: tuple[str, str]) -> None:
    query = "accounts?$select=name,merged,_masterid_value"
    link = admin.get(query, prefer="odata.track-changes").json["@odata.deltaLink"]
    merge(admin, *pair)
    changed = {row["accountid"]: row["merged"] for row in admin.get(link).value}

    assert changed == {pair[0]: False, pair[1]: True}


def test_what_cannot_be_merged_is_refused(admin: Any, pair: tuple[str, str]) -> None:
    """The same row, an inactive one, one with an active quote, a parent into its child."""
    stays, goes = pair
    inactive = admin.create("accounts", name="I")
    admin.patch(f"accounts({inactive})", {"statecode": 1, "statuscode": 2})
    quoted = admin.create("accounts", name="Q")
    quote = admin.create("quotes", name="Q", customerid_account__bind=f"/accounts({quoted})")
    admin.patch(f"quotes({quote})", {"statecode": 1, "statuscode": 2})
    child = admin.create("accounts", name="C", parentaccountid__bind=f"/accounts({stays})")

    assert code(merge(admin, stays, stays)) == "400 0x80045305"
    assert code(merge(admin, stays, inactive)) == "400 0x80045304"
    assert code(merge(admin, inactive, stays)) == "400 0x80045304"
    assert code(merge(admin, stays, quoted)) == "400 0x80045302"
    assert code(merge(admin, child, stays)) == "400 0x80045300"
    assert code(merge(admin, stays, NOBODY)) == "404 0x80040217"
    assert admin.get(f"accounts({goes})").json["merged"] is False


def test_the_parents_are_compared_if_asked(admin: Any, pair: tuple[str, str]) -> None:
    first, second = (admin.create("accounts", name=name) for name in ("P1", "P2"))
    stays, goes = pair
    admin.patch(f"accounts({goes})", {"parentaccountid@odata.bind": f"/accounts({first})"})

    assert code(merge(admin, stays, goes, PerformParentingChecks=True)) == "400 0x80045317"
    admin.patch(f"accounts({stays})", {"parentaccountid@odata.bind": f"/accounts({second})"})
    assert code(merge(admin, stays, goes, PerformParentingChecks=True)) == "400 0x80045316"
    assert merge(admin, stays, goes).status == 204


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"Target": None}, "400 0x80040203"),
        ({"Target": {"accountid": NOBODY}}, "400 0x80048d19"),
        ({"PerformParentingChecks": None}, "400 0x80040203"),
        ({"Target": entity("product", NOBODY)}, "404 0x80040217"),
        ({"UpdateContent": {"@odata.type": "Microsoft.Dynamics.CRM.account", "nope": 1}}, "400 0x80048d19"),
    ],
    ids=range(5),
)
def test_a_wrong_call_changes_nothing(admin: Any, pair: tuple[str, str], change: dict[str, Any], refusal: str) -> None:
    assert code(merge(admin, *pair, **change)) == refusal
    assert admin.get(f"accounts({pair[1]})").json["merged"] is False


def test_only_accounts_and_contacts_and_only_two_of_a_kind_are_merged(admin: Any, pair: tuple[str, str]) -> None:
    lists = [admin.create("pricelevels", name=name) for name in "AB"]
    contact = admin.create("contacts", lastname="C")

    assert code(merge(admin, lists[0], lists[1], "pricelevel")) == "400 0x80040800"
    assert code(merge(admin, *pair, Subordinate=entity("contact", contact))) == "400 0x80040203"


def test_a_caller_without_the_privilege_does_not_merge(crm: Any, admin: Any, pair: tuple[str, str]) -> None:
    answer = merge(crm, *pair)

    assert code(answer) == "403 0x80040220"
    assert "prvMerge" in answer.json["error"]["message"]
