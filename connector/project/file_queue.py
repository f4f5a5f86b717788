"""The queue of the embedded default: Celery's filesystem transport, made safe for several processes.

kombu's own filesystem transport writes a message in place, so a worker that polls at that moment reads half of it and stops,
and its code lets two processes that start together meet a half-written exchange file. Here every file appears whole: it
is written beside its place and renamed, and a message belongs to the process whose rename took it. A message nobody
listens for lies in the folder until somebody does. Source: kombu/transport/filesystem.py.

A message that a killed worker had taken is gone. That is allowed: messages are hints, the sweep finds the row
(docs/decisions/0004-the-embedded-queue-is-a-folder.md).
"""

import fcntl
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem, virtual
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

Binding = filesystem.exchange_queue_t


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f".{uuid.uuid4()}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


class Channel(filesystem.Channel):
    """One process's view of the folder."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        # Wall clock first in the name: messages are taken in the order of sending, across processes and restarts.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for name in self._names(queue):
            taken = Path(self.processed_folder) / name
            try:
                (Path(self.data_folder_in) / name).rename(taken)
            except FileNotFoundError:
                continue  # Another worker's rename came first: the message is its own.
            text = taken.read_text(encoding="utf-8")
            taken.unlink()
            try:
                return loads(text)
            except ValueError:
                logger.warning("A damaged message of queue %s was dropped; the sweep finds its work.", queue)
        raise Empty

    def _names(self, queue: str) -> list[str]:
        names = os.listdir(self.data_folder_in)  # noqa: PTH208 - polled five times a second, names are all it needs
        return sorted(name for name in names if name.partition(".")[2] == f"{queue}.msg")

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        binding = Binding(routing_key or "", pattern or "", queue or "")
        # Declared at every sending: look first, so that the lock is taken once per queue and not once per message.
        if binding not in self.get_table(exchange):
            self._table_change(exchange, lambda table: [binding, *(row for row in table if row != binding)])

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        self._purge(queue)
        binding = Binding(routing_key or "", pattern or "", queue or "")
        self._table_change(exchange, lambda table: [row for row in table if row != binding])

    def _table_change(self, exchange: str, change: Callable[[list[Any]], list[Any]]) -> None:
        with self._control_lock():
            _write_whole(self.control_folder / f"{exchange}.exchange", dumps(change(self.get_table(exchange))))

    @contextmanager
    def _control_lock(self) -> Iterator[None]:
        """Let one process at a time change an exchange file; readers need no lock, they see the old file or the new."""
        self.control_folder.mkdir(parents=True, exist_ok=True)
        with (self.control_folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """The transport to name in CELERY_BROKER_TRANSPORT."""

    Channel = Channel

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        # The folder is the state. kombu keeps one memory of bindings per process, which outlives a folder.
        self.state = virtual.BrokerState()
