"""One unit of work over the companies it may touch: all of it, or nothing of it, statistics included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from sandbox.common.stats import Stats
from sandbox.nav.store import CompanyStore


@contextmanager
def unit_of_work(stores: Iterable[CompanyStore], stats: Stats) -> Iterator[None]:
    """Undo every change of these companies when an exception leaves the block; rows not kept are not counted."""
    counted = {table: dict(counts) for table, counts in stats.rows.items()}
    try:
        with ExitStack() as stack:
            for store in stores:
                stack.enter_context(store.transaction())
            yield
    except BaseException:
        stats.rows.clear()
        stats.rows.update(counted)
        raise
