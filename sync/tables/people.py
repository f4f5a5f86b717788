"""The table of people."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sync.selectors.people import has_second_factor, role_text
from sync.tables.columns import Column, HeadColumn, LookColumn, MomentColumn, Table
from sync.tables.looks import IDLE, OFF, OK, Look


def person_href(person: User) -> str:
    """Return the address of a person's card."""
    return reverse("sync:person", args=[person.pk])


def state_look(person: User) -> Look:
    """Return whether a person may sign in."""
    if not person.is_active:
        return OFF.saying(_("Deactivated"))
    if not person.has_usable_password() and person.last_login is None:
        return Look("wait", "wait", _("Has not signed in yet"))
    return OK.saying(_("Active"))


def second_look(person: User) -> Look:
    """Return whether a person signs in with a second step."""
    return OK.saying(_("On")) if has_second_factor(person) else IDLE.saying(_("Off"))


class PeopleTable(Table):
    """*Users and roles*: one row per person."""

    caption = _("Users and roles")
    name = HeadColumn(
        verbose_name=_("Name"), href=person_href, text=lambda person: person.get_full_name() or person.get_username()
    )
    username = Column(verbose_name=_("User Name"))
    role = Column(verbose_name=_("Role"), empty_values=())
    state = LookColumn(verbose_name=_("Status"), look=state_look)
    second = LookColumn(verbose_name=_("Second step"), look=second_look)
    last_login = MomentColumn(verbose_name=_("Last sign-in"), default=_("never"))

    class Meta(Table.Meta):
        sequence = ("name", "username", "role", "state", "second", "last_login")

    def render_role(self, record: User) -> str:
        """Return the role in words."""
        return str(role_text(record) or _("No role"))
