"""What the tests of the set-up share: both connections with the default mappings, with or without servers behind them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from connector.models import Connection
from scripts.stand_ins import StandIns
from setup_wizard.answers import ConnectionAnswers, SetupAnswers, answers_from_stand_ins
from setup_wizard.provisioning import work
from setup_wizard.provisioning.solution_import import Importer
from setup_wizard.services import setup_run
from sync.models import IntegrationTableMapping
from sync.services.mappings import defaults_install
from tests.factories import CrmConnectionFactory, ErpConnectionFactory


def connection_of(side: str, answers: ConnectionAnswers, **changes: Any) -> Connection:
    """Return an unsaved connection from answers, as a step of the wizard has it."""
    values = {
        "name": answers.name,
        "flavour": answers.flavour,
        "address": answers.address,
        "company": answers.company,
        "auth_kind": answers.auth_kind,
        "user": answers.user,
        "client_id": answers.client_id,
        "authority": answers.authority,
        "scope": answers.scope,
        "ca_file": answers.ca_file,
    }
    secret = changes.pop("secret", answers.secret)
    connection = Connection(side=side, **(values | changes))
    connection.secret_set(secret)
    return connection


@dataclass
class Bench:
    """Both stand-ins and the answers that fit them."""

    stand_ins: StandIns
    answers: SetupAnswers

    def nav(self, **changes: Any) -> Connection:
        """Return an unsaved connection to NAV."""
        return connection_of("erp", self.answers.nav, **changes)

    def sales(self, **changes: Any) -> Connection:
        """Return an unsaved connection to Sales."""
        return connection_of("crm", self.answers.sales, **changes)

    def set_up(self) -> None:
        """Set everything up, as setup_connection does."""
        result = setup_run(self.answers, "test")
        assert result.ok, (result.nav, result.sales)
        self.stand_ins.reset()


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        return json.loads(self.out)


@pytest.fixture
def command(db: None) -> Callable[..., Said]:
    """Return a runner of commands in this process, with the test's database."""

    def run(*arguments: str) -> Said:
        out, err = StringIO(), StringIO()
        with pytest.raises(SystemExit) as end:
            call_command(*arguments, stdout=out, stderr=err)
        return Said(int(end.value.code or 0), out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def bench(sandbox: StandIns, db: None, settings: Any) -> Bench:
    """Both stand-ins, as they are at the start."""
    settings.ALLOW_STAND_INS = True
    return Bench(sandbox, answers_from_stand_ins(sandbox.ready_file))


@pytest.fixture
def quick_imports(sandbox: StandIns, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who waits for a solution's import moves the stand-ins' clock instead."""
    waited = [0.0]

    def skip(seconds: float) -> None:
        waited[0] += seconds
        sandbox.clock(waited[0])

    monkeypatch.setattr(work, "Importer", partial(Importer, pause=skip))
    yield
    sandbox.clock(0)


@pytest.fixture
def bench_with(stand_ins_with: Callable[..., StandIns], db: None, settings: Any) -> Callable[..., Bench]:
    """Return a maker of benches whose stand-ins have arguments of the test's own."""
    settings.ALLOW_STAND_INS = True

    def make(*arguments: str) -> Bench:
        stand_ins = stand_ins_with(*arguments)
        return Bench(stand_ins, answers_from_stand_ins(stand_ins.ready_file))

    return make


@pytest.fixture
def mappings(db: None) -> dict[str, IntegrationTableMapping]:
    """The default mappings between two connections that lead nowhere, by name."""
    installed = defaults_install(ErpConnectionFactory(), CrmConnectionFactory())
    return {mapping.name: mapping for mapping in installed}
