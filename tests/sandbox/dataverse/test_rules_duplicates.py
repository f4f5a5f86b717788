"""Duplicate detection."""

from __future__ import annotations

from typing import Any

import pytest

CHECK = {"mscrm.suppressduplicatedetection": "false"}


@pytest.fixture
def admin(sign_in_as: Any) -> Any:
    return sign_in_as("admin")


def code(answer: Any) -> str:
    return "" if answer.status in (200, 204) else f"{answer.status} {answer.code}"


def test_a_duplicate_is_refused_only_if_the_caller_asks(crm: Any) -> None:
    crm.create("accounts", name="Adatum")
    asked = crm.post("accounts", {"name": "ADATUM"}, **CHECK)
    suppressed = crm.post("accounts", {"name": "Adatum"}, **{"mscrm.suppressduplicatedetection": "true"})

    assert code(asked) == "412 0x80040333"
    assert asked.json["error"]["message"].startswith("A record was not created or updated because a duplicate")
    assert suppressed.status == 204
    assert crm.post("accounts", {"name": "Adatum"}).status == 204


def test_an_update_is_checked_too_but_not_against_the_row_itself(crm: Any) -> None:
    crm.create("accounts", name="Adatum")
    other = crm.create("accounts", name="Litware")

    assert code(crm.patch(f"accounts({other})", {"name": "Adatum"}, **CHECK)) == "412 0x80040333"
    assert crm.patch(f"accounts({other})", {"name": "Litware"}, **CHECK).status == 204


def test_empty_values_are_no_duplicates(crm: Any) -> None:
    crm.create("contacts", lastname="A")

    assert crm.post("contacts", {"lastname": "B"}, **CHECK).status == 204


def test_all_conditions_of_a_rule_must_meet(crm: Any) -> None:
    crm.create("contacts", lastname="A", firstname="B")

    assert crm.post("contacts", {"lastname": "A", "firstname": "C"}, **CHECK).status == 204
    assert code(crm.post("contacts", {"lastname": "A", "firstname": "B"}, **CHECK)) == "412 0x80040333"


def test_the_organisation_can_switch_it_off(crm: Any, admin: Any) -> None:
    organization = admin.get("organizations").value[0]["organizationid"]
    admin.patch(f"organizations({organization})", {"isduplicatedetectionenabled": False})
    crm.create("accounts", name="Adatum")

    assert crm.post("accounts", {"name": "Adatum"}, **CHECK).status == 204


class TestRules:
    def rule(self, admin: Any, **values: Any) -> str:
        tables = {"baseentityname": "account", "matchingentityname": "account"}
        return str(admin.create("duplicaterules", name="R", **tables, **values))

    def condition(self, rule: str, column: str = "sic", **values: Any) -> dict[str, Any]:
        return {
            "regardingobjectid@odata.bind": f"/duplicaterules({rule})",
            "baseattributename": column,
            "matchingattributename": column,
            **values,
        }

    def publish(self, admin: Any, rule: str) -> Any:
        return admin.post(f"duplicaterules({rule})/Microsoft.Dynamics.CRM.PublishDuplicateRule", {})

    def test_a_rule_works_from_publishing_to_unpublishing(self, admin: Any) -> None:
        admin.create("accounts", name="A", sic="7")
        rule = self.rule(admin)
        empty = self.publish(admin, rule)
        assert admin.post("duplicateruleconditions", self.condition(rule)).status == 204
        before = admin.post("accounts", {"name": "B", "sic": "7"}, **CHECK)
        job = self.publish(admin, rule).json["JobId"]
        published = admin.post("accounts", {"name": "C", "sic": "7"}, **CHECK)
        states = admin.get(f"duplicaterules({rule})").json
        unpublished = admin.post("UnpublishDuplicateRule", {"DuplicateRuleId": rule})
        after = admin.post("accounts", {"name": "D", "sic": "7"}, **CHECK)

        assert code(empty) == "400 0x80040203"
        assert (before.status, code(published), unpublished.status, after.status) == (204, "412 0x80040333", 204, 204)
        assert (states["statecode"], states["statuscode"]) == (1, 2)
        assert admin.get(f"asyncoperations({job})").json["statuscode"] == 30

    @pytest.mark.parametrize(
        ("condition", "settings", "held", "given", "duplicate"),
        [
            ({"operatorcode": 1, "operatorparam": 3}, {}, "ABCD", "abcX", True),
            ({"operatorcode": 1, "operatorparam": 4}, {}, "ABCD", "abcX", False),
            ({"operatorcode": 2, "operatorparam": 2}, {}, "ABCD", "xxcd", True),
            ({}, {"iscasesensitive": True}, "ABCD", "abcd", False),
            ({}, {"iscasesensitive": True}, "ABCD", "ABCD", True),
        ],
        ids=range(5),
    )
    def test_a_condition_compares_as_it_says(
        self, admin: Any, condition: dict[str, Any], settings: dict[str, Any], held: str, given: str, duplicate: bool
    ) -> None:
        admin.create("accounts", name="A", sic=held)
        rule = self.rule(admin, **settings)
        admin.post("duplicateruleconditions", self.condition(rule, **condition))
        self.publish(admin, rule)

        assert (admin.post("accounts", {"name": "B", "sic": given}, **CHECK).status == 412) is duplicate

    def test_inactive_rows_can_be_left_out(self, admin: Any) -> None:
        old = admin.create("accounts", name="A", sic="7")
        admin.patch(f"accounts({old})", {"statecode": 1, "statuscode": 2})
        rule = self.rule(admin, excludeinactiverecords=True)
        admin.post("duplicateruleconditions", self.condition(rule))
        self.publish(admin, rule)

        assert admin.post("accounts", {"name": "B", "sic": "7"}, **CHECK).status == 204

    def test_a_published_rule_is_not_changed_but_can_be_deleted(self, admin: Any) -> None:
        rule = self.rule(admin)
        condition = admin.post("duplicateruleconditions", self.condition(rule)).id
        self.publish(admin, rule)

        assert code(admin.patch(f"duplicaterules({rule})", {"name": "X"})) == "400 0x80048428"
        assert code(admin.post("duplicateruleconditions", self.condition(rule, "name"))) == "400 0x80048428"
        assert code(admin.delete(f"duplicateruleconditions({condition})")) == "400 0x80048428"
        assert admin.delete(f"duplicaterules({rule})").status == 204
        assert admin.get(f"duplicateruleconditions({condition})").status == 404

    def test_a_rule_is_about_tables_and_columns_that_exist(self, admin: Any) -> None:
        rule = self.rule(admin)
        body = {"name": "R", "baseentityname": "nope", "matchingentityname": "account"}

        assert code(admin.post("duplicaterules", body)) == "400 0x80041102"
        assert code(admin.post("duplicateruleconditions", self.condition(rule, "nope"))) == "400 0x80041103"
        assert code(admin.post("duplicateruleconditions", self.condition(rule, operatorcode=1))) == "400 0x80040203"
