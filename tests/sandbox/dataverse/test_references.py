"""`$ref`: related rows by address."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def pair(crm: Any) -> tuple[Any, str, str]:
    """An account and a contact that know nothing of each other."""
    return crm, crm.create("accounts", name="A"), crm.create("contacts", lastname="B")


def address(crm: Any, path: str) -> dict[str, str]:
    return {"@odata.id": f"https://127.0.0.1:8443/api/data/v9.2/{path}"}


def test_a_single_valued_property(pair: tuple[Any, str, str]) -> None:
    crm, account, contact = pair
    path = f"accounts({account})/primarycontactid/$ref"

    assert crm.get(path).status == 204
    assert crm.send("PUT", path, address(crm, f"contacts({contact})")).status == 204
    assert crm.get(path).json == {
        "@odata.context": "https://127.0.0.1:8443/api/data/v9.2/$metadata#$ref",
        **address(crm, f"contacts({contact})"),
    }
    assert crm.delete(path).status == 204
    assert crm.get(f"accounts({account})").json["_primarycontactid_value"] is None
    assert crm.post(path, address(crm, f"contacts({contact})")).status == 405


@pytest.mark.parametrize("form", ["({0})/$ref", "/$ref?$id=https://127.0.0.1:8443/api/data/v9.2/contacts({0})"])
def test_a_collection_filled_by_a_lookup(pair: tuple[Any, str, str], form: str) -> None:
    crm, account, contact = pair
    path = f"accounts({account})/contact_customer_accounts"

    assert crm.post(f"{path}/$ref", address(crm, f"contacts({contact})")).status == 204
    assert crm.get(f"{path}/$ref").value == [address(crm, f"contacts({contact})")]
    assert crm.get(f"contacts({contact})").json["_parentcustomerid_value"] == account
    assert crm.delete(path + form.format(contact)).status == 204
    assert crm.get(f"{path}/$ref").value == []
    assert crm.delete(path + form.format(contact)).status == 404
    assert crm.delete(f"{path}/$ref").status == 400
    assert crm.send("PUT", f"{path}/$ref", address(crm, f"contacts({contact})")).status == 405


def test_a_many_to_many_relationship_from_both_sides(crm: Any, price_list: str) -> None:
    contact = crm.create("contacts", lastname="B")
    order = crm.create(
        "salesorders",
        name="O",
        customerid_contact__bind=f"/contacts({contact})",
        pricelevelid__bind=f"/pricelevels({price_list})",
    )
    path = f"contacts({contact})/contactorders_association"

    assert crm.post(f"{path}/$ref", address(crm, f"salesorders({order})")).status == 204
    assert [row["name"] for row in crm.get(path).value] == ["O"]
    assert crm.get(f"salesorders({order})/contactorders_association/$ref").value == [
        address(crm, f"contacts({contact})")
    ]
    assert crm.delete(f"salesorders({order})/contactorders_association({contact})/$ref").status == 204
    assert crm.get(path).value == []


def test_what_is_not_there_is_refused(pair: tuple[Any, str, str]) -> None:
    crm, account, _contact = pair
    nobody = address(crm, "contacts(00000000-0000-0000-0000-000000000001)")

    assert crm.post(f"accounts({account})/contact_customer_accounts/$ref", nobody).code == "0x80040217"
    assert crm.post(f"accounts({account})/nothing/$ref", nobody).status in (400, 404)
    assert crm.post(f"accounts({account})/contact_customer_accounts/$ref", {}).status == 400


def test_a_change_set_that_fails_leaves_no_relation(crm: Any, price_list: str) -> None:
    contact = crm.create("contacts", lastname="B")
    order = crm.create(
        "salesorders",
        name="O",
        customerid_contact__bind=f"/contacts({contact})",
        pricelevelid__bind=f"/pricelevels({price_list})",
    )
    parts = [
        ("POST", f"contacts({contact})/contactorders_association/$ref", address(crm, f"salesorders({order})")),
        ("POST", "accounts", {"name": "x" * 161}),
    ]

    assert crm.batch([parts]).status == 400
    assert crm.get(f"contacts({contact})/contactorders_association").value == []
