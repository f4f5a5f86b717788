"""A process that does a worker's work in forks of itself, each of which can be made to kill itself at a chosen event.

It reads one command a line as JSON on standard input and answers one line on standard output. A fork costs a few milliseconds
where a fresh interpreter costs a second; it holds nothing of its predecessor, since the process that forks never opens the
database nor a connection. Standard input ends, the process ends.

An *event* is a commit (of a transaction, or of a single writing statement outside of one) or the answer to a writing request
that has arrived and of which nothing is stored yet. Between two events nothing changes, neither in the database nor on a
remote side, so killing right after each event is killing at every state there is: "right before a commit" is the state
after the event before it. Statements that a successor makes nothing of are no events: leases (they end with the dead),
the log of turns, counted requests, the window of lanes, and the test driver's own clocks.
"""

import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
INERT = re.compile(
    r'UPDATE "connector_connection" SET "window"'
    r'|(INSERT INTO|UPDATE) "sync_jobqueuelogentry"'
    r'|UPDATE "sync_synchrun" SET "(erp|crm)_requests"'
    r'|UPDATE "sync_\w+" SET "leased_until" = [^"]+WHERE'
    r'|UPDATE "sync_\w+" SET "leased_until" = [^"]+"lease_token" = [^"]+"leased_by" = '
    r'|UPDATE "sync_\w+" SET "not_before" = NULL WHERE'
)


class Events:
    """Counts events in a fork, notes their kinds, and kills the process right after the one that is asked for."""

    def __init__(self, kill_at: int | None) -> None:
        self.kill_at = kill_at
        self.kinds: list[str] = []

    def happened(self, kind: str) -> None:
        """Note an event; the last one that this process sees, when it is the one to die at."""
        self.kinds.append(kind)
        if self.kill_at is not None and len(self.kinds) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """See every commit and every answered write from now on."""
        from django.db import connection
        from django.db.backends.base.base import BaseDatabaseWrapper

        from connector.transport import Transport

        commit, attempt = BaseDatabaseWrapper.commit, Transport.attempt

        def commit_seen(wrapper: Any) -> None:
            commit(wrapper)
            self.happened("commit")

        def statement_seen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            answer = execute(sql, params, many, context)
            if not connection.in_atomic_block and sql.startswith(WRITES) and not INERT.match(sql):
                self.happened("commit")
            return answer

        def attempt_seen(transport: Any, call: Any) -> Any:
            answer = attempt(transport, call)
            if call.method != "GET" and "/oauth2/" not in call.url:
                self.happened(f"{call.method} {call.url.partition('?')[0].rsplit('/', 1)[-1].partition('(')[0]}")
            return answer

        BaseDatabaseWrapper.commit = commit_seen  # type: ignore[method-assign]
        Transport.attempt = attempt_seen  # type: ignore[method-assign]
        connection.execute_wrappers.append(statement_seen)


# What a fork can be asked for


def migrate() -> None:
    """Make the database."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def setup(ready: str, mappings: list[str] | None = None) -> list[str]:
    """Connect to the stand-ins and install the mappings; return what is amiss."""
    from pathlib import Path

    from setup_wizard.answers import answers_from_stand_ins
    from setup_wizard.services import setup_run

    result = setup_run(answers_from_stand_ins(Path(ready)), "somebody")
    assert result.ok, (result.nav, result.sales)
    return result.issues


def mapping_set(name: str, off: list[str] | None = None, **values: Any) -> None:
    """Change a mapping; `off` names ERP fields to leave out."""
    from sync.models import IntegrationTableMapping

    mapping = IntegrationTableMapping.objects.get(name=name)
    mapping.fields.filter(erp_field__in=off or []).update(status="disabled")
    IntegrationTableMapping.objects.filter(pk=mapping.pk).update(**values)


def criteria_drop(name: str) -> None:
    """Leave a mapping without any criterion that finds a match."""
    from sync.models import MatchCriterion

    MatchCriterion.objects.filter(mapping__name=name).delete()


def start(kind: str = "full", names: list[str] | None = None, preview: bool = False) -> str:
    """Start a run and return its id."""
    from sync.choices import SynchKind
    from sync.services.runs import run_start

    run = run_start(SynchKind(kind), user="somebody", names=names, preview=preview, allow_mass_change=True)
    return str(run.pk)


def work(run: str) -> dict[str, Any]:
    """Work on a run until it ends, as the successor of whoever died."""
    from sync.models import SynchRun
    from sync.services.leases import leases_of_the_dead_end
    from tests.driver import work_off

    ended = leases_of_the_dead_end()
    done = work_off(SynchRun.objects.get(pk=run))
    return {**_outcome(done), "ended": ended}


def full(names: list[str] | None = None, kind: str = "full") -> dict[str, Any]:
    """Start a run and work on it until it ends."""
    return work(start(kind, names))


def go_on(names: list[str] | None = None) -> dict[str, Any]:
    """Work off the run that somebody left behind; start one where the start itself was lost."""
    from sync.choices import RUN_ENDS
    from sync.models import SynchRun

    left = SynchRun.objects.exclude(status__in=RUN_ENDS).first()
    if left is None and (last := SynchRun.objects.order_by("-number").first()):
        return _outcome(last)
    return work(str(left.pk) if left else start("full", names))


def last() -> str:
    """Return the id of the run that was started last."""
    from sync.models import SynchRun

    return str(SynchRun.objects.order_by("-number").values_list("pk", flat=True)[0])


def cancel(run: str = "") -> str:
    """Cancel a run whose worker is dead, and return its status."""
    from sync.models import SynchRun
    from sync.services.leases import leases_of_the_dead_end
    from sync.services.runs import run_cancel

    leases_of_the_dead_end()
    run = run or last()
    run_cancel(SynchRun.objects.get(pk=run), "somebody")
    return str(SynchRun.objects.get(pk=run).status)


def restart(line: str, run: str = "") -> dict[str, Any]:
    """Restart a line of a run and work the run off."""
    from sync.models import SynchRunLine
    from sync.services.runs import line_restart

    run = run or last()
    line_restart(SynchRunLine.objects.get(run=run, name=line, pass_number=1), "somebody")
    return work(run)


def _outcome(run: Any) -> dict[str, Any]:
    from sync.models import SynchRun

    assert isinstance(run, SynchRun)
    lines = run.lines.order_by("position", "pass_number")
    columns = "inserted modified deleted unchanged skipped failed coupled uncoupled conflicts waiting".split()
    return {
        "run": str(run.pk),
        "status": str(run.status),
        "message": run.message,
        "lines": {f"{line.name}/{line.pass_number}": str(line.job_queue_entry_status) for line in lines},
        "messages": [line.message for line in lines if line.message],
        "details": [line.details for line in lines if line.details],
        "jobs": {
            f"{job.mapping.name}/{job.direction}": {name: getattr(job, name) for name in columns if getattr(job, name)}
            for job in run.jobs.select_related("mapping")
        },
        "job_statuses": sorted({str(job.status) for job in run.jobs.all()}),
    }


def dump() -> dict[str, Any]:
    """Return what the database holds about pairs, problems and intents."""
    from sync.models import Coupling, FieldConflict, OptionMapping, PendingRecord, SynchJobError, WriteIntent

    return {
        "couplings": sorted(
            [pair.mapping.name, pair.erp_key, pair.crm_id, str(pair.state), pair.provisional, list(pair.deferred)]
            for pair in Coupling.objects.select_related("mapping")
        ),
        "options": sorted([row.mapping.name, row.erp_key, row.value] for row in OptionMapping.objects.all()),
        "pending": sorted(
            [row.mapping.name, row.direction, row.key, row.code, row.message] for row in PendingRecord.objects.all()
        ),
        "conflicts": sorted(
            [row.coupling.mapping.name, row.coupling.erp_key, row.coupling.crm_id, row.field, row.state]
            for row in FieldConflict.objects.all()
        ),
        "errors": sorted(
            [row.mapping.name, row.erp_key, row.crm_id, row.code]
            for row in SynchJobError.objects.filter(resolved_at__isnull=True)
        ),
        "open_intents": sorted(
            [row.mapping.name, row.direction, row.source_key] for row in WriteIntent.objects.filter(state="open")
        ),
    }


COMMANDS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (migrate, setup, mapping_set, criteria_drop, start, work, full, go_on, last, cancel, restart, dump)
}


# The process that forks


def _answer_to(command: dict[str, Any]) -> dict[str, Any]:
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(readable)
        _in_fork(command, writable)
    os.close(writable)
    with os.fdopen(readable, encoding="utf-8") as pipe:
        text = pipe.read()
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"killed": os.WTERMSIG(status)}
    return dict(json.loads(text)) if text else {"error": f"no answer, status {status}"}


def _in_fork(command: dict[str, Any], writable: int) -> None:
    try:
        events = Events(command.get("kill_at"))
        if command.get("kill_at") is not None or command.get("count"):
            events.watch()
        value = COMMANDS[command["do"]](**command.get("with", {}))
        answer = {"value": value, "events": events.kinds}
    except BaseException:
        answer = {"error": traceback.format_exc()}
    with os.fdopen(writable, "w", encoding="utf-8") as pipe:
        json.dump(answer, pipe)
    from django.db import connections

    with suppress(Exception):
        connections.close_all()
    os._exit(0)


def main() -> None:
    """Prepare what all forks need, then answer commands."""
    import django

    django.setup()
    # Imported before the forks, so that none of them pays for it.
    from connector import retry
    from setup_wizard import answers, services
    from sync.services import applying, dispatch, lines, runs
    from tests import driver

    assert all((answers, services, applying, lines, runs))
    driver.MOST_ROUNDS = 150
    retry.FIRST_PAUSE_SECONDS = 0.01
    # Messages are hints: here all of them get lost.
    dispatch.app.send_task = lambda *_args, **_options: None
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer_to(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
