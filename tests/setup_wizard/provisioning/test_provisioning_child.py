"""The child process: the administrator's sign-in goes to it by pipe and is nowhere else; killed, it is continued."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.children import ROOT
from scripts.stand_ins import StandIns
from tests.conftest import Answer

PROGRAM = Path(__file__).with_name("program.py")


@pytest.fixture
def site(tmp_path: Path, manage: Callable[..., Answer], sandbox: StandIns) -> Callable[..., tuple[dict[str, Any], str]]:
    """Return a runner of the program on a database of its own; it returns what it saw and what all processes logged."""
    made = manage("migrate", "--no-input", "--verbosity", "0")
    assert made.status == 0, made.err
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")} | {
        "DJANGO_SETTINGS_MODULE": "connector.project.settings",
        "STATE_DIR": str(tmp_path / "state"),
        "ALLOW_STAND_INS": "1",
        # Everything that anybody might log.
        "LOG_LEVEL": "DEBUG",
        "PYTHONPATH": str(ROOT),
    }

    def run(*how: str) -> tuple[dict[str, Any], str]:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(sandbox.ready_file), *how],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout), done.stderr

    return run


def places(folder: Path) -> dict[str, bytes]:
    """Return all that is on disk below a folder: the database with its journal, the queue's messages, keys, logs."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestTheAdministratorsSecrets:
    def test_are_in_no_file_log_argument_or_environment(self, site: Callable[..., Any], tmp_path: Path) -> None:
        seen, log = site()

        assert {state for state, _sentence in seen["states"].values()} == {"done"}, seen["states"]
        kept = places(tmp_path / "state")
        assert any(name.endswith(".sqlite3") or "db" in name for name in kept), list(kept)
        assert "connector.transport" in log
        for secret in seen["secrets"]:
            assert len(secret) > 10
            assert [name for name, content in kept.items() if secret.encode() in content] == []
            assert secret not in log
            assert not [text for text in (*seen["arguments"], *seen["environment"]) if secret in text]
        # The end of a token is no less telling than the whole.
        assert seen["secrets"][1].rpartition(".")[2] not in log

    def test_that_are_missing_end_the_child_without_their_words(self, manage: Callable[..., Answer]) -> None:
        answer = manage("provision", "00000000-0000-4000-8000-000000000000")

        assert answer.status == 2
        assert "sign-in is missing" in answer.err and "Traceback" not in answer.err


@pytest.mark.parametrize("how", ["kill", "term"])
def test_one_that_is_ended_in_the_middle_is_continued(site: Callable[..., Any], sandbox: StandIns, how: str) -> None:
    seen, _log = site(how)

    state, sentence = seen["stopped"]["solution"]
    assert state == "failed" and "cut off" in sentence
    assert seen["stopped"]["roles"][0] == "waiting"
    assert {state for state, _sentence in seen["states"].values()} == {"done"}, seen["states"]
    # The import that the server went on with was followed; no second one was even tried.
    assert seen["imports"] == 1
    sent = [row["count"] for row in sandbox.stats("crm")["requests"] if row["path"].endswith("ImportSolutionAsync")]
    assert sent == [1]
