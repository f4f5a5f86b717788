"""Start the site and its workers in the foreground, without stand-ins, on the database and queue that the environment names.

REDIS_URL set: the processes of Procfile (workers per queue, beat, Flower). Else: those of Procfile.embedded. The database is
brought up to date first. honcho (a process runner) prefixes each line with the process's name and stops all when one ends.
"""

import os
import subprocess
import sys

from scripts.children import ROOT, base_environment


def main() -> None:
    """Prepare, then become the process runner."""
    os.chdir(ROOT)
    environment = base_environment()
    # Named outright, so that the site never falls back to the database that a demo left behind.
    environment.setdefault("STATE_DIR", str(ROOT / ".state"))
    environment.setdefault("PORT", "8000")
    for arguments in (["migrate", "--no-input"], ["collectstatic", "--no-input", "--verbosity", "0"]):
        status = subprocess.run([sys.executable, "manage.py", *arguments], env=environment, check=False).returncode
        if status:
            sys.exit(status)
    procfile = "Procfile" if environment.get("REDIS_URL") or environment.get("REDIS_URL_FILE") else "Procfile.embedded"
    command = [sys.executable, "-m", "honcho", "start", "--procfile", procfile, "--port", environment["PORT"]]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter with fixed arguments


if __name__ == "__main__":
    main()
