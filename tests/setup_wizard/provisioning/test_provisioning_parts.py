"""The rows of the parts: who has one, how one that stopped is noticed, and what is kept."""

import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from connector.errors import ConfigurationError, LockTaken
from setup_wizard.models import PartState, SetupDraft, SetupPart
from setup_wizard.provisioning import child
from setup_wizard.provisioning.parts import (
    SILENT_SECONDS,
    heartbeat,
    part_claim,
    part_finish,
    part_keep,
    part_progress,
    parts_of,
    parts_open,
    parts_prepare,
    parts_stopped,
)
from setup_wizard.provisioning.sign_in import AdministratorToken
from setup_wizard.provisioning.wishes import ProvisionWishes, account_of
from tests.factories import CrmConnectionFactory

TOKEN = AdministratorToken("eyJ-secret", "admin@contoso.example", datetime.now(UTC))


@pytest.fixture
def draft(db: None) -> SetupDraft:
    """A set-up."""
    return SetupDraft.objects.create()


@pytest.fixture
def part(draft: SetupDraft) -> SetupPart:
    """Its first part."""
    return parts_prepare(draft, ProvisionWishes())[0]


def silent(part: SetupPart) -> None:
    """Let nothing have been heard of a part for long."""
    SetupPart.objects.filter(pk=part.pk).update(heard_at=Now() - timedelta(seconds=SILENT_SECONDS + 5))


class TestAPart:
    def test_belongs_to_who_claims_it_first(self, part: SetupPart) -> None:
        other = SetupPart.objects.get(pk=part.pk)

        assert part_claim(part) and part.state == PartState.RUNNING
        assert not part_claim(other)

    def test_that_runs_is_not_open(self, part: SetupPart) -> None:
        part_claim(part)

        assert part.key not in [found.key for found in parts_open(part.draft)]

    def test_of_which_nothing_is_heard_has_stopped_and_is_open_again(self, part: SetupPart) -> None:
        part_claim(part)
        silent(part)

        (found,) = [found for found in parts_open(part.draft) if found.key == part.key]

        assert found.state == PartState.FAILED
        assert "cut off" in found.sentence and "Sign in again" in found.todo
        assert part_claim(found)

    def test_stops_with_its_own_process_and_no_other(self, part: SetupPart) -> None:
        part_claim(part, "one")

        parts_stopped(part.draft, "two")
        assert SetupPart.objects.get(pk=part.pk).state == PartState.RUNNING

        parts_stopped(part.draft, "one")
        assert SetupPart.objects.get(pk=part.pk).state == PartState.FAILED

    def test_that_stopped_is_prepared_anew(self, part: SetupPart) -> None:
        part_claim(part)
        silent(part)

        again = parts_prepare(part.draft, ProvisionWishes())[0]

        assert (again.state, again.sentence) == (PartState.WAITING, "")

    def test_that_runs_is_left_alone_by_preparing(self, part: SetupPart) -> None:
        part_claim(part)

        assert parts_prepare(part.draft, ProvisionWishes(own_solution="x"))[0].state == PartState.RUNNING

    def test_keeps_what_its_import_is_followed_by(self, part: SetupPart) -> None:
        part_claim(part)
        part_keep(part, **{"import": {"job": "1", "operation": "2"}})
        parts_stopped(part.draft)

        assert parts_prepare(part.draft, ProvisionWishes())[0].facts["import"] == {"job": "1", "operation": "2"}
        # Another package is another import.
        assert "import" not in parts_prepare(part.draft, ProvisionWishes(own_solution="x"))[0].facts

    def test_shows_its_progress_until_it_ends(self, part: SetupPart) -> None:
        part_claim(part)
        part_progress(part, 40, "Half-way.")
        assert SetupPart.objects.get(pk=part.pk).percent == 40
        part_finish(part, PartState.DONE, "Done.")

        part_progress(part, 41, "Too late.")

        kept = SetupPart.objects.get(pk=part.pk)
        assert (kept.state, kept.percent, kept.sentence) == (PartState.DONE, 100, "Done.")
        assert kept.finished_at


@pytest.mark.django_db(transaction=True)
def test_a_beat_lets_running_parts_be_heard() -> None:
    draft = SetupDraft.objects.create()
    part = parts_prepare(draft, ProvisionWishes())[0]
    part_claim(part)
    silent(part)
    before = SetupPart.objects.get(pk=part.pk).heard_at

    with heartbeat(draft, seconds=0.01):
        for _look in range(500):
            after = SetupPart.objects.get(pk=part.pk).heard_at
            if after != before:
                break

    assert before and after and after > before
    assert parts_of(draft)[0].state == PartState.RUNNING


class TestStarting:
    def test_needs_a_stored_connection(self, draft: SetupDraft) -> None:
        with pytest.raises(ConfigurationError, match="no connection to Sales"):
            child.administrator_work_start(draft, TOKEN)

    def test_is_refused_while_another_is_at_work(self, part: SetupPart) -> None:
        CrmConnectionFactory()
        part_claim(part)

        with pytest.raises(LockTaken):
            child.administrator_work_start(part.draft, TOKEN)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("code", "state"), [("raise SystemExit(3)", PartState.FAILED), ("import sys; sys.stdin.read()", PartState.WAITING)]
)
def test_a_child_that_never_began_says_so(monkeypatch: pytest.MonkeyPatch, code: str, state: str) -> None:
    draft = SetupDraft.objects.create()
    parts_prepare(draft, ProvisionWishes())
    monkeypatch.setattr(child, "COMMAND", (sys.executable, "-c", code))

    child.child_start(draft, TOKEN).join(30)

    assert parts_of(draft)[0].state == state
    assert [part.state for part in parts_of(draft)][1] == PartState.WAITING


class TestWishes:
    def test_come_back_from_plain_values(self) -> None:
        wanted = ProvisionWishes(own_solution="/x", integration_user="a@b.c", sales_order_integration=True)

        assert ProvisionWishes.from_json({**wanted.to_json(), "older": 1}) == wanted

    def test_without_an_account_mean_the_connections_own(self) -> None:
        by_secret = CrmConnectionFactory.build(client_id="abc")
        by_password = CrmConnectionFactory.build(auth_kind="password", user="nav@contoso.example")

        assert account_of(by_secret) == "abc"
        assert account_of(by_password) == "nav@contoso.example"
        assert account_of(by_secret, " other@contoso.example ") == "other@contoso.example"
