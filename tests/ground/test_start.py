"""What starts everything: the stand-ins as processes, commands as a person runs them, progress on a terminal."""

import io
import signal
import subprocess
import sys
import time

import pytest

from scripts.children import Family
from scripts.progress import Progress
from scripts.stand_ins import StandIns


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_stand_ins_answer_their_control_calls(sandbox):
    sandbox.faults("crm", {"id": "busy", "path": "accounts", "do": {"status": 503}})

    assert sandbox.requests("nav") == 0
    assert sandbox.written("crm") == 0
    assert sandbox.table("nav", "Customer")
    assert sandbox.stats("crm")["faults"] == [{"id": "busy", "fired": 0}]


def test_stand_ins_are_as_at_the_start_for_every_test(sandbox):
    assert sandbox.stats("crm")["faults"] == []


def test_stand_ins_that_cannot_start_say_why():
    stand_ins = StandIns("--flavour", "abacus")

    with pytest.raises(RuntimeError, match="abacus"):
        stand_ins.start()
    stand_ins.remove()


def test_a_command_runs_on_a_state_of_its_own(manage, tmp_path):
    answer = manage("check")

    assert answer.status == 0, answer.err
    assert (tmp_path / "state").is_dir()


def test_progress_is_plain_where_there_is_no_terminal():
    stream = io.StringIO()

    Progress(stream).show("CUSTOMER                           In Process 5 of 32")

    assert stream.getvalue() == "CUSTOMER                           In Process 5 of 32\n"


def test_progress_changes_a_row_in_place_on_a_terminal():
    stream = Terminal()
    progress = Progress(stream)

    progress.show("CUSTOMER                           In Process")
    progress.show("CONTACT                            In Process")
    progress.show("CUSTOMER                           Finished")

    last = stream.getvalue().rpartition("\x1b[2F")[2]
    assert last == (
        "\x1b[2KCUSTOMER                           Finished\n\x1b[2KCONTACT                            In Process\n"
    )


def test_progress_shows_no_address():
    stream = io.StringIO()

    Progress(stream).show("NAV at https://127.0.0.1:7048/x")

    assert "http" not in stream.getvalue()


@pytest.fixture
def family(tmp_path):
    family = Family(tmp_path, {"PATH": "/usr/bin:/bin"})
    yield family
    family.stop(0)


def test_a_dead_process_is_named_with_its_last_words(family):
    child = family.add("speaker", [sys.executable, "-c", "print('farewell'); raise SystemExit(3)"]).start()
    child.wait()

    assert family.dead() == [child]
    assert (child.status, child.tail()) == (3, "    farewell")


def test_stopping_kills_what_does_not_listen(family):
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    child = family.add("deaf", [sys.executable, "-c", deaf]).start()
    while "deaf" not in child.tail():
        time.sleep(0.01)

    family.stop(0.2)

    assert child.status == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children with their parent on Linux only")
def test_children_end_with_a_parent_that_is_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from scripts.children import Family;"
        "child = Family(Path(sys.argv[1]), {'PATH': '/usr/bin:/bin'}).add('sleeper', 'exec sleep 60').start();"
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pid = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert _is_gone(pid)


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.02)
    return False
