"""Looks at addresses that a person types: told alike when nothing may or can be reached, and counted per person.

Without this, the wizard could be used to find out which hosts and ports answer (design 11). The address guard itself is in
connector/addresses.py and holds in every client; here its refusals and a dead address get the same answer.
"""

from django.core.cache import cache
from django.utils.translation import gettext as _

# So many looks that lead nowhere are a person's typing errors; more in this time is somebody trying addresses.
MOST_REFUSED, WITHIN_SECONDS = 10, 600
# What tells apart a closed port, a silent host, an unknown name and an address that we refuse.
UNREACHABLE = frozenset(
    "unreachable unknown_host address_refused no_answer timeout connect connection ServerUnavailable Timeout".split()
)


class TooManyLooks(Exception):
    """The person has named too many addresses that lead nowhere; `str` says what to do."""


def look_allowed(user_id: int) -> None:
    """Raise TooManyLooks when this person has to wait."""
    if int(cache.get(_key(user_id), 0)) >= MOST_REFUSED:
        raise TooManyLooks(
            _(
                "Too many addresses in a row led nowhere, so we stop looking for 10 minutes. Ask whoever runs the server "
                "for the address, then try again."
            )
        )


def look_counted(user_id: int, code: str) -> None:
    """Count a look that led nowhere."""
    if code in UNREACHABLE or code == "address_private":
        if cache.add(_key(user_id), 1, WITHIN_SECONDS):
            return
        try:
            cache.incr(_key(user_id))
        except ValueError:  # It ran out between the two calls: this is the first of a new count.
            cache.set(_key(user_id), 1, WITHIN_SECONDS)


def problem_told(code: str, problem: str, todo: str) -> tuple[str, str]:
    """Return sentence and advice as the page shows them: one and the same for everything that cannot be reached."""
    if code in UNREACHABLE:
        return (
            _("Nothing that we may use answers at this address."),
            _(
                "Check host and port for a typing error, whether the server runs, and whether a firewall lets this "
                "program's machine through."
            ),
        )
    return problem, todo


def _key(user_id: int) -> str:
    return f"setup-look:{user_id}"
