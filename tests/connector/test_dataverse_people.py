"""Users, roles by business unit, flags and the organization's switch."""

import pytest

from connector.dataverse import people
from connector.dataverse.client import DataverseClient
from connector.errors import PermissionMissing
from tests.fakes.adapter import FakeAdapter, Reply, error_reply, json_reply

USER, ROLE, ROOT, UNIT, APPLICATION = (f"{number}0000000-0000-4000-8000-000000000000" for number in range(1, 6))
ROW = {
    "systemuserid": USER.upper(),
    "fullname": "Ada",
    "internalemailaddress": "ada@contoso.example",
    "applicationid": None,
    "isdisabled": False,
    "islicensed": True,
    "accessmode": 0,
    "isintegrationuser": False,
    "invitestatuscode": 4,
    "_businessunitid_value": UNIT,
}


class TestFinding:
    def test_by_email_asks_with_the_text_quoted(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply({"value": [ROW]})]

        (user,) = people.users_by_email(sales.wire, "o'hara@contoso.example")

        assert "internalemailaddress eq 'o''hara@contoso.example'" in adapter.sent[0].query
        assert (user.key, user.name, user.is_application, user.business_unit) == (USER, "Ada", False, UNIT)

    def test_by_application_asks_with_the_bare_id(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply({"value": [ROW | {"applicationid": APPLICATION.upper(), "accessmode": 4}]})]

        (user,) = people.users_by_application(sales.wire, APPLICATION)

        assert f"applicationid eq {APPLICATION}" in adapter.sent[0].query
        assert (user.is_application, user.application_id, user.access_mode) == (True, APPLICATION, 4)


class TestCreating:
    def test_binds_the_business_unit_and_is_sent_once(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply(ROW | {"applicationid": APPLICATION}, 201)]

        people.application_user_create(sales.wire, APPLICATION, UNIT)

        assert adapter.sent[0].json() == {
            "applicationid": APPLICATION,
            "businessunitid@odata.bind": f"/businessunits({UNIT})",
        }

    def test_without_the_right_says_so(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(403, "0x80040220", "missing prvCreateUser")]

        with pytest.raises(PermissionMissing):
            people.application_user_create(sales.wire, APPLICATION, UNIT)

    def test_finds_the_root_business_unit(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply({"value": [{"businessunitid": UNIT.upper()}]}), json_reply({"value": []})]

        assert people.root_business_unit(sales.wire) == UNIT
        with pytest.raises(PermissionMissing):
            people.root_business_unit(sales.wire)


class TestRoles:
    def test_are_those_of_the_users_own_business_unit(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        copy = {"roleid": ROLE, "name": "X", "_businessunitid_value": UNIT, "_parentrootroleid_value": ROOT.upper()}
        adapter.queue = [json_reply({"value": [copy]})]

        found = people.roles_in_unit(sales.wire, UNIT, [ROOT])

        assert f"_businessunitid_value eq {UNIT}" in adapter.sent[0].query
        assert f"_parentrootroleid_value eq {ROOT}" in adapter.sent[0].query
        assert found[ROOT].key == ROLE

    def test_of_teams_are_read_team_by_team(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [
            json_reply({"value": [{"teamid": "t1"}, {"teamid": "t2"}]}),
            json_reply({"value": [{"roleid": ROLE, "name": "X"}]}),
            json_reply({"value": []}),
        ]

        assert [role.key for role in people.roles_of_teams(sales.wire, USER)] == [ROLE]

    def test_are_given_by_reference(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(204)]

        people.role_give(sales.wire, USER, ROLE)

        assert adapter.sent[0].path.endswith(f"systemusers({USER})/systemuserroles_association/$ref")
        assert adapter.sent[0].json() == {"@odata.id": f"{sales.wire.base}roles({ROLE})"}


class TestSwitches:
    def test_of_a_user_never_make_one(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(204)]

        people.user_change(sales.wire, USER, {"isintegrationuser": True})

        assert (adapter.sent[0].method, adapter.sent[0].headers["If-Match"]) == ("PATCH", "*")

    def test_of_the_organization_are_read_and_set(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [
            json_reply({"value": [{"organizationid": UNIT.upper(), "issopintegrationenabled": None}]}),
            Reply(204),
        ]

        organization, is_on = people.order_integration(sales.wire)
        people.order_integration_set(sales.wire, organization, is_on=True)

        assert (organization, is_on) == (UNIT, False)
        assert adapter.sent[1].json() == {"issopintegrationenabled": True}
