"""`setup_connection --file`: all of the wizard without a browser; `check_connection`: the proof's checks that write nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.errors import ConfigurationError
from connector.models import Connection
from setup_wizard.answers import answers_from_file
from setup_wizard.models import SetupDraft
from setup_wizard.solution.names import CONNECTION
from sync.models import AuditEvent, IntegrationTableMapping
from tests.setup_wizard.conftest import Bench, Said

pytestmark = pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")
SECRETS = ("NAV_KEY", "SALES_SECRET", "ADMIN_PASSWORD")
WHOLE = {
    "administrator": {"user": "", "password": "env:ADMIN_PASSWORD"},
    "orders": {"integration": True},
    "web_client": {"url": "https://nav.example.com/NAV/WebClient/"},
    "item_availability": {"user": "AVAILABILITY", "key": "env:NAV_KEY"},
    "schedule": {"status": "ready", "interval_minutes": 10},
    "policies": {"update_conflict": "erp"},
    "mappings": {"CUSTOMER": {"direction": "to", "only_coupled": False, "update_conflict": "newest"}},
}


@pytest.fixture
def file(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a writer of set-up files for the stand-ins, with further parts; `sales` and `nav` change those parts."""
    ready = bench.stand_ins.ready
    nav, crm = ready["nav"], ready["crm"]
    for name, secret in zip(SECRETS, (nav["key"], crm["client_secret"], crm["admin"]["password"]), strict=True):
        monkeypatch.setenv(name, secret)

    def write(*, nav_part: dict[str, Any] | None = None, sales_part: dict[str, Any] | None = None, **parts: Any) -> str:
        document: dict[str, Any] = {
            "nav": {
                "url": nav["url"],
                "company": nav["company"],
                "user": nav["user"],
                "key": "env:NAV_KEY",
                "ca": ready["ca"],
            },
            "sales": {
                "url": crm["url"],
                "authority": crm["authority"],
                "tenant": crm["tenant"],
                "client_id": crm["client_id"],
                "client_secret": "env:SALES_SECRET",
                "ca": ready["ca"],
            },
        }
        document["nav"] |= nav_part or {}
        document["sales"] |= sales_part or {}
        if "administrator" in parts:
            parts = {**parts, "administrator": {**parts["administrator"], "user": crm["admin"]["user"]}}
        path = tmp_path / "setup.json"
        path.write_text(json.dumps(document | parts))
        return str(path)

    return write


class TestTheWholeWizard:
    """Everything that the file can say."""

    def test_is_done_in_one_command_and_again_without_harm(
        self, bench: Bench, file: Callable[..., str], command: Callable[..., Said], quick_imports: None
    ) -> None:
        path = file(**WHOLE)

        first = command("setup_connection", "--file", path, "--json")

        assert first.status == 0, first.out
        assert [part["name"] for part in first.json["parts"]] == [
            "solution",
            "integration_user",
            "roles",
            "order_integration",
            "connection_row",
        ]
        assert first.json["enabled"] is True
        assert set(Connection.objects.values_list("state", flat=True)) == {"enabled"}
        customer = IntegrationTableMapping.objects.get(name="CUSTOMER")
        assert (customer.direction, customer.only_coupled, customer.update_conflict) == ("to", False, "newest")
        item = IntegrationTableMapping.objects.get(name="ITEM-PRODUCT")
        assert (item.update_conflict, item.job_queue_entry.status, item.job_queue_entry.minutes_between_runs) == (
            "erp",
            "ready",
            10,
        )
        [row] = bench.stand_ins.table("crm", CONNECTION)
        assert row["nsc_dynamicsnavurl"].startswith("https://nav.example.com/NAV/WebClient/")
        assert row["nsc_dynamicsnavodatausername"] == "AVAILABILITY"
        assert row["nsc_dynamicsnavodataurl"].endswith("/ProductItemAvailability")
        [organization] = bench.stand_ins.table("crm", "organization")
        assert organization["issopintegrationenabled"] is True
        assert not SetupDraft.objects.exists()

        assert command("setup_connection", "--file", path).status == 0
        assert len(bench.stand_ins.table("crm", CONNECTION)) == 1

    def test_leaves_no_secret_of_the_administrator_behind(
        self, bench: Bench, file: Callable[..., str], command: Callable[..., Said], quick_imports: None, caplog: Any
    ) -> None:
        said = command("setup_connection", "--file", file(**WHOLE), "--json")

        password = bench.stand_ins.ready["crm"]["admin"]["password"]
        kept = [json.dumps(list(model.objects.values()), default=str) for model in (Connection, AuditEvent, SetupDraft)]
        assert said.status == 0
        assert password not in "".join((said.out, said.err, caplog.text, *kept))

    def test_a_mapping_brings_along_what_it_needs(self, file: Callable[..., str], command: Callable[..., Said]) -> None:
        said = command("setup_connection", "--file", file(options={"mappings": ["CUSTOMER"]}), "--json")

        assert said.status == 0, said.out
        assert {"CUSTOMER", "SALESPEOPLE", "CURRENCY", "PAYMENT TERMS", "CONTACT"} <= set(said.json["installed"])
        assert "ITEM-PRODUCT" not in said.json["installed"]


class TestTrouble:
    """A part that fails says so, and nothing is enabled."""

    def test_a_wrong_password_of_the_administrator(
        self, file: Callable[..., str], command: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ADMIN_PASSWORD", "wrong")

        said = command("setup_connection", "--file", file(**WHOLE))

        assert said.status == 2
        assert "password is wrong" in said.err
        assert set(Connection.objects.values_list("state", flat=True)) == {"disabled"}

    def test_an_import_that_fails_and_the_repetition_that_completes_it(
        self, bench: Bench, file: Callable[..., str], command: Callable[..., Said], quick_imports: None
    ) -> None:
        refusal = {"status": 403, "code": "0x80040220", "message": "lacks prvImportCustomization"}
        bench.stand_ins.faults("crm", {"id": "f", "path": "ImportSolution|StageSolution", "do": refusal})
        path = file(**WHOLE)

        said = command("setup_connection", "--file", path, "--json")

        assert said.status == 2
        assert [part["ok"] for part in said.json["parts"]] == [False] * 4
        assert "Not begun" in said.json["parts"][1]["text"]
        assert said.json["connections"] == {"erp": [], "crm": []}
        assert not Connection.objects.filter(state="enabled").exists()
        assert not IntegrationTableMapping.objects.exists()
        bench.stand_ins.faults("crm")
        assert command("setup_connection", "--file", path).status == 0

    def test_a_setting_that_a_mapping_does_not_take(
        self, file: Callable[..., str], command: Callable[..., Said]
    ) -> None:
        said = command("setup_connection", "--file", file(mappings={"CUSTOMER": {"direction": "up"}}))

        assert said.status == 2
        assert "CUSTOMER: direction=up is not possible" in said.err
        assert not Connection.objects.filter(state="enabled").exists()

    def test_a_mapping_that_is_not_installed(self, file: Callable[..., str], command: Callable[..., Said]) -> None:
        said = command("setup_connection", "--file", file(mappings={"VENDOR": {"direction": "to"}}))

        assert said.status == 2
        assert "[mappings.VENDOR] is not among the mappings" in said.err

    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            ({"colours": {}}, "a part 'colours'"),
            ({"administrator": {"password": "env:ADMIN_PASSWORD", "token": "x"}}, "[administrator] has 'token'"),
            ({"administrator": {"password": "Sandbox-1"}}, "[administrator] is written out in the file"),
            ({"orders": {"integration": True}}, "[orders] integration needs the sign-in of an administrator"),
            ({"solution": {"import": True}}, "[solution] import needs the sign-in of an administrator"),
            ({"solution": {"import": "yes"}}, "[solution] import is 'yes'; it is true or false"),
            ({"schedule": {"interval_minutes": "5"}}, "[schedule] interval_minutes is '5'; it is a whole number"),
            ({"item_availability": {"user": "X"}}, "[item_availability] has no key"),
            ({"mappings": {"CUSTOMER": "to"}}, "write [mappings.CUSTOMER]"),
            ({"options": {"mappings": "CUSTOMER"}}, "[options] mappings is no list of names"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_a_wrong_file_is_told_with_its_place(
        self, file: Callable[..., str], parts: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            answers_from_file(Path(file(**parts)))

        assert words in str(refusal.value)
        assert str(refusal.value).endswith(".")


class TestSchema:
    """docs/setup.schema.json names what the program reads, and nothing else."""

    def test_has_every_part_and_setting(self) -> None:
        from setup_wizard import answers, file_parts

        schema = json.loads((Path(__file__).parents[2] / "docs" / "setup.schema.json").read_text())["properties"]

        assert set(schema) == {"nav", "sales", "options", *file_parts.PARTS}
        for name, keys in file_parts._KEYS.items():
            assert set(schema[name]["properties"]) == set(keys), name
        assert set(schema["nav"]["properties"]) == answers.NAV_KEYS
        assert set(schema["sales"]["properties"]) == answers.SALES_KEYS
        assert set(schema["options"]["properties"]) == answers.OPTION_KEYS


class TestCheckConnection:
    """The test, and the proof's checks that write nothing."""

    def test_makes_every_check_that_writes_nothing(self, bench: Bench, command: Callable[..., Said]) -> None:
        bench.set_up()

        said = command("check_connection", "--json")

        assert said.status == 0, said.out
        keys = [check["key"] for check in said.json["proof"]]
        assert {"nav.address", "currency", "rights.CUSTOMER.to", "duplicates.SALESPEOPLE"} <= set(keys)
        assert not [key for key in keys if key.startswith("round_trip")]
        assert bench.stand_ins.written("crm") == bench.stand_ins.written("nav") == 0

    def test_a_failed_check_is_an_error_of_the_command(self, bench: Bench, command: Callable[..., Said]) -> None:
        bench.set_up()
        user = bench.answers.nav.user
        bench.stand_ins.do("nav", "users", {"user": user, "denied": {"Item": ["Read"]}})

        said = command("check_connection", "--json")

        assert said.status == 2
        assert "rights.ITEM-PRODUCT.to" in [error["code"] for error in said.json["errors"]]

    def test_pages_under_names_of_the_customers_own_are_used(self, bench: Bench, command: Callable[..., Said]) -> None:
        bench.answers.nav.services["Customer"] = "CustomerList"  # type: ignore[index]
        bench.set_up()

        assert Connection.objects.get(side="erp").setting("services")["Customer"] == "CustomerList"
