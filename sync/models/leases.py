"""The lease: "this worker has the row until …".

A row is taken by one conditional UPDATE that sets the lease and a token; a commit of the work checks the token. SQLite
ignores row locks, so the condition is the lock. Two workers that meet on a row: one UPDATE counts 1, the other 0.
"""

import uuid

from django.db import models


class Leased(models.Model):
    """A row that one worker at a time may work on."""

    leased_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True, default=None)
    leased_by = models.CharField(max_length=80, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def new_token() -> uuid.UUID:
    """Return a token that nobody else holds."""
    return uuid.uuid4()
