"""Write the lock files under requirements/ from pyproject.toml: every package pinned, with the hashes of all its files.

No index address and no folder of the machine that resolved them stands in the result, so the files install from whatever
index `pip` is set up for. The machine's own pip configuration is left out while resolving: a file that only lies on this
machine's disk must not get into a lock. Run it with `make lock`; name packages to let only those move:
`make lock UPGRADE="django"`.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# File name -> dependency groups on top of the project's own dependencies.
LOCKS = {"base": (), "demo": ("sandbox",), "dev": ("sandbox", "dev")}
HEADER = "# Locked by `make lock` for Python 3.11 from pyproject.toml ({what}); do not edit by hand.\n"


def wanted(groups: tuple[str, ...]) -> list[str]:
    """Return the requirements of the project and of these dependency groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = list(project["project"]["dependencies"])
    for group in groups:
        lines += project["dependency-groups"][group]
    return lines


def _environment() -> dict[str, str]:
    local = {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"}
    kept = {name: value for name, value in os.environ.items() if name not in local}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def lock(name: str, groups: tuple[str, ...], upgrade: list[str]) -> None:
    """Resolve one lock file; what is already in it stays at its version unless it is named in `upgrade`.

    Each file is resolved under the one before it, so that a package has one version in all of them.
    """
    target = ROOT / "requirements" / f"{name}.txt"
    command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--output-file", str(target)]
    command += ["--generate-hashes", "--strip-extras", "--no-header", "--no-annotate"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"]
    for package in upgrade:
        command += ["--upgrade-package", package]
    if name != "base":
        command += ["--constraint", str(ROOT / "requirements" / "base.txt")]
    subprocess.run(
        [*command, "-"], input="\n".join(wanted(groups)), text=True, check=True, cwd=ROOT, env=_environment()
    )
    what = " and ".join(["the project's dependencies", *(f"group {group}" for group in groups)])
    target.write_text(HEADER.format(what=what) + target.read_text(encoding="utf-8"), encoding="utf-8")


def main() -> None:
    """Write all lock files."""
    for name, groups in LOCKS.items():
        lock(name, groups, sys.argv[1:])
        print(f"requirements/{name}.txt")


if __name__ == "__main__":
    main()
