"""How many rows go into one request: as many as the server takes in 10 to 15 seconds.

The size is remembered per server, table and kind of write, for the whole process.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Row = TypeVar("Row")

LARGEST_CHUNK = 1000
SMALLEST_CHUNK = 10
TARGET_SECONDS = 12.0
SLOW_SECONDS = 15.0
QUICK_SECONDS = 5.0


class ChunkSizes:
    """The remembered sizes."""

    def __init__(self) -> None:
        self._sizes: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def size(self, *key: str) -> int:
        """Return how many rows to send together."""
        with self._lock:
            return self._sizes.get(key, LARGEST_CHUNK)

    def learn(self, rows: int, seconds: float, *key: str) -> None:
        """Note how long a request with so many rows took; zero rows are no news."""
        if not rows:
            return
        with self._lock:
            size = self._sizes.get(key, LARGEST_CHUNK)
            if seconds > SLOW_SECONDS:
                size = min(size, int(rows * TARGET_SECONDS / seconds))
            elif seconds < QUICK_SECONDS and rows >= size:
                size = size * 2
            self._sizes[key] = max(SMALLEST_CHUNK, min(LARGEST_CHUNK, size))

    def shrink(self, *key: str) -> None:
        """Halve the size after an answer that did not come in time."""
        with self._lock:
            self._sizes[key] = max(SMALLEST_CHUNK, self._sizes.get(key, LARGEST_CHUNK) // 2)


SIZES = ChunkSizes()


def chunks(rows: Iterable[Row], size: Callable[[], int], key: Callable[[Row], str]) -> Iterator[list[Row]]:
    """Yield rows in order, at most `size()` together and no key twice in one chunk (an empty key never counts)."""
    chunk: list[Row] = []
    seen: set[str] = set()
    for row in rows:
        name = key(row)
        if len(chunk) >= size() or (name and name in seen):
            yield chunk
            chunk, seen = [], set()
        chunk.append(row)
        seen.add(name)
    if chunk:
        yield chunk
