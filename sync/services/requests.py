"""Counting what a run asks of both systems."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import F

from sync.models import SynchRun


@contextmanager
def count_requests(run_id: uuid.UUID, side: str, client: Any) -> Iterator[None]:
    """Add the requests that `client` sends within the block to the run, also when it fails."""
    before = client.requests
    try:
        yield
    finally:
        sent = client.requests - before
        if sent:
            column = f"{side}_requests"
            SynchRun.objects.filter(pk=run_id).update(**{column: F(column) + sent})
