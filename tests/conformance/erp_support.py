"""Runs an independent client of the ERP in an environment of its own against a stand-in, and reads what it saw.

Like `environments.py`, which it shares the folder with; but several of these clients need a newer Python than ours. Each
client has a file of pinned, hashed requirements and a script in `erp_clients/`. The script gets the stand-in's ready
line as its one argument, does what the client documents, and prints one JSON object.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.environments import HOME

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CLIENTS = HERE / "erp_clients"
INSTALL_SECONDS = 300
RUN_SECONDS = 120


def interpreter(version: str) -> str:
    """A Python of this version or newer, this one first; skips the test where the machine has none."""
    wanted = tuple(map(int, version.split(".")))
    if sys.version_info[:2] >= wanted:
        return sys.executable
    names = [f"3.{minor}" for minor in range(wanted[1], wanted[1] + 4)]
    for name in names:
        for found in (*Path.home().glob(f".pyenv/versions/{name}.*/bin/python"), shutil.which(f"python{name}")):
            if found and _works(str(found)):
                return str(found)
    pytest.skip(f"this client needs Python {version}, which is not on this machine")


def _works(command: str) -> bool:
    return subprocess.run([command, "--version"], capture_output=True, check=False).returncode == 0


def environment(client: str, version: str) -> Path:
    """The Python of the client's own environment, made from its hashed requirements once per content of that file."""
    requirements = CLIENTS / f"{client}.txt"
    base = interpreter(version)
    digest = hashlib.sha256(requirements.read_bytes() + base.encode()).hexdigest()[:16]
    HOME.mkdir(exist_ok=True)
    (HOME / ".gitignore").write_text("*\n", encoding="utf-8")
    folder = HOME / f"{client}-{digest}"
    python = folder / "bin" / "python"
    with (HOME / f"{client}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # test processes side by side make it once
        if not (folder / "installed").exists():
            subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True, timeout=INSTALL_SECONDS)
            options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
            install = [str(python), "-m", "pip", "install", *options, "-r", str(requirements)]
            made = subprocess.run(install, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
            assert made.returncode == 0, f"{client} cannot be installed: {made.stderr[-3000:]}"
            (folder / "installed").touch()
    return python


@contextmanager
def stand_in(folder: Path, *arguments: str) -> Iterator[dict[str, Any]]:
    """The ERP stand-in as a process of its own; its ready line."""
    command = [sys.executable, "-m", "sandbox.nav", "--objects", "pack", "--data-dir", str(folder), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(timeout=10)


def run_client(client: str, ready: dict[str, Any], version: str = "3.11") -> dict[str, Any]:
    """What the client's script printed. The script's error output is shown when it fails."""
    python = environment(client, version)
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "BC365_"))}
    outside |= {"SSL_CERT_FILE": ready["ca"], "REQUESTS_CA_BUNDLE": ready["ca"], "NO_PROXY": "127.0.0.1,localhost"}
    done = subprocess.run(
        [str(python), str(CLIENTS / f"{client}_client.py"), json.dumps(ready)],
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        env=outside,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
