"""Names, ids and version of the solution. Ids are made from names, so that every build has the same ones."""

import uuid

PREFIX = "nsc"
PUBLISHER = "navsalesconnector"
PUBLISHER_TITLE = "NAV Sales Connector"
# New options of the publisher's choice columns begin here.
OPTION_VALUE_PREFIX = 72700
SOLUTION = "NavSalesConnector"
SOLUTION_TITLE = "NAV Sales Connector"
VERSION = "1.0.0.0"
"""Raised with every change of what the package holds: an older one that is installed is upgraded."""
FORMAT_VERSION = "9.2.0.0"
ENGLISH, DUTCH = 1033, 1043

CONNECTION = f"{PREFIX}_connection"
STATISTICS = f"{PREFIX}_accountstatistics"

NAV_SOLUTION = "MicrosoftDynamicsNavIntegration"
"""What NAV's own integration is called; a customer who has it can keep it."""

_NAMESPACE = uuid.UUID("b0b6a1d2-7f55-4b0e-9a62-5b6d2c5a3c10")


def id_of(kind: str, name: str) -> str:
    """Return the id of a role, form, view or piece of a form, always the same for a name."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))


def braced(key: str) -> str:
    """Return an id as solution files write it."""
    return "{" + key + "}"


def version_key(version: str) -> tuple[int, ...]:
    """Return a version for comparing: as four numbers, never as text (1.10 is newer than 1.9)."""
    numbers = [int(part) if part.isdecimal() else 0 for part in version.split(".")[:4]]
    return tuple(numbers + [0] * (4 - len(numbers)))
