"""Settings of the tests: those of the site, on a state folder that is thrown away, with quick password hashes.

DATABASE_URL and REDIS_URL choose the scaled way here as anywhere (make test-scaled).
"""

import atexit
import os
import shutil
import tempfile

# The mark is inherited by the processes that pytest-xdist starts: they share the first one's folder.
if "CONNECTOR_TESTS" not in os.environ:
    for _name in ("PRODUCTION", "SECRET_KEY", "ENCRYPTION_KEYS", "ALLOW_STAND_INS", "STATIC_ROOT", "PORT"):
        os.environ.pop(_name, None)
    os.environ["STATE_DIR"] = os.environ["CONNECTOR_TESTS"] = tempfile.mkdtemp(prefix="connector-tests-")
    atexit.register(shutil.rmtree, os.environ["STATE_DIR"], ignore_errors=True)

from connector.project.settings import *  # noqa: F403
from connector.project.settings import DATABASES, STATIC_ROOT

STATIC_ROOT.mkdir(parents=True, exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A test database need not outlive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"  # type: ignore[index]
