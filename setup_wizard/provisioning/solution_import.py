"""Importing a solution: what is there already, the import or upgrade with its progress, and readable reasons when it fails.

A run that was cut off continues: the server goes on importing by itself, so the next run follows the import that it finds, or
sees that the solution is there.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from connector.dataverse.client import DataverseClient
from connector.dataverse.environment import table_facts
from connector.dataverse.solutions import (
    ANOTHER_RUNS,
    ImportStarted,
    ImportState,
    Solution,
    import_state,
    solution_import,
    solution_promote,
    solutions_find,
)
from connector.errors import (
    ConfigurationError,
    IntegrationError,
    NotFound,
    PermissionMissing,
    Retryable,
    ServerUnavailable,
)
from setup_wizard.provisioning.presence import OWN_TABLES, can_read, is_older
from setup_wizard.solution.names import SOLUTION
from setup_wizard.solution.package import PackageFacts, package_build, package_facts, package_read
from setup_wizard.solution.roles import role_definitions, tables_of_rights
from sync.choices import DeletionConflict
from sync.models import IntegrationTableMapping

POLL_SECONDS = 2.0
# The server's own limit for an import lies far above what ours takes.
LONGEST_SECONDS = 1800.0
# Another import holds the environment: so often, with pauses from 5 seconds doubling to 80 (reference dataverse-web-api 3.4).
BUSY_PAUSES = (5.0, 10.0, 20.0, 40.0, 80.0)
# A held upgrade stands beside the installed version under this name.
HELD = "_Upgrade"

Progress = Callable[[int | None, str], None]
"""Called with the percentage, where it is known, and what happens now."""
Keep = Callable[[ImportStarted], None]
"""Called with the ids of an import that has begun, so that a later run can follow it."""


@dataclass(slots=True)
class Importer:
    """Brings one package into an environment. `pause` and `clock` are for tests."""

    client: DataverseClient
    progress: Progress
    keep: Keep
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self, package: bytes, begun: ImportStarted | None = None) -> str:
        """Import, upgrade or leave alone; return what was done as a sentence. Raises IntegrationError with one."""
        facts = package_facts(package)
        if begun is not None:
            self._follow_again(begun)
        installed = self._installed(facts)
        there = installed.get(facts.unique_name)
        if there is not None and not is_older(there, facts.version):
            self._check_usable(facts)
            return _("%(title)s %(version)s is installed.") % {"title": there.title, "version": there.version}
        if held := installed.get(facts.unique_name + HELD):
            if is_older(held, facts.version):
                raise ConfigurationError(
                    _("An older upgrade of %(title)s waits in Sales. Finish or delete it there first, then try again.")
                    % {"title": held.title},
                    code="upgrade_waits",
                )
        elif there is None:
            self._import(package, facts, as_upgrade=False)
        else:
            self._check_kind(there, facts)
            # An unmanaged solution is simply imported over; a managed one is held, then takes the old one's place.
            self._import(package, facts, as_upgrade=facts.managed)
        if self._installed(facts).get(facts.unique_name + HELD):
            self._promote(facts)
        return self._outcome(facts, there)

    def _outcome(self, facts: PackageFacts, before: Solution | None) -> str:
        now = self._installed(facts).get(facts.unique_name)
        if now is None or is_older(now, facts.version):
            raise ConfigurationError(
                _("Sales says that the import went well, but %(name)s %(version)s is not installed. Try again.")
                % {"name": facts.unique_name, "version": facts.version},
                code="import_lost",
            )
        self._check_usable(facts)
        if before is None:
            return _("%(title)s %(version)s was imported.") % {"title": now.title, "version": now.version}
        return _("%(title)s was upgraded from %(before)s to %(version)s.") % {
            "title": now.title,
            "before": before.version,
            "version": now.version,
        }

    def _installed(self, facts: PackageFacts) -> dict[str, Solution]:
        return solutions_find(self.client.wire, (facts.unique_name, facts.unique_name + HELD))

    def _check_usable(self, facts: PackageFacts) -> None:
        if facts.unique_name == SOLUTION and not can_read(self.client, OWN_TABLES):
            raise ConfigurationError(
                _(
                    "The solution is installed, but its tables cannot be read. Delete the solution in Sales and import it again."
                ),
                code="solution_unusable",
            )

    def _check_kind(self, there: Solution, facts: PackageFacts) -> None:
        if there.managed != facts.managed:
            kinds = (_("managed"), _("unmanaged"))
            raise ConfigurationError(
                _(
                    "%(title)s is installed as %(there)s solution, the package is %(given)s. Take a package of the same kind, or "
                    "delete the installed solution first."
                )
                % {
                    "title": there.title,
                    "there": kinds[0 if there.managed else 1],
                    "given": kinds[0 if facts.managed else 1],
                },
                code="other_kind",
            )

    def _import(self, package: bytes, facts: PackageFacts, *, as_upgrade: bool) -> None:
        what = _("%(name)s is being imported. This takes some minutes.") % {"name": facts.title or facts.unique_name}
        self.progress(0, what)
        name = facts.unique_name + (HELD if as_upgrade else "")
        started = self._when_free(
            lambda: solution_import(self.client.wire, package, as_upgrade=as_upgrade),
            lambda: self._is_there(facts, name),
        )
        if started is not None:
            self.keep(started)
            self._follow(started, what)

    def _promote(self, facts: PackageFacts) -> None:
        what = _("The new version takes the place of the old one.")
        self.progress(None, what)
        started = self._when_free(
            lambda: solution_promote(self.client.wire, facts.unique_name),
            lambda: self._is_there(facts, facts.unique_name),
        )
        if started is not None and started.operation_id:
            self.keep(started)
            self._follow(started, what)

    def _is_there(self, facts: PackageFacts, name: str) -> bool:
        found = self._installed(facts).get(name)
        return found is not None and not is_older(found, facts.version)

    def _when_free(self, send: Callable[[], ImportStarted], is_done: Callable[[], bool]) -> ImportStarted | None:
        """Send, waiting while another import or removal holds the environment; None when that one did the work.

        It may be our own, whose answer was lost or whose process was killed before it had kept the ids.
        """
        for seconds in BUSY_PAUSES:
            try:
                return send()
            except ServerUnavailable as error:
                if error.code != ANOTHER_RUNS:
                    raise
                self.progress(None, _("Another solution is being imported or removed in Sales; this one waits for it."))
                self.pause(seconds)
                if is_done():
                    return None
        return send()

    def _follow_again(self, begun: ImportStarted) -> None:
        """Follow an import of an earlier run to its end; how it ended shows in what is installed."""
        try:
            self._follow(begun, _("The import that was begun before is still running."))
        except (NotFound, ConfigurationError):
            # It failed, or is not known any more: the import is begun anew.
            return

    def _follow(self, started: ImportStarted, what: str) -> None:
        deadline = self.clock() + LONGEST_SECONDS
        while True:
            state = self._state(started)
            if state is not None and state.has_succeeded:
                self.progress(100, what)
                return
            if state is not None and state.is_done:
                raise import_error(state)
            if self.clock() > deadline:
                raise ServerUnavailable(
                    _(
                        "Sales is still importing the solution after half an hour. Sign in again later: the set-up goes on then."
                    ),
                    code="import_slow",
                )
            if state is not None:
                self.progress(state.percent, what)
            self.pause(POLL_SECONDS)

    def _state(self, started: ImportStarted) -> ImportState | None:
        try:
            return import_state(self.client.wire, started)
        except Retryable:
            # The import itself goes on; it is asked again.
            return None


def own_package(client: DataverseClient) -> bytes:
    """Return our package with this environment's own names of privileges, and rights for the deletion policies that are set."""
    deleting = IntegrationTableMapping.objects.filter(deletion_conflict=DeletionConflict.DELETE)
    chosen = sorted(set(deleting.values_list("name", flat=True)))
    tables = [table for table in tables_of_rights(role_definitions(deleting=chosen)) if table not in OWN_TABLES]
    facts = table_facts(client.wire, tables)
    names = {name: dict(table.privileges) for name, table in facts.items() if table.privileges}
    return package_build(deleting=chosen, names=names)


def wanted_package(client: DataverseClient, path: str | None) -> bytes:
    """Return the package to import: the one that was uploaded, else ours. Raises ConfigurationError."""
    return package_read(path) if path else own_package(client)


_BY_CODE = {
    "0x8004801d": "dependencies",
    "0x8004801f": "root",
    "0x80048038": "kind",
    "0x80048040": "kind",
    "0x80048041": "kind",
    "0x80040220": "rights",
}


def import_error(state: ImportState) -> IntegrationError:
    """Return the error for an import that failed, with the server's own reasons."""
    reasons = " ".join(state.errors) or _("Sales gives no reason.")
    kind = _BY_CODE.get(state.code, "")
    sentences = {
        "dependencies": _(
            "Sales lacks what the solution builds on. Dynamics 365 Sales must be installed in the environment."
        ),
        "root": _("The solution package is incomplete."),
        "kind": _("The solution is there already as another kind, managed or unmanaged. Delete it in Sales first."),
        "rights": _("The administrator's account lacks the rights to import a solution. Use a System Administrator."),
    }
    general = _(
        "The import of the solution failed. Use a System Administrator, and make sure that no other solution is being imported "
        "or removed."
    )
    message = f"{sentences.get(kind, general)} {reasons}"
    if kind == "rights":
        return PermissionMissing(message, code=state.code)
    return ConfigurationError(message, code=state.code or "import_failed")
