"""Makes the virtual environment of a client and runs its driver in it."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HOME = ROOT / ".venv-conformance"
RUN_SECONDS = 170
INSTALL_SECONDS = 900


def interpreter(client: str) -> Path:
    """The Python of a client's environment, made if its lock file has none yet."""
    lock = HERE / client / "requirements.txt"
    HOME.mkdir(exist_ok=True)
    (HOME / ".gitignore").write_text("*\n", encoding="utf-8")
    folder = HOME / f"{client}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python, done = folder / "bin" / "python", folder / "installed"
    with (HOME / f"{client}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # test processes side by side make it once
        if not done.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            install = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                str(lock),
            ]
            made = subprocess.run([python, *install], capture_output=True, text=True, timeout=INSTALL_SECONDS)
            assert made.returncode == 0, f"{client} cannot be installed: {made.stderr[-3000:]}"
            done.touch()
    return python


def report(client: str, ready: Path, certificate: str, folder: Path) -> dict[str, Any]:
    """What a client's driver says about each of its operations: `{"value": ...}` or `{"error": ...}` by name."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    answer = folder / f"{client}.json"
    done = subprocess.run(
        [interpreter(client), HERE / client / "driver.py", ready, answer],
        env={**kept, "REQUESTS_CA_BUNDLE": certificate, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(answer.read_text(encoding="utf-8")))
