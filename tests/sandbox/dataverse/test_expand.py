"""`$expand` with its inner options and limits, and reading along navigation properties."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def group(crm: Any) -> tuple[Any, str]:
    """An account with three contacts, the first of them its primary one, and a child account."""
    account = crm.create("accounts", name="Parent")
    people = [
        crm.create("contacts", lastname=name, parentcustomerid_account__bind=f"/accounts({account})")
        for name in ("Adam", "Bram", "Cor")
    ]
    crm.patch(f"accounts({account})", {"primarycontactid@odata.bind": f"/contacts({people[0]})"})
    crm.create("accounts", name="Child", parentaccountid__bind=f"/accounts({account})")
    return crm, account


def test_a_collection_takes_all_inner_options(group: tuple[Any, str]) -> None:
    crm, account = group
    inner = "$select=lastname;$filter=startswith(lastname,'B') or lastname eq 'Cor;';$orderby=lastname desc;$top=1"

    row = crm.get(f"accounts({account})?$select=name&$expand=contact_customer_accounts({inner})").json

    assert [each["lastname"] for each in row["contact_customer_accounts"]] == ["Bram"]
    rest = crm.get(row["contact_customer_accounts@odata.nextLink"])
    assert [each["lastname"] for each in rest.value] == ["Bram"]


def test_expansions_nest(group: tuple[Any, str]) -> None:
    crm, account = group
    people = "contact_customer_accounts($select=lastname;$orderby=lastname;$top=2)"
    inner = f"$select=name;$expand={people},primarycontactid($select=lastname)"

    row = crm.get(f"accounts?$filter=name eq 'Child'&$select=name&$expand=parentaccountid({inner})").value[0]

    parent = row["parentaccountid"]
    assert [each["lastname"] for each in parent["contact_customer_accounts"]] == ["Adam", "Bram"]
    assert parent["primarycontactid"]["lastname"] == "Adam"
    assert "contact_customer_accounts@odata.nextLink" not in parent


def test_the_owner_is_a_principal(group: tuple[Any, str]) -> None:
    crm, account = group

    row = crm.get(f"accounts({account})?$select=name&$expand=ownerid($select=ownerid)").json
    full = crm.get(f"accounts({account})?$select=name&$expand=ownerid").json

    assert row["ownerid"]["@odata.type"] == "#Microsoft.Dynamics.CRM.systemuser"
    assert row["ownerid"]["ownerid"] == full["ownerid"]["systemuserid"]
    assert "fullname" not in row["ownerid"]
    assert crm.get(f"accounts({account})?$expand=ownerid($select=fullname)").status == 400


def test_addresses_alone(group: tuple[Any, str]) -> None:
    crm, account = group

    row = crm.get(f"accounts({account})?$select=name&$expand=primarycontactid/$ref").json

    assert row["primarycontactid"].keys() == {"@odata.id"}
    assert crm.get(row["primarycontactid"]["@odata.id"]).json["lastname"] == "Adam"


@pytest.mark.parametrize(
    ("expand", "status"),
    [
        ("contact_customer_accounts/$ref", 400),
        ("contact_customer_accounts($skip=1)", 400),
        ("contact_customer_accounts($count=true)", 400),
        ("contact_customer_accounts($select=nope)", 400),
        ("contact_customer_accounts($select=lastname", 400),
        ("Primarycontactid", 400),
        (",".join(f"primarycontactid($select=lastname{',fullname' * n})" for n in range(16)), 200),
        ("primarycontactid($filter=lastname eq 'a')", 501),
        ("primarycontactid/parentcustomerid_account", 501),
    ],
)
def test_limits(group: tuple[Any, str], expand: str, status: int) -> None:
    crm, account = group

    assert crm.get(f"accounts({account})?$expand={expand}").status == status


def test_sixteen_expansions_are_one_too_many(group: tuple[Any, str]) -> None:
    crm, account = group
    names = [f"account_account_{column}" for column in ("masterid",)] + [
        "primarycontactid", "parentaccountid", "masterid", "preferredsystemuserid", "defaultpricelevelid",
        "transactioncurrencyid", "owninguser", "owningteam", "owningbusinessunit", "createdby", "modifiedby",
        "createdonbehalfby", "modifiedonbehalfby", "contact_customer_accounts",
    ]  # fmt: skip

    assert len(names) == 15
    assert crm.get(f"accounts({account})?$select=name&$expand={','.join(names)}").status == 200
    assert crm.get(f"accounts({account})?$select=name&$expand={','.join([*names, 'ownerid'])}").status == 400


def test_many_to_many_does_not_nest(crm: Any) -> None:
    nested = "systemuserroles_association($select=fullname;$expand=businessunitid($select=name))"

    assert crm.get("roles?$expand=systemuserroles_association($select=fullname)").status == 200
    assert crm.get(f"roles?$expand={nested}").status == 400
    assert crm.get("accounts?$expand=owninguser($expand=systemuserroles_association)").status == 400


def test_collections_are_read_like_lists(group: tuple[Any, str]) -> None:
    crm, account = group
    path = f"accounts({account})/contact_customer_accounts"

    pages = crm.pages(f"{path}?$select=lastname&$orderby=lastname desc", prefer="odata.maxpagesize=2")

    assert [[row["lastname"] for row in page.value] for page in pages] == [["Cor", "Bram"], ["Adam"]]
    assert crm.get(f"{path}/$count?$filter=lastname gt 'B'").body == b"2"
    assert crm.get(f"{path}?$count=true&$top=1").json["@odata.count"] == 3
    assert crm.get(f"accounts({account})/primarycontactid?$select=lastname").json["lastname"] == "Adam"
    assert crm.get(f"accounts({account})/name/$value").body == b"Parent"
    assert crm.get(f"accounts({account})/preferredsystemuserid").status == 204
