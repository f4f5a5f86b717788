"""Typed readers for the environment: a wrong value stops the start with a sentence.

Every setting NAME can also be given as NAME_FILE, a path to a file that holds the value (container secrets).
A file `.demo/env.json` in the checkout, written by `make demo`, fills in what the environment leaves open, so that
`manage.py` works on the demo's database with nothing set.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
DEMO_ENVIRONMENT = BASE_DIR / ".demo" / "env.json"


def _demo_values() -> dict[str, str]:
    decisive = ("STATE_DIR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    if any(os.environ.get(name) for name in decisive) or not DEMO_ENVIRONMENT.is_file():
        return {}
    values = json.loads(DEMO_ENVIRONMENT.read_text(encoding="utf-8"))
    return {str(name): str(value) for name, value in values.items()}


DEMO_VALUES = _demo_values()


def read_text(name: str, default: str = "") -> str:
    """Return the setting `name`, from the environment, from the file NAME_FILE, or the default."""
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    return DEMO_VALUES.get(name, default)


def read_flag(name: str, default: bool = False) -> bool:
    """Return a yes/no setting; anything but 1, 0, true, false, yes, no is an error."""
    value = read_text(name).strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")


def read_list(name: str) -> list[str]:
    """Return a setting that holds several values, parted by commas or blanks."""
    return [part for part in read_text(name).replace(",", " ").split() if part]


def read_number(name: str, default: int) -> int:
    """Return a whole number of zero or more."""
    value = read_text(name)
    if not value:
        return default
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number.")
    return int(value)


def database_from_url(url: str, state_dir: Path) -> dict[str, object]:
    """Return Django's database settings for DATABASE_URL, or the embedded SQLite file when it is empty.

    SQLite runs in WAL mode with immediate transactions, so that two writers wait instead of failing, and with
    `synchronous=FULL`, so that a committed coupling survives a power cut.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": state_dir / "connector.sqlite3",
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
            },
            "TEST": {"NAME": state_dir / "test.sqlite3"},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name. Leave it empty for the embedded database."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def key_from_state(path: Path, make: Callable[[], str]) -> str:
    """Return the text kept in `path`, made once by `make()` and readable by the owner alone."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        value = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(value)
        except FileExistsError:
            return path.read_text(encoding="utf-8").strip()
        return value
