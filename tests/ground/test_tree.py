"""What lies in the repository: locks with hashes and no addresses, no trace of a machine, names that keep their promise."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# Put together at run time, so that this file does not hold what it looks for.
REGISTRIES = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org"))]
REGISTRIES += [".".join(("deb", "debian", "org")), ".".join(("docker", "io")), ".".join(("ghcr", "io"))]
MACHINE_FOLDERS = ["/" + "/".join(parts) + "/" for parts in (("work",), ("farm",), ("opt", "pypi"), ("opt", "wheels"))]
HOMES = re.compile(r"/(?:home|Users)/[a-z]\w*/|/ro{2}t/")


def tracked_files() -> list[Path]:
    """The files in git and those that are about to be: not ignored, not yet added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    found = {}
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" not in data:
            found[str(path.relative_to(ROOT))] = data.decode("utf-8", "replace")
    return found


def packages(lock: Path) -> dict[str, list[str]]:
    """Package line -> its hashes."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in lock.read_text().splitlines():
        if line.startswith("    --hash="):
            found[current].append(line.strip().rstrip(" \\"))
        elif line and not line.startswith("#"):
            current = line.rstrip(" \\")
            found[current] = []
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_every_package_with_hashes(lock):
    for package, hashes in packages(lock).items():
        assert re.fullmatch(r"[a-z0-9.-]+==[^ ;]+(?: ; .+)?", package), package
        assert hashes, f"{package} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", value) for value in hashes)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_address_and_no_folder(lock):
    text = lock.read_text()

    assert not re.search(r"://|index-url|find-links|trusted-host|\s@\s|^-", text, re.MULTILINE)


def test_a_package_has_one_version_in_all_locks():
    base, demo, dev = (set(packages(ROOT / "requirements" / f"{name}.txt")) for name in ("base", "demo", "dev"))

    assert base < demo < dev


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {"base": project["project"]["dependencies"], "demo": project["dependency-groups"]["sandbox"]}
    wanted["dev"] = project["dependency-groups"]["dev"]

    for name, requirements in wanted.items():
        locked = {line.partition("==")[0] for line in packages(ROOT / "requirements" / f"{name}.txt")}
        asked = {re.split(r"[\[<>=!~ ;]", text)[0].lower().replace("_", "-") for text in requirements}
        assert asked <= locked, f"requirements/{name}.txt: run `make lock`"


def test_no_file_names_a_registry_or_a_folder_of_some_machine():
    found = [
        f"{name}: {word}" for name, text in texts().items() for word in [*REGISTRIES, *MACHINE_FOLDERS] if word in text
    ]
    found += [f"{name}: {match.group()}" for name, text in texts().items() if (match := HOMES.search(text))]

    assert found == []


def test_no_file_holds_a_private_key():
    """A made-up text between the markers is fine in a test; the lines of a real key are not."""
    key = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(?:[A-Za-z0-9+/=]{60,}\s+)+")

    assert [name for name, text in texts().items() if key.search(text)] == []


@pytest.mark.parametrize(
    "target", ["install", "demo", "run", "check", "test", "test-full", "bench", "soak", "messages"]
)
def test_make_knows_its_targets(target):
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_make_without_a_target_lists_them():
    done = subprocess.run(["make", "--silent"], cwd=ROOT, capture_output=True, text=True, check=True)

    listed = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"install", "demo", "run", "check", "test", "test-full", "bench", "soak", "messages"} <= listed


def test_the_tests_leave_out_only_what_the_full_tests_run():
    """Every marker that `make test` deselects is run by a part of `make test-full`, or by `make soak`."""
    makefile = (ROOT / "Makefile").read_text()
    left_out = set(re.findall(r"not (\w+)", re.search(r"^test:.*\n\t.*-m \"(.+)\"", makefile, re.MULTILINE).group(1)))
    full = re.search(r"^test-full: (.+?)  ##", makefile, re.MULTILINE).group(1).split()
    expressions = [re.search(rf"^{part}:.*\n\t.*-m \"(.+)\"", makefile, re.MULTILINE).group(1) for part in full]
    run = {word for text in expressions for word in re.findall(r"\w+", re.sub(r"not \w+", "", text))}

    assert left_out - run == {"scaled", "soak"}
    assert "not scaled" not in expressions[full.index("test-scaled")]
