"""Taking and giving back leases.

Two workers that want one row: both send the same conditional UPDATE, one counts 1 and has it, the other counts 0. Times are
the database's own: PostgreSQL's clock, and on SQLite, which lives on one machine, that machine's.
"""

import os
import socket
import uuid
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Q

from connector.clock import database_now
from connector.errors import LockTaken
from sync.models.leases import Leased, new_token

__all__ = [
    "LeaseLost",
    "database_now",
    "lease_check",
    "lease_give_back",
    "lease_take",
    "leases_of_the_dead_end",
    "worker_name",
]

Row = TypeVar("Row", bound=Leased)


class LeaseLost(LockTaken):
    """Another worker has the row by now; what this one was about to commit counts no more."""


def worker_name() -> str:
    """Return a name that tells IT which process holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"


def lease_take(row: Row, *, seconds: int | None = None) -> uuid.UUID | None:
    """Take the lease on a row; return its token, or None when another worker has it or it is not due."""
    now = database_now()
    token = new_token()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    until = now + timedelta(seconds=seconds or settings.LEASE_SECONDS)
    taken = (
        type(row)
        ._default_manager.filter(free, due, pk=row.pk)
        .update(leased_until=until, lease_token=token, leased_by=worker_name())
    )
    if not taken:
        return None
    row.refresh_from_db()
    return token


def lease_check(row: Leased, token: uuid.UUID) -> None:
    """Renew the lease inside the present transaction. Raises LeaseLost when it ran out and somebody else has the row.

    Called in every transaction that commits work: without it, a worker that slept through its lease would commit over
    the work of the one that took over.
    """
    until = database_now() + timedelta(seconds=settings.LEASE_SECONDS)
    if not type(row)._default_manager.filter(pk=row.pk, lease_token=token).update(leased_until=until):
        raise LeaseLost(
            "Another worker has taken over this piece of work, because this one was silent for too long. Nothing is lost."
        )


def lease_give_back(row: Leased, token: uuid.UUID, *, not_before: datetime | None = None) -> None:
    """Give the row back; `not_before` keeps it untouched until then."""
    type(row)._default_manager.filter(pk=row.pk, lease_token=token).update(
        leased_until=None, lease_token=None, leased_by="", not_before=not_before
    )


def leases_of_the_dead_end() -> int:
    """End the leases of processes of this machine that are gone; return how many there were.

    Only in the embedded way to run, where every worker is a process of this machine. Elsewhere a host name and a process
    number do not tell one worker from another, and a dead worker's lease runs out by itself.
    """
    if connection.vendor != "sqlite":
        return 0
    from sync.models import MirrorTable, SynchChunk, SynchRunLine

    ended = 0
    for model in (SynchRunLine, SynchChunk, MirrorTable):
        holders = model._default_manager.exclude(leased_by="").values_list("leased_by", flat=True).distinct()
        dead = [holder for holder in holders if not _is_alive(holder)]
        ended += model._default_manager.filter(leased_by__in=dead).update(
            leased_until=None, lease_token=None, leased_by=""
        )
    return ended


def _is_alive(holder: str) -> bool:
    host, _, process = holder.rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
