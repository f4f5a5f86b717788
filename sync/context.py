"""The shell around every page: navigation by role, the bridge, the person's theme and density."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sync.roles import LABELS, MANAGE_PEOPLE, SUPERUSER
from sync.selectors import shell as selectors
from sync.selectors.record_lists import LISTS
from sync.sessions import needs_second_factor

THEMES = ("", "light", "dark")
DENSITIES = ("", "compact")
START_PERMISSION = "sync.add_synchrun"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the left navigation."""

    title: str | Promise
    icon: str
    url: str
    is_current: bool
    count: int = 0
    tone: str = ""
    busy: bool = False

    @property
    def count_text(self) -> str:
        """The count as shown: capped, since nobody reads the difference."""
        return "10,000+" if self.count > selectors.CAP else str(self.count)


@dataclass(frozen=True, slots=True)
class Group:
    """A titled group of entries."""

    title: str | Promise
    entries: list[Entry]


class Shell:
    """Read when a template asks, so fragments pay only for what they show."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def bridge(self) -> selectors.Bridge:
        """Both systems and what happens between them."""
        return selectors.bridge()

    @property
    def theme(self) -> str:
        """The person's theme; blank follows the system."""
        theme = self.request.COOKIES.get("theme", "")
        return theme if theme in THEMES else ""

    @property
    def density(self) -> str:
        """The person's row height; blank is the wide one."""
        density = self.request.COOKIES.get("density", "")
        return density if density in DENSITIES else ""

    @property
    def other_language(self) -> str:
        """The language that one click leads to."""
        return "en" if (get_language() or "en").startswith("nl") else "nl"

    @property
    def initials(self) -> str:
        """The person's initials."""
        user = self.request.user
        parts = [getattr(user, "first_name", ""), getattr(user, "last_name", "")]
        found = "".join(part[0] for part in parts if part) or user.get_username()[:2]
        return found.upper()

    @cached_property
    def roles(self) -> str:
        """The person's roles in words."""
        user = self.request.user
        names = list(user.groups.values_list("name", flat=True)) if user.is_authenticated else []
        words = [str(LABELS.get(name, name)) for name in names]
        return ", ".join(words) or (str(SUPERUSER) if getattr(user, "is_superuser", False) else "")

    @property
    def second_step_needed(self) -> bool:
        """Whether the person must set up a second step before anything else."""
        return needs_second_factor(self.request)

    @property
    def may_start(self) -> bool:
        """Whether the person may start, stop and restart synchronizations."""
        return bool(self.request.user.has_perm(START_PERMISSION))

    @cached_property
    def groups(self) -> list[Group]:
        """The navigation, without what the person's role does not see."""
        groups = [
            Group("", self._entries([("sync:home", _("Home"), "home", "")])),
            Group(_("Records"), self._record_entries()),
            Group(
                _("Synchronization"),
                self._entries(
                    [
                        ("sync:review", _("CRM Full Synch. Review"), "clipboard-document-check", "sync.view_synchrun"),
                        (
                            "sync:mappings",
                            _("Integration Table Mappings"),
                            "arrows-right-left",
                            "sync.view_integrationtablemapping",
                        ),
                        ("sync:jobs", _("Integration Synch. Jobs"), "list-bullet", "sync.view_synchjob"),
                        ("sync:log", _("Job Queue Log Entries"), "clock", "sync.view_jobqueuelogentry"),
                    ]
                ),
            ),
            Group(_("Needs you"), self._needs()),
            Group(
                _("Administration"),
                self._entries(
                    [
                        ("setup_wizard:start", _("Assisted Setup"), "sparkles", "connector.change_connection"),
                        (
                            "connection_setup:page",
                            _("Connection Setup"),
                            "adjustments-horizontal",
                            "connector.view_connection",
                        ),
                        ("sync:health_page", _("Health"), "heart", "connector.view_connection"),
                        ("sync:people", _("Users and roles"), "users", MANAGE_PEOPLE),
                    ]
                ),
            ),
        ]
        return [group for group in groups if group.entries]

    def _is_current(self, url: str) -> bool:
        path = self.request.path
        if url == reverse("sync:review") and path.startswith("/runs/"):
            return True
        return path == url if url == reverse("sync:home") else path.startswith(url)

    def _entries(self, rows: list[tuple[str, Any, str, str]]) -> list[Entry]:
        entries = []
        for name, title, icon, permission in rows:
            if permission and not self.request.user.has_perm(permission):
                continue
            url = reverse(name)
            busy = name == "sync:review" and self.bridge.is_running
            entries.append(Entry(title, icon, url, self._is_current(url), busy=busy))
        return entries

    def _record_entries(self) -> list[Entry]:
        if not self.request.user.has_perm("sync.view_mirrorrecord"):
            return []
        entries = []
        for item in LISTS:
            url = reverse("sync:records", args=[item.slug])
            entries.append(Entry(item.nav_title, item.icon, url, self._is_current(url)))
        return entries

    def _needs(self) -> list[Entry]:
        user, entries = self.request.user, []
        if user.has_perm("sync.view_fieldconflict"):
            url = reverse("sync:conflicts")
            number = selectors.open_conflict_count()
            entries.append(Entry(_("Conflicts"), "arrows-pointing-in", url, self._is_current(url), number, "wait"))
        if user.has_perm("sync.view_synchjoberror"):
            url = reverse("sync:errors")
            number = selectors.open_error_count()
            entries.append(
                Entry(_("Synchronization Errors"), "exclamation-triangle", url, self._is_current(url), number, "bad")
            )
        return entries


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the shell of a signed-in person's pages."""
    return {"shell": Shell(request)}
