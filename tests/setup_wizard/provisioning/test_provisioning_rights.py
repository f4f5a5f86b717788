"""The rights in our roles are enough for everything that is shipped, and the connection's table is theirs to use."""

import pytest

from connector.errors import ConfigurationError, PermissionMissing
from connector.models import Connection
from setup_wizard.answers import answers_from_stand_ins
from setup_wizard.provisioning.connection_row import (
    connection_row_delete,
    connection_row_read,
    connection_row_write,
    web_client_address,
)
from setup_wizard.services import setup_run
from setup_wizard.solution.names import CONNECTION
from setup_wizard.solution.roles import INTEGRATION_ROLES
from sync.services.report import run_report
from sync.services.runs import full_synch_start
from tests.driver import work_off
from tests.factories import ErpConnectionFactory
from tests.setup_wizard.provisioning.stage import Provisioner

SEEDED_ROLE = "NAV Sales Connector Integration"
"""What the stand-in's application user has from the start."""


def with_our_roles_alone(provisioner: Provisioner) -> None:
    """Do the set-up's work, then take away every role that is not of our solution."""
    parts = provisioner.run()
    assert parts["roles"].state == "done", [part.sentence for part in parts.values()]
    user = provisioner.user()["systemuserid"]
    role = provisioner.row("role", name=SEEDED_ROLE)["roleid"]
    provisioner.admin("DELETE", f"systemusers({user})/systemuserroles_association({role})/$ref")
    assert provisioner.roles(user) == {name for name, _key in INTEGRATION_ROLES}


class TestOurRolesAlone:
    def test_carry_the_set_up_and_a_full_synchronization(
        self, provisioner: Provisioner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sync.services.dispatch._send", lambda *_arguments, **_more: None)
        with_our_roles_alone(provisioner)

        result = setup_run(answers_from_stand_ins(provisioner.stand_ins.ready_file), "test")
        assert result.enabled, [check.text for check in (*result.nav, *result.sales) if not check.ok]
        run = work_off(full_synch_start(user="test"))

        assert run.status == "finished", run_report(run, "test")["errors"][:5]
        assert provisioner.stand_ins.table("crm", "productpricelevel")

    def test_do_not_reach_what_is_not_mapped(self, provisioner: Provisioner) -> None:
        from setup_wizard.solution.roles import USER_ROLE
        from sync.adapters import crm_client

        with_our_roles_alone(provisioner)
        role = next(key for name, key in INTEGRATION_ROLES if name == USER_ROLE)

        with crm_client(provisioner.sales) as crm, pytest.raises(PermissionMissing):
            crm.update("role", role, {"name": "Mine"})
        with crm_client(provisioner.sales) as crm:
            account = crm.create("account", {"name": "CRONUS"})
            with pytest.raises(PermissionMissing, match="prvDeleteAccount"):
                crm.delete("account", account.key)


@pytest.fixture
def nav(transactional_db: None) -> Connection:
    """The connection to NAV."""
    return ErpConnectionFactory(state="disabled")


class TestTheConnectionRow:
    def test_is_written_changed_and_read(self, provisioner: Provisioner, nav: Connection) -> None:
        with_our_roles_alone(provisioner)
        client, odata = "https://nav.example.com:8080/DynamicsNAV100/WebClient", "https://nav.example.com:7048/OData"

        made = connection_row_write(
            provisioner.sales, nav, web_client_url=client, odata_url=odata, odata_user="AVAILABILITY", odata_key="K1"
        )
        changed = connection_row_write(
            provisioner.sales, nav, web_client_url=client, odata_url=odata, odata_user="OTHER"
        )

        assert made.key == changed.key
        assert connection_row_read(provisioner.sales, nav) == changed
        row = provisioner.row(CONNECTION, nsc_name=nav.company)
        assert (row["nsc_dynamicsnavurl"], row["nsc_dynamicsnavodataurl"]) == (client, odata)
        # A key that is not given anew stays; without a user it goes.
        assert (row["nsc_dynamicsnavodatausername"], row["nsc_dynamicsnavodataaccesskey"]) == ("OTHER", "K1")
        connection_row_write(provisioner.sales, nav, web_client_url=client)
        assert provisioner.row(CONNECTION, nsc_name=nav.company)["nsc_dynamicsnavodataaccesskey"] is None

    def test_is_one_for_each_company(self, provisioner: Provisioner, nav: Connection) -> None:
        provisioner.run()
        other = ErpConnectionFactory(company="CRONUS België", state="disabled")

        connection_row_write(provisioner.sales, nav, web_client_url="https://nav.example.com/one")
        connection_row_write(provisioner.sales, other, web_client_url="https://nav.example.com/two")
        connection_row_delete(provisioner.sales, nav)
        connection_row_delete(provisioner.sales, nav)

        assert [row["nsc_name"] for row in provisioner.stand_ins.table("crm", CONNECTION)] == ["CRONUS België"]
        assert connection_row_read(provisioner.sales, nav) is None

    def test_has_no_table_before_the_import(self, provisioner: Provisioner, nav: Connection) -> None:
        assert connection_row_read(provisioner.sales, nav) is None
        with pytest.raises(ConfigurationError, match="solution is not imported"):
            connection_row_write(provisioner.sales, nav, web_client_url="https://nav.example.com")

    def test_takes_no_longer_address_than_the_table(self, provisioner: Provisioner, nav: Connection) -> None:
        with pytest.raises(ConfigurationError, match="longer than 250"):
            connection_row_write(provisioner.sales, nav, web_client_url="https://nav.example.com/" + "x" * 250)
        with pytest.raises(ConfigurationError) as caught:
            connection_row_write(provisioner.sales, nav, odata_user="A", odata_key="secret" * 50)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        ("flavour", "address", "expected"),
        [
            ("nav2017", "https://nav/WebClient", "https://nav/WebClient"),
            ("bc", "https://bc.example/t/p", "https://bc.example/t/p?company=CRONUS%20Nederland%20BV"),
            ("bc", "https://bc.example/?company=X", "https://bc.example/?company=X"),
            ("bc", "", ""),
        ],
    )
    def test_opens_the_company_in_business_central(
        self, nav: Connection, flavour: str, address: str, expected: str
    ) -> None:
        nav.flavour = flavour

        assert web_client_address(nav, address) == expected
