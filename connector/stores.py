"""Where clients keep what all workers share: the adaptive window of a credential, and learned metadata.

The database serves the embedded default; with REDIS_URL the window lives in Redis, where a write per request costs nothing.
"""

from dataclasses import asdict
from typing import Any

import orjson
import redis
from django.conf import settings

from connector.clock import database_now
from connector.models import Connection, SchemaEntry
from connector.window import WindowState, WindowStore

# A window that nobody has used for a day is forgotten: the next client starts gently again.
REDIS_KEEP_SECONDS = 86_400
_REPLACE = """
local present = redis.call('HGET', KEYS[1], 'version')
if (present or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'state', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""


def state_to_json(state: WindowState) -> dict[str, Any]:
    """Return a window state as plain JSON."""
    return asdict(state)


def state_from_json(data: dict[str, Any]) -> WindowState:
    """Return a window state from plain JSON; an empty object is a fresh window."""
    if not data:
        return WindowState()
    shares = {token: (int(lanes), float(until)) for token, (lanes, until) in data.get("shares", {}).items()}
    return WindowState(float(data["size"]), int(data["ceiling"]), float(data["not_before"]), shares)


class DatabaseStore:
    """The window of a connection, in its row."""

    def __init__(self, connection_id: int) -> None:
        self._rows = Connection.objects.filter(pk=connection_id)

    def now(self) -> float:
        """Return the database's time, in seconds since 1970."""
        return database_now().timestamp()

    def read(self) -> tuple[WindowState, int]:
        """Return the state and its version."""
        data, version = self._rows.values_list("window", "window_version").get()
        return state_from_json(data), version

    def replace(self, state: WindowState, version: int) -> bool:
        """Store the state if its version is still this one; tell whether it was."""
        changed = self._rows.filter(window_version=version).update(
            window=state_to_json(state), window_version=version + 1
        )
        return bool(changed)


class RedisStore:
    """The window of a connection, in Redis."""

    def __init__(self, connection_id: int, url: str) -> None:
        self._redis: Any = redis.Redis.from_url(url)
        self._key = f"nsc:window:{connection_id}"
        self._replace = self._redis.register_script(_REPLACE)

    def now(self) -> float:
        """Return Redis' time, in seconds since 1970."""
        seconds, micros = self._redis.time()
        return float(seconds) + float(micros) / 1e6

    def read(self) -> tuple[WindowState, int]:
        """Return the state and its version."""
        version, state = self._redis.hmget(self._key, "version", "state")
        return state_from_json(orjson.loads(state) if state else {}), int(version or 0)

    def replace(self, state: WindowState, version: int) -> bool:
        """Store the state if its version is still this one; tell whether it was."""
        text = orjson.dumps(state_to_json(state))
        arguments: list[str | bytes] = [str(version), str(version + 1), text, str(REDIS_KEEP_SECONDS)]
        return bool(self._replace(keys=[self._key], args=arguments))


def window_store(connection: Connection) -> WindowStore:
    """Return the store that this set-up uses for a connection's window."""
    if settings.REDIS_URL:
        return RedisStore(connection.pk, settings.REDIS_URL)
    return DatabaseStore(connection.pk)


class DatabaseCache:
    """The metadata that a connection's clients keep."""

    def __init__(self, connection: Connection) -> None:
        self._entries = SchemaEntry.objects.filter(connection=connection)
        self._connection = connection

    def get(self, name: str) -> dict[str, Any] | None:
        """Return the entry, or None."""
        entry = self._entries.filter(name=name).first()
        return dict(entry.value) if entry else None

    def put(self, name: str, value: dict[str, Any]) -> None:
        """Keep an entry."""
        SchemaEntry.objects.update_or_create(connection=self._connection, name=name, defaults={"value": value})

    def drop(self) -> None:
        """Forget everything."""
        self._entries.all().delete()
