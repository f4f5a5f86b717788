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
from django.utils import timezone

from connector.errors import LockTaken
from sync.models.leases import Leased, new_token

Row = TypeVar("Row", bound=Leased)


def worker_name() -> str:
    """Return a name that tells IT which process holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"


def database_now() -> datetime:
    """Return the database's present time, UTC."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


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
    """Renew the lease inside the present transaction. Raises LockTaken when it ran out and somebody else has the row.

    Called in every transaction that commits work: without it, a worker that slept through its lease would commit over
    the work of the one that took over.
    """
    until = database_now() + timedelta(seconds=settings.LEASE_SECONDS)
    if not type(row)._default_manager.filter(pk=row.pk, lease_token=token).update(leased_until=until):
        raise LockTaken(
            "Another worker has taken over this piece of work, because this one was silent for too long. Nothing is lost."
        )


def lease_give_back(row: Leased, token: uuid.UUID, *, not_before: datetime | None = None) -> None:
    """Give the row back; `not_before` keeps it untouched until then."""
    type(row)._default_manager.filter(pk=row.pk, lease_token=token).update(
        leased_until=None, lease_token=None, leased_by="", not_before=not_before
    )
