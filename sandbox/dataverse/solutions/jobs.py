"""Imports, upgrades and the indexes of keys as jobs that go on by the server's clock.

`advance` is called before every request: it moves each job as far as the time that has passed allows. A job waits for
`QUEUE_SECONDS`, works for a time that grows with the number of components, and ends.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.common.faults import Effects
from sandbox.dataverse.solutions import uninstall
from sandbox.dataverse.solutions.checks import IMPORT_FAILED, Problem, check, summary
from sandbox.dataverse.solutions.components import Components
from sandbox.dataverse.solutions.install import Installer
from sandbox.dataverse.solutions.manifest import Manifest
from sandbox.dataverse.solutions.report import import_data
from sandbox.dataverse.store import Row, Store

QUEUE_SECONDS = 0.5
LEAST_SECONDS = 1.0
COMPONENT_SECONDS = 0.02
INDEX_SECONDS = 1.0
HALF = 50.0
READY, LOCKED, COMPLETED = 0, 2, 3
WAITING, RUNNING, SUCCEEDED, FAILED = 0, 20, 30, 31
IMPORT, PROMOTE, INDEX, BULK_DELETE = 203, 207, 41, 13
SUFFIX = "_Upgrade"
Work = Callable[[Store, float], Problem | None]
"""What a job does at its end; it gives the problem that made it fail, or None."""


@dataclass(slots=True)
class Job:
    """Something under way. `work` is done at the end; it gives the problem that made it fail, or None."""

    user: str
    begins: float
    ends: float
    work: Work
    operation: str | None = None
    """The row in `asyncoperation`, if there is one."""
    imports: Import | None = None
    blocks: bool = True
    """Whether no import or removal may begin meanwhile."""
    started: bool = False
    problem: Problem | None = None

    def share(self, now: float) -> float:
        """How much of the work is done: 0 to 1."""
        return min(1.0, max(0.0, (now - self.begins) / max(1e-6, self.ends - self.begins)))


@dataclass(slots=True)
class Import:
    """One package on its way in, and its row in `importjob`."""

    key: str
    manifest: Manifest
    components: Components
    holding: bool
    effects: Effects
    problems: list[Problem] = field(default_factory=list)


def stamp(seconds: float) -> str:
    """A time as rows hold it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(components: Components) -> float:
    """How long an import works, in seconds."""
    return LEAST_SECONDS + COMPONENT_SECONDS * components.count()


def running(store: Store) -> Job | None:
    """The import, upgrade or removal under way."""
    return next((job for job in store.jobs if job.blocks), None)


def start_import(store: Store, given: Import, user: str, now: float, *, background: bool) -> Job:
    """Queue an import; in the background it has a system job and waits first."""
    begins = now + (QUEUE_SECONDS if background else 0.0)
    job = Job(user, begins, begins + duration(given.components), lambda held, at: _import(held, job, at), imports=given)
    if background:
        job.operation = _operation(store, job, IMPORT, f"Import Solution: {given.manifest.unique_name}", now)
    store.jobs.append(job)
    if not background:
        _begin(store, job)
    return job


def start_promote(store: Store, unique_name: str, user: str, now: float, *, background: bool) -> Job:
    """Queue the replacement of a solution by its holding solution."""
    begins = now + (QUEUE_SECONDS if background else 0.0)
    job = Job(user, begins, begins + LEAST_SECONDS, lambda held, at: _promote(held, unique_name, at))
    if background:
        job.operation = _operation(store, job, PROMOTE, f"Delete and promote: {unique_name}", now)
    store.jobs.append(job)
    return job


def start_work(store: Store, kind: int, name: str, user: str, now: float, work: Work) -> str:
    """Queue something else that goes on by itself; the id of its system job."""
    job = Job(user, now + QUEUE_SECONDS, now + QUEUE_SECONDS + LEAST_SECONDS, work, blocks=False)
    job.operation = _operation(store, job, kind, name, now)
    store.jobs.append(job)
    return job.operation


def start_index(store: Store, table: str, key: str, user: str, now: float) -> str:
    """Queue the building of a key's index; the id of its system job."""
    store.key_indexes[table, key] = "Pending"
    job = Job(
        user,
        now + QUEUE_SECONDS,
        now + QUEUE_SECONDS + INDEX_SECONDS,
        lambda held, _at: _index(held, table, key),
        blocks=False,
    )
    job.operation = _operation(store, job, INDEX, f"Create index for {key} for table {table}", now)
    store.index_jobs[table, key] = job.operation
    store.jobs.append(job)
    return job.operation


def record_failure(store: Store, given: Import, user: str, now: float) -> None:
    """Keep the import job of an import that was refused at once."""
    job = Job(user, now, now, lambda _held, _at: None, imports=given)
    _put_import(store, job, given, now, 0.0)


def advance(store: Store, now: float) -> None:
    """Move every job as far as the time allows."""
    for job in list(store.jobs):
        if not job.started and now >= job.begins:
            _begin(store, job)
        if job.started and now >= job.ends:
            store.jobs.remove(job)
            _end(store, job)
        elif job.started and job.imports is not None:
            _put_import(store, job, job.imports, now, round(100 * job.share(now), 2))


def _begin(store: Store, job: Job) -> None:
    job.started = True
    if job.operation is not None:
        _change(store, job, {"statecode": LOCKED, "statuscode": RUNNING, "startedon": stamp(job.begins)})
    if job.imports is not None:
        _put_import(store, job, job.imports, job.begins, 0.0)
    for table, key in [pair for pair, held in store.index_jobs.items() if held == job.operation]:
        store.key_indexes[table, key] = "InProgress"


def _end(store: Store, job: Job) -> None:
    problem = job.problem = job.work(store, job.ends)
    if job.imports is not None:
        progress = 100.0 if problem is None else HALF
        _put_import(store, job, job.imports, job.ends, progress, ended=True)
    if job.operation is not None:
        values: Row = {"statecode": COMPLETED, "statuscode": SUCCEEDED, "completedon": stamp(job.ends)}
        if problem is not None:
            values |= {
                "statuscode": FAILED,
                "errorcode": int(problem.code, 16) - 2**32,
                "message": problem.message,
                "friendlymessage": problem.message,
            }
        _change(store, job, values)


# ── what the jobs do ────────────────────────────────────────────────────────────────────────────────────────────────────


def _import(store: Store, job: Job, now: float) -> Problem | None:
    given = job.imports
    if given is None:
        raise RuntimeError("the job is no import")
    given.problems = check(store, given.manifest, given.components)
    row = {"uniquename": given.manifest.unique_name, "solutionname": given.manifest.unique_name}
    refused = given.effects.rejects(row) if given.effects.inside else None
    if refused is not None:
        text = f"An error occurred while importing a Solution. A plug-in of the sandbox refuses {refused}."
        given.problems = [Problem(IMPORT_FAILED, text)]
    if given.problems:
        return summary(given.manifest, given.problems)
    installed = store.data["solution"].find("uniquename", given.manifest.unique_name)
    suffix = SUFFIX if given.holding and installed else ""
    installer = Installer(store, given.manifest, given.components, job.user, stamp(now), suffix)
    for table, key in installer.install():
        start_index(store, table, key, job.user, now)
    return None


def _promote(store: Store, unique_name: str, now: float) -> Problem | None:
    solutions = store.data["solution"]
    held = next(iter(solutions.find("uniquename", unique_name)), None)
    holding = next(iter(solutions.find("uniquename", f"{unique_name}{SUFFIX}")), None)
    if held is None or holding is None:
        return Problem("0x80048037", f"There is no holding solution for '{unique_name}'.")
    newer = solutions.rows[holding]
    uninstall.promote(store, held, holding)
    kept = {name: newer.get(name) for name in ("version", "friendlyname", "description")}
    store.put("solution", held, {**solutions.rows[held], **kept, "updatedon": stamp(now), "modifiedon": stamp(now)})
    store.remove("solution", holding)
    return None


def _index(store: Store, table: str, key: str) -> Problem | None:
    """Build the index of a key: rows with equal values make it fail."""
    columns = store.keys.get(table, {}).get(key)
    if columns is None:
        return Problem("0x80060890", f"The key '{key}' is gone.")
    wires = [store.tables[table].columns[column].wire for column in columns]
    seen: set[tuple[Any, ...]] = set()
    for row in store.rows(table).values():
        values = tuple(_folded(row.get(wire)) for wire in wires)
        if None in values:
            continue
        if values in seen:
            store.key_indexes[table, key] = "Failed"
            text = f"Entity Key {key} violated. Duplicate values keep the index of the key from being built."
            return Problem("0x80060892", text)
        seen.add(values)
    store.key_indexes.pop((table, key), None)
    return None


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _operation(store: Store, job: Job, kind: int, name: str, now: float) -> str:
    key = str(uuid.uuid4())
    unit = (store.get("systemuser", job.user) or {}).get("_businessunitid_value")
    row: Row = {
        "asyncoperationid": key,
        "name": name,
        "operationtype": kind,
        "statecode": READY,
        "statuscode": WAITING,
        "retrycount": 0,
        "correlationid": str(uuid.uuid4()),
        "createdon": stamp(now),
        "modifiedon": stamp(now),
        "_createdby_value": job.user,
        "_modifiedby_value": job.user,
        "_ownerid_value": job.user,
        "_ownerid_value@table": "systemuser",
        "_owninguser_value": job.user,
        "_owningbusinessunit_value": unit,
    }
    store.put("asyncoperation", key, row)
    return key


def _change(store: Store, job: Job, values: Row) -> None:
    row = store.get("asyncoperation", job.operation)
    if row is not None and job.operation is not None:
        store.put("asyncoperation", job.operation, {**row, **values})


def _put_import(store: Store, job: Job, given: Import, now: float, progress: float, *, ended: bool = False) -> None:
    done = ended or bool(given.problems)
    old = store.get("importjob", given.key) or {"createdon": stamp(now), "_createdby_value": job.user}
    row: Row = {
        **old,
        "importjobid": given.key,
        "solutionname": given.manifest.unique_name,
        "name": given.manifest.unique_name,
        "importcontext": "ImportUpgrade" if given.holding else "ImportInstall",
        "operationcontext": "Upgrade" if given.holding else "New",
        "progress": progress,
        "data": import_data(given.manifest, given.components, given.problems, job.begins, now, progress),
        "startedon": stamp(job.begins),
        "completedon": stamp(now) if done else None,
        "modifiedon": stamp(now),
        "_modifiedby_value": job.user,
    }
    solution = next(iter(store.data["solution"].find("uniquename", given.manifest.unique_name)), None)
    if solution is not None:
        row["solutionid"] = solution
    store.put("importjob", given.key, row)
