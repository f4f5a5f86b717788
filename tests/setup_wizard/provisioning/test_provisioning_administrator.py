"""Who signed in: may this account arrange everything, and if not, what does it lack?"""

import pytest

from connector.errors import AuthenticationError
from setup_wizard.provisioning.administrator import administrator_verify, holds_role
from setup_wizard.provisioning.sign_in import AdministratorToken, sign_in_password
from tests.setup_wizard.provisioning.stage import Provisioner


def take_role(provisioner: Provisioner, user: str, *names: str) -> None:
    """Take roles away from a user."""
    for role in provisioner.stand_ins.table("crm", "role"):
        if role["name"] in names:
            provisioner.admin("DELETE", f"systemusers({user})/systemuserroles_association({role['roleid']})/$ref")


class TestAnAdministrator:
    def test_is_found_fit(self, provisioner: Provisioner) -> None:
        finding = administrator_verify(provisioner.sales, provisioner.token())

        assert finding.ok
        assert (finding.name, finding.missing_required, finding.missing_recommended) == ("Ada Admin", [], [])
        assert finding.user_id == provisioner.row("systemuser", fullname="Ada Admin")["systemuserid"]

    def test_without_system_customizer_is_warned(self, provisioner: Provisioner) -> None:
        take_role(provisioner, provisioner.row("systemuser", fullname="Ada Admin")["systemuserid"], "System Customizer")

        finding = administrator_verify(provisioner.sales, provisioner.token())

        assert finding.ok
        assert finding.missing_recommended == ["System Customizer"]
        assert "System Customizer" in finding.warning


class TestAnybodyElse:
    def integration(self, provisioner: Provisioner) -> AdministratorToken:
        """Sign in as the integration user."""
        who = provisioner.crm["integration"]
        return sign_in_password(provisioner.sales, who["user"], who["password"])

    def test_lacks_system_administrator_by_name(self, provisioner: Provisioner) -> None:
        finding = administrator_verify(provisioner.sales, self.integration(provisioner))

        assert not finding.ok
        assert finding.missing_required == ["System Administrator"]
        assert "System Administrator" in finding.problem and finding.todo

    def test_who_is_disabled_is_told_so(self, provisioner: Provisioner) -> None:
        token = self.integration(provisioner)
        user = provisioner.row("systemuser", internalemailaddress=provisioner.crm["integration"]["user"])
        provisioner.admin("PATCH", f"systemusers({user['systemuserid']})", {"isdisabled": True})

        finding = administrator_verify(provisioner.sales, token)

        assert finding.is_disabled and "disabled" in finding.problem

    def test_without_any_role_is_told_so(self, provisioner: Provisioner) -> None:
        token = self.integration(provisioner)
        user = provisioner.row("systemuser", internalemailaddress=provisioner.crm["integration"]["user"])
        names = [role["name"] for role in provisioner.stand_ins.table("crm", "role")]
        take_role(provisioner, user["systemuserid"], *names)

        finding = administrator_verify(provisioner.sales, token)

        assert not finding.ok and "no security role" in finding.problem

    def test_with_an_expired_token_must_sign_in_again(self, provisioner: Provisioner) -> None:
        token = provisioner.token()
        provisioner.stand_ins.clock(7200)

        with pytest.raises(AuthenticationError):
            administrator_verify(provisioner.sales, token)


class TestBuiltInRoles:
    def test_are_told_by_template_whatever_they_are_called(self) -> None:
        from connector.dataverse.people import Role

        dutch = Role("1", "Systeembeheerder", "u", "1", "627090ff-40a3-4053-8790-584edc5be201")
        other = Role("2", "System Administrator", "u", "2", "00000000-0000-4000-8000-000000000000")
        asked = ("System Administrator", "627090ff-40a3-4053-8790-584edc5be201")

        assert holds_role([dutch], asked)
        assert not holds_role([other], asked)
