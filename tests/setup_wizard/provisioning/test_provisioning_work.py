"""The administrator's work against the stand-in: what it leaves behind, that it can be repeated, and how it fails."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from connector.dataverse.solutions import solution_import
from connector.delegated import person_client
from connector.models import AuthKind
from setup_wizard.models import PartState, SetupPart
from setup_wizard.provisioning import solution_import as importing
from setup_wizard.provisioning import work
from setup_wizard.provisioning.integration_user import NAV_ROLES, integration_user_check
from setup_wizard.provisioning.parts import part_keep, parts_open
from setup_wizard.provisioning.presence import solution_presence
from setup_wizard.provisioning.work import administrator_work_run
from setup_wizard.solution.names import SOLUTION, VERSION
from setup_wizard.solution.package import package_build
from setup_wizard.solution.roles import AVAILABILITY_ROLE, INTEGRATION_ROLES
from sync.choices import DeletionConflict
from tests.factories import MappingFactory
from tests.setup_wizard.provisioning.stage import Provisioner

POWERSHELL = "51f81489-12ee-4a9e-aaae-a2591f45987d"
"""An application that the tenant knows and the environment has no user for."""


def states(parts: dict[str, SetupPart]) -> dict[str, str]:
    """Return how each part ended."""
    return {key: str(part.state) for key, part in parts.items()}


def saved(path: Path, data: bytes) -> str:
    """Keep a package as one that was uploaded."""
    path.write_bytes(data)
    return str(path)


class TestAllOfIt:
    def test_leaves_solution_roles_flags_and_switch(self, provisioner: Provisioner) -> None:
        user = provisioner.user()
        provisioner.admin(
            "PATCH", f"systemusers({user['systemuserid']})", {"isintegrationuser": False, "accessmode": 0}
        )

        parts = provisioner.run(sales_order_integration=True)

        assert states(parts) == dict.fromkeys(
            ("solution", "integration_user", "roles", "order_integration"), PartState.DONE
        ), [part.sentence for part in parts.values()]
        solution = provisioner.row("solution", uniquename=SOLUTION)
        assert (solution["version"], solution["ismanaged"]) == (VERSION, True)
        user = provisioner.user()
        assert (user["isintegrationuser"], user["accessmode"], user["invitestatuscode"]) == (True, 4, 4)
        assert {name for name, _key in INTEGRATION_ROLES} <= provisioner.roles(user["systemuserid"])
        assert AVAILABILITY_ROLE not in provisioner.roles(user["systemuserid"])
        (organization,) = provisioner.stand_ins.table("crm", "organization")
        assert organization["issopintegrationenabled"] is True

    def test_finds_nothing_to_do_the_second_time(self, provisioner: Provisioner) -> None:
        provisioner.run(sales_order_integration=True)
        SetupPart.objects.all().delete()
        provisioner.stand_ins.reset()

        parts = provisioner.run(sales_order_integration=True)

        assert set(states(parts).values()) == {PartState.DONE}
        assert provisioner.stand_ins.written("crm") == 0
        assert "is installed" in parts["solution"].sentence

    def test_does_not_repeat_what_is_done(self, provisioner: Provisioner) -> None:
        provisioner.run()
        provisioner.stand_ins.reset()

        assert parts_open(provisioner.draft) == []
        administrator_work_run(provisioner.draft, provisioner.token())

        paths = [row["path"] for row in provisioner.stand_ins.stats("crm")["requests"]]
        assert not [path for path in paths if "/api/" in path]

    def test_does_anew_what_is_wished_otherwise(self, provisioner: Provisioner) -> None:
        provisioner.run()

        open_parts = [part.key for part in provisioner.prepare(sales_order_integration=True) if part.state == "waiting"]

        assert open_parts == ["order_integration"]

    def test_skips_what_is_not_wished(self, provisioner: Provisioner) -> None:
        parts = {part.key: part for part in provisioner.prepare(import_solution=False)}

        assert states(parts) == {
            "solution": "skipped",
            "integration_user": "waiting",
            "roles": "waiting",
            "order_integration": "skipped",
        }

    def test_leaves_the_connection_as_it_was(self, provisioner: Provisioner) -> None:
        provisioner.run(sales_order_integration=True)

        provisioner.sales.refresh_from_db()
        assert not provisioner.sales.is_enabled

    def test_is_seen_by_who_looks_without_an_administrator(self, provisioner: Provisioner) -> None:
        before = solution_presence(provisioner.sales)
        provisioner.run()

        after = solution_presence(provisioner.sales)

        assert (before.installed, before.usable) == (False, False)
        assert (after.installed, after.version, after.is_older, after.usable) == (True, VERSION, False, True)
        assert integration_user_check(provisioner.sales) == []


class TestTheIntegrationUser:
    def test_is_found_by_email(self, provisioner: Provisioner) -> None:
        who = provisioner.crm["integration"]
        token = provisioner.token()
        provisioner.sales.auth_kind, provisioner.sales.user = AuthKind.PASSWORD, who["user"]
        provisioner.sales.save()
        provisioner.prepare(integration_user=who["user"])

        parts = {part.key: part for part in administrator_work_run(provisioner.draft, token)}

        assert set(states(parts).values()) == {"done", "skipped"}
        assert provisioner.row("systemuser", internalemailaddress=who["user"])["accessmode"] == 4

    def test_is_created_where_the_application_has_none(self, provisioner: Provisioner) -> None:
        token = provisioner.token()
        provisioner.sales.client_id = POWERSHELL
        provisioner.sales.save()
        provisioner.prepare()

        parts = {part.key: part for part in administrator_work_run(provisioner.draft, token)}

        assert set(states(parts).values()) == {"done", "skipped"}, [part.sentence for part in parts.values()]
        assert "was created" in parts["integration_user"].sentence
        user = provisioner.row("systemuser", applicationid=POWERSHELL)
        assert user["isintegrationuser"] is True
        assert provisioner.roles(user["systemuserid"]) == {name for name, _key in INTEGRATION_ROLES}

    @pytest.mark.parametrize(
        ("wanted", "sentence"),
        [
            ("nobody@contoso.example", "No user in Sales has the e-mail address"),
            ("somebody", "neither an e-mail address nor an application id"),
            ("integration@contoso.example", "is not the account that the connection to Sales signs in with"),
        ],
        ids=["unknown", "no address", "another"],
    )
    def test_must_be_a_valid_one(self, provisioner: Provisioner, wanted: str, sentence: str) -> None:
        parts = provisioner.run(import_solution=False, integration_user=wanted)

        assert parts["integration_user"].state == PartState.FAILED
        assert sentence in parts["integration_user"].sentence
        assert parts["roles"].state == PartState.WAITING

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"isdisabled": True}, "is disabled"),
            ({"accessmode": 1}, "access mode"),
        ],
        ids=["disabled", "administrative"],
    )
    def test_must_be_fit(self, provisioner: Provisioner, values: dict[str, Any], sentence: str) -> None:
        provisioner.admin("PATCH", f"systemusers({provisioner.user()['systemuserid']})", values)

        parts = provisioner.run(import_solution=False)

        assert parts["integration_user"].state == PartState.FAILED
        assert sentence in parts["integration_user"].sentence and parts["integration_user"].todo

    def test_who_is_a_person_needs_a_licence(self, provisioner: Provisioner) -> None:
        who = provisioner.crm["integration"]
        token = provisioner.token()
        user = provisioner.row("systemuser", internalemailaddress=who["user"])
        provisioner.admin("PATCH", f"systemusers({user['systemuserid']})", {"islicensed": False})
        provisioner.sales.auth_kind, provisioner.sales.user = AuthKind.PASSWORD, who["user"]
        provisioner.sales.save()
        provisioner.prepare(import_solution=False)

        parts = {part.key: part for part in administrator_work_run(provisioner.draft, token)}

        assert "no licence" in parts["integration_user"].sentence

    def test_must_not_be_the_administrator(self, provisioner: Provisioner) -> None:
        token, admin = provisioner.token(), provisioner.crm["admin"]["user"]
        provisioner.sales.auth_kind, provisioner.sales.user = AuthKind.PASSWORD, admin
        provisioner.sales.save()
        provisioner.prepare(import_solution=False)

        parts = {part.key: part for part in administrator_work_run(provisioner.draft, token)}

        assert "is the administrator who is setting up" in parts["integration_user"].sentence
        assert provisioner.row("systemuser", internalemailaddress=admin)["accessmode"] == 0

    def test_must_not_have_the_administrators_role(self, provisioner: Provisioner) -> None:
        user = provisioner.user()["systemuserid"]
        role = provisioner.row("role", name="System Administrator")["roleid"]
        base = f"{provisioner.sales.address}/api/data/v9.2/roles({role})"
        provisioner.admin("POST", f"systemusers({user})/systemuserroles_association/$ref", {"@odata.id": base})

        parts = provisioner.run(import_solution=False)

        assert "System Administrator" in parts["integration_user"].sentence
        assert parts["integration_user"].state == PartState.FAILED

    def test_without_the_solution_has_no_roles_to_get(self, provisioner: Provisioner) -> None:
        parts = provisioner.run(import_solution=False)

        assert parts["roles"].state == PartState.FAILED
        assert "does not have the security role" in parts["roles"].sentence

    def test_is_told_what_it_lacks_before_the_set_up_is_finished(self, provisioner: Provisioner) -> None:
        assert integration_user_check(provisioner.sales, after_setup=False) == []
        assert [finding.code for finding in integration_user_check(provisioner.sales)] == ["roles_missing"]


class TestSalesOrders:
    def test_are_handled_by_another_user_where_one_is_named(self, provisioner: Provisioner) -> None:
        who = provisioner.crm["integration"]["user"]

        parts = provisioner.run(sales_order_integration=True, order_user=who)

        assert parts["order_integration"].state == PartState.DONE, parts["order_integration"].sentence
        user = provisioner.row("systemuser", internalemailaddress=who)
        # The account stays a person's: it is marked, not made non-interactive.
        assert (user["isintegrationuser"], user["accessmode"]) == (True, 0)
        names = provisioner.roles(user["systemuserid"])
        assert INTEGRATION_ROLES[1][0] in names and INTEGRATION_ROLES[0][0] not in names

    def test_of_a_user_that_nobody_knows_are_not_switched_on(self, provisioner: Provisioner) -> None:
        parts = provisioner.run(sales_order_integration=True, order_user="nobody@contoso.example")

        assert parts["order_integration"].state == PartState.FAILED
        (organization,) = provisioner.stand_ins.table("crm", "organization")
        assert organization["issopintegrationenabled"] is False


class TestAnImportThatFails:
    def test_says_why_and_leaves_the_rest_waiting_then_completes(self, provisioner: Provisioner) -> None:
        fault = {"id": "refuse", "verb": "POST", "path": "ImportSolutionAsync", "times": 1}
        provisioner.stand_ins.faults("crm", fault | {"do": {"reject_row": f"uniquename={SOLUTION}"}})

        parts = provisioner.run()

        assert parts["solution"].state == PartState.FAILED
        assert "plug-in of the sandbox refuses" in parts["solution"].sentence and parts["solution"].todo
        assert parts["roles"].state == PartState.WAITING
        assert not [row for row in provisioner.stand_ins.table("crm", "solution") if row["uniquename"] == SOLUTION]

        provisioner.stand_ins.faults("crm")
        again = {part.key: part for part in administrator_work_run(provisioner.draft, provisioner.token())}

        assert set(states(again).values()) == {"done", "skipped"}

    def test_for_want_of_rights_says_so(self, provisioner: Provisioner) -> None:
        fault = {
            "id": "right",
            "verb": "POST",
            "path": "ImportSolutionAsync",
            "do": {"revoke": "prvImportCustomization"},
        }
        provisioner.stand_ins.faults("crm", fault)

        parts = provisioner.run()

        assert "prvImportCustomization" in parts["solution"].sentence
        assert "System Administrator" in parts["solution"].todo

    def test_whose_answer_is_lost_is_found_by_the_next_run(self, provisioner: Provisioner) -> None:
        fault = {"id": "lost", "verb": "POST", "path": "ImportSolutionAsync", "times": 1, "do": {"done_then_cut": True}}
        provisioner.stand_ins.faults("crm", fault)
        parts = provisioner.run()
        assert parts["solution"].state == PartState.FAILED

        again = {part.key: part for part in administrator_work_run(provisioner.draft, provisioner.token())}

        assert again["solution"].state == PartState.DONE, again["solution"].sentence
        posts = [row for row in provisioner.stand_ins.stats("crm")["requests"] if "ImportSolutionAsync" in row["path"]]
        assert len(provisioner.stand_ins.table("crm", "importjob")) == 1, posts

    def test_that_an_earlier_run_began_is_followed(self, provisioner: Provisioner) -> None:
        (part, *_others) = provisioner.prepare()
        with person_client(provisioner.sales, provisioner.token().access_token) as client:
            begun = solution_import(client.wire, importing.own_package(client))
        part_keep(part, **{"import": {"job": begun.job_id, "operation": begun.operation_id}})
        provisioner.stand_ins.reset()

        parts = {part.key: part for part in administrator_work_run(provisioner.draft, provisioner.token())}

        assert parts["solution"].state == PartState.DONE, parts["solution"].sentence
        sent = [row["path"] for row in provisioner.stand_ins.stats("crm")["requests"]]
        assert not [path for path in sent if "ImportSolutionAsync" in path]

    def test_after_the_token_ran_out_asks_for_the_sign_in(self, provisioner: Provisioner) -> None:
        provisioner.prepare()
        token = provisioner.token()
        provisioner.stand_ins.clock(7200)

        parts = {part.key: part for part in administrator_work_run(provisioner.draft, token)}

        assert parts["solution"].state == PartState.FAILED
        assert "Sign in again" in parts["solution"].todo

    def test_by_somebody_who_is_no_administrator_does_nothing(self, provisioner: Provisioner) -> None:
        from setup_wizard.provisioning.sign_in import sign_in_password

        who = provisioner.crm["integration"]
        provisioner.prepare()
        provisioner.stand_ins.reset()

        token = sign_in_password(provisioner.sales, who["user"], who["password"])
        parts = {part.key: part for part in administrator_work_run(provisioner.draft, token)}

        assert "System Administrator" in parts["solution"].sentence
        assert provisioner.stand_ins.written("crm") == 0


class TestAnotherVersion:
    def test_that_is_newer_upgrades(self, provisioner: Provisioner, tmp_path: Path) -> None:
        provisioner.run()
        newer = saved(tmp_path / "newer.zip", package_build(version="1.10.0.0"))

        parts = provisioner.run(own_solution=newer)

        assert "upgraded from 1.0.0.0 to 1.10.0.0" in parts["solution"].sentence
        rows = provisioner.stand_ins.table("crm", "solution")
        assert {row["uniquename"]: row["version"] for row in rows if SOLUTION in row["uniquename"]} == {
            SOLUTION: "1.10.0.0"
        }
        assert parts["roles"].state == PartState.DONE

    def test_that_is_held_is_promoted_by_the_next_run(self, provisioner: Provisioner, tmp_path: Path) -> None:
        provisioner.run()
        newer = package_build(version="1.10.0.0")
        with person_client(provisioner.sales, provisioner.token().access_token) as client:
            work.Importer(client, lambda *_: None, lambda _: None)._follow(
                solution_import(client.wire, newer, as_upgrade=True), ""
            )

        parts = provisioner.run(own_solution=saved(tmp_path / "newer.zip", newer))

        assert parts["solution"].state == PartState.DONE, parts["solution"].sentence
        assert provisioner.row("solution", uniquename=SOLUTION)["version"] == "1.10.0.0"
        assert len(provisioner.stand_ins.table("crm", "importjob")) == 2

    def test_that_is_older_changes_nothing(self, provisioner: Provisioner, tmp_path: Path) -> None:
        provisioner.run()

        parts = provisioner.run(own_solution=saved(tmp_path / "older.zip", package_build(version="0.9.0.0")))

        assert parts["solution"].state == PartState.DONE
        assert provisioner.row("solution", uniquename=SOLUTION)["version"] == VERSION

    def test_of_another_kind_is_refused_before_it_is_sent(self, provisioner: Provisioner, tmp_path: Path) -> None:
        provisioner.run()
        other = saved(tmp_path / "other.zip", package_build(managed=False, version="2.0.0.0"))

        parts = provisioner.run(own_solution=other)

        assert "managed" in parts["solution"].sentence and parts["solution"].state == PartState.FAILED
        assert len(provisioner.stand_ins.table("crm", "importjob")) == 1

    def test_that_runs_already_is_waited_for(self, provisioner: Provisioner, monkeypatch: pytest.MonkeyPatch) -> None:
        said: list[str] = []
        monkeypatch.setattr(
            "setup_wizard.provisioning.work.part_progress", lambda _part, _percent, sentence: said.append(sentence)
        )
        with person_client(provisioner.sales, provisioner.token().access_token) as client:
            solution_import(client.wire, nav_package())

        parts = provisioner.run()

        assert parts["solution"].state == PartState.DONE, parts["solution"].sentence
        assert any("waits for it" in sentence for sentence in said)


class TestAFileThatIsNone:
    @pytest.mark.parametrize("data", [b"no zip", b""])
    def test_is_said(self, provisioner: Provisioner, tmp_path: Path, data: bytes) -> None:
        parts = provisioner.run(own_solution=saved(tmp_path / "x.zip", data))

        assert "no Dynamics 365 solution package" in parts["solution"].sentence

    def test_that_is_gone_is_said(self, provisioner: Provisioner, tmp_path: Path) -> None:
        parts = provisioner.run(own_solution=str(tmp_path / "gone.zip"))

        assert "Choose the file again" in parts["solution"].sentence


def nav_package() -> bytes:
    """Return a package that brings what NAV's own solution brings: its tables and roles, under its name."""
    stream = io.BytesIO()
    own = zipfile.ZipFile(io.BytesIO(package_build()))
    with zipfile.ZipFile(stream, "w") as archive:
        for name in own.namelist():
            text = (
                own.read(name)
                .decode()
                .replace("nsc_", "nav_")
                .replace("NavSalesConnector", "MicrosoftDynamicsNavIntegration")
            )
            text = text.replace(">nsc<", ">nav<").replace(">navsalesconnector<", ">microsoftdynamicsnav<")
            for (own_name, own_id), (nav_name, nav_id) in zip(INTEGRATION_ROLES, NAV_ROLES, strict=True):
                text = text.replace(own_id, nav_id).replace(own_name, nav_name)
            archive.writestr(name, text)
    return stream.getvalue()


class TestNavsOwnSolution:
    def test_is_imported_from_a_file_and_its_roles_are_given(self, provisioner: Provisioner, tmp_path: Path) -> None:
        parts = provisioner.run(own_solution=saved(tmp_path / "nav.zip", nav_package()))

        assert set(states(parts).values()) == {"done", "skipped"}, [part.sentence for part in parts.values()]
        assert {name for name, _key in NAV_ROLES} <= provisioner.roles(provisioner.user()["systemuserid"])

    def test_is_detected(self, provisioner: Provisioner, tmp_path: Path) -> None:
        provisioner.run(own_solution=saved(tmp_path / "nav.zip", nav_package()))

        presence = solution_presence(provisioner.sales)

        assert (presence.installed, presence.legacy, presence.legacy_version) == (False, True, VERSION)
        assert presence.usable


class TestRights:
    def test_to_delete_follow_the_deletion_policies(self, provisioner: Provisioner) -> None:
        MappingFactory(name="CONTACT", crm_table="contact", deletion_conflict=DeletionConflict.DELETE)
        MappingFactory(name="CUSTOMER", crm_table="account", deletion_conflict=DeletionConflict.ASK)

        with person_client(provisioner.sales, provisioner.token().access_token) as client:
            package = importing.own_package(client)

        text = zipfile.ZipFile(io.BytesIO(package)).read("customizations.xml").decode()
        assert "prvDeleteContact" in text and "prvDeleteAccount" not in text
