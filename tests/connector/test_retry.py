"""The retry table: verb by error by attempt."""

import random

import pytest

from connector.errors import (
    AuthenticationError,
    ConfigurationError,
    DuplicateRecord,
    IntegrationError,
    LockTaken,
    PermissionMissing,
    ServerUnavailable,
    Throttled,
    Timeout,
    ValidationRejected,
    VersionConflict,
)
from connector.retry import ATTEMPTS, PATIENCE_SECONDS, Replay, pause_seconds, should_repeat, with_jitter

UNSENT = ServerUnavailable("refused")
LOST = Timeout("lost", outcome_unknown=True)
FAILED = ServerUnavailable("500", outcome_unknown=True)
BUSY = Throttled("429", retry_after=2)


def asking(seconds: float) -> ServerUnavailable:
    """Return the failure of a server that says when to come back."""
    error = ServerUnavailable("503", outcome_unknown=True)
    error.retry_after = seconds
    return error


EVERY = {Replay.SAFE, Replay.KEYED, Replay.ONCE}
HARMLESS = {Replay.SAFE, Replay.KEYED}

TABLE: list[tuple[str, IntegrationError, set[Replay]]] = [
    ("connection refused", UNSENT, EVERY),
    ("throttled", BUSY, EVERY),
    ("lock taken", LockTaken("held"), EVERY),
    ("answer lost", LOST, HARMLESS),
    ("server failed", FAILED, HARMLESS),
    ("throttled for longer than our patience", Throttled("429", retry_after=PATIENCE_SECONDS + 1), set()),
    ("server failed and asks for longer than our patience", asking(PATIENCE_SECONDS + 1), set()),
    ("server failed and asks for a moment", asking(3), HARMLESS),
    ("refused value", ValidationRejected("no"), set()),
    ("moved", VersionConflict("moved"), set()),
    ("duplicate", DuplicateRecord("twice"), set()),
    ("wrong credential", AuthenticationError("no"), set()),
    ("missing right", PermissionMissing("no"), set()),
    ("wrong setting", ConfigurationError("no"), set()),
]


class TestShouldRepeat:
    @pytest.mark.parametrize("attempt", range(1, ATTEMPTS + 1))
    @pytest.mark.parametrize("replay", Replay, ids=lambda replay: replay.name)
    @pytest.mark.parametrize(("error", "repeated"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
    def test_follows_the_table(
        self, error: IntegrationError, repeated: set[Replay], replay: Replay, attempt: int
    ) -> None:
        assert should_repeat(error, replay, attempt) is (replay in repeated and attempt < ATTEMPTS)

    def test_never_repeats_a_plain_creation_of_unknown_outcome(self) -> None:
        assert not any(should_repeat(error, Replay.ONCE, 1) for error in (LOST, FAILED))


class TestPause:
    @pytest.mark.parametrize(
        ("error", "attempt", "seconds"),
        [
            pytest.param(LOST, 1, 0.5, id="first"),
            pytest.param(LOST, 2, 1.0, id="doubles"),
            pytest.param(LOST, 9, 8.0, id="is capped"),
            pytest.param(BUSY, 3, 2.0, id="the server's wish beats the formula"),
            pytest.param(Throttled("429"), 2, 1.0, id="no wish"),
            pytest.param(asking(3), 1, 3.0, id="the wish of a server that failed"),
        ],
    )
    def test_grows_with_the_attempts(self, error: IntegrationError, attempt: int, seconds: float) -> None:
        assert pause_seconds(error, attempt) == seconds

    def test_jitter_adds_up_to_a_quarter(self) -> None:
        pauses = [with_jitter(8.0, random.Random(seed)) for seed in range(50)]

        assert all(8.0 <= pause <= 10.0 for pause in pauses)
        assert len(set(pauses)) > 40
