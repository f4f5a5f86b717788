"""What the tests of the administrator's work share: stand-ins that are allowed, and short pauses."""

from collections.abc import Iterator
from functools import partial

import pytest
from django.test import override_settings

from scripts.stand_ins import StandIns
from setup_wizard.models import SetupDraft
from setup_wizard.provisioning import work
from setup_wizard.provisioning.solution_import import Importer
from tests.setup_wizard.provisioning.stage import Provisioner, sales_connection


@pytest.fixture(autouse=True)
def _stand_ins_allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Allow servers on loopback, and repeat a failed request without a long pause."""
    monkeypatch.setattr("connector.retry.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("connector.retry.LONGEST_PAUSE_SECONDS", 0.02)
    with override_settings(ALLOW_STAND_INS=True):
        yield


@pytest.fixture
def provisioner(sandbox: StandIns, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Provisioner:
    """A set-up whose connection to the stand-in is stored. Who waits for an import moves the stand-in's clock instead."""
    waited = [0.0]

    def skip(seconds: float) -> None:
        waited[0] += seconds
        sandbox.clock(waited[0])

    monkeypatch.setattr(work, "Importer", partial(Importer, pause=skip))
    sales = sales_connection(sandbox)
    sales.save()
    return Provisioner(sandbox, sales, SetupDraft.objects.create())
