"""What a check of the proof is, what it works on, and how it ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connector.errors import IntegrationError
from connector.models import Connection, Side
from connector.nav.metadata import ServiceInfo
from connector.probe import Challenge, challenge_of
from connector.services import odata_root, verify_of
from setup_wizard.discovery.remedies import PATIENCE
from setup_wizard.models import CheckState
from sync.adapters import crm_client, erp_client
from sync.defaults import MAPPINGS
from sync.defaults.base import MappingDefault

Found = TypeVar("Found")
SYSTEM = {Side.ERP.value: "NAV", Side.CRM.value: "Sales"}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check ended: `sentence` is the result, `todo` what to do about it, `facts` figures for the page."""

    state: str
    sentence: str
    todo: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


# The application has no user in Sales yet, or the user has no role: what the administrator's work of Finish arranges.
CURED_BY_FINISH = frozenset({"0x80072560", "0x80042f09"})


def passed(sentence: str, **facts: Any) -> CheckResult:
    """Return the result of a check that found what it should."""
    return CheckResult(CheckState.PASSED, sentence, facts=facts)


def warning(sentence: str, todo: str = "", **facts: Any) -> CheckResult:
    """Return the result of a check that found something to look at, which stops nothing."""
    return CheckResult(CheckState.WARNING, sentence, todo, facts)


def failed(sentence: str, todo: str = "", **facts: Any) -> CheckResult:
    """Return the result of a check that found what would keep the synchronization from working."""
    return CheckResult(CheckState.FAILED, sentence, todo, facts)


def not_needed(sentence: str) -> CheckResult:
    """Return the result of a check that has nothing to look at here, with the reason."""
    return CheckResult(CheckState.SKIPPED, sentence)


class NotReady(Exception):
    """The check cannot be made, because the sign-in to its system does not work; another check says why."""

    def __init__(self, side: str, cause: IntegrationError) -> None:
        super().__init__(side)
        self.side = side
        self.cause = cause


class ProofContext:
    """Both connections and what is chosen; what several checks need is asked for once, failures included.

    `choices` is mapping name -> "to", "from" or "both".
    """

    def __init__(
        self, nav: Connection, sales: Connection, choices: Mapping[str, str], *, with_nav_record: bool = False
    ) -> None:
        self.nav, self.sales = nav, sales
        self.choices = dict(choices)
        self.with_nav_record = with_nav_record
        self._kept: dict[Any, tuple[Any, IntegrationError | None]] = {}

    def once(self, name: Any, find: Callable[[], Found]) -> Found:
        """Return what `find` returns, asked for once. Raises the IntegrationError of the first time again."""
        if name not in self._kept:
            try:
                self._kept[name] = (find(), None)
            except IntegrationError as error:
                self._kept[name] = (None, error)
        value, failure = self._kept[name]
        if failure is not None:
            raise failure
        found: Found = value
        return found

    def connection(self, side: str) -> Connection:
        """Return the connection of a side."""
        return self.nav if side == Side.ERP else self.sales

    def challenge(self, side: str) -> Challenge:
        """Return what a side answers without credentials. Raises IntegrationError."""
        connection = self.connection(side)
        url = f"{odata_root(connection)}/Company" if side == Side.ERP else f"{connection.address}/api/data/v9.2/WhoAmI"
        return self.once(("challenge", side), lambda: challenge_of(url, verify_of(connection)))

    def sign_in(self, side: str) -> Any:
        """Return NAV's companies, or who we are in Sales. Raises IntegrationError."""
        return self.once(("sign_in", side), self._companies if side == Side.ERP else self._who_am_i)

    def _companies(self) -> list[str]:
        with erp_client(self.nav, **PATIENCE) as client:
            return client.companies()

    def _who_am_i(self) -> dict[str, str]:
        with crm_client(self.sales, **PATIENCE) as client:
            return client.who_am_i()

    def need(self, *sides: str) -> None:
        """Make sure that these sides can be used. Raises NotReady, so that one cause is told once."""
        for side in sides:
            try:
                self.sign_in(side)
            except IntegrationError as error:
                raise NotReady(side, error) from error

    def services(self) -> dict[str, ServiceInfo]:
        """Return what NAV publishes, read anew once per proof."""
        return self.once("services", self._services)

    def _services(self) -> dict[str, ServiceInfo]:
        with erp_client(self.nav, **PATIENCE) as client:
            return client.metadata()

    def defaults(self) -> list[MappingDefault]:
        """Return the shipped form of the chosen mappings, in order."""
        return [default for default in MAPPINGS if default.name in self.choices]

    def goes(self, name: str, direction: str) -> bool:
        """Tell whether a chosen mapping goes this way."""
        return self.choices.get(name, "") in {direction, "both"}


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One check: a key that stays the same, its group, its title, and the function that makes it."""

    key: str
    group: str
    title: str
    make: Callable[[ProofContext], CheckResult]
    is_read_only: bool = True
