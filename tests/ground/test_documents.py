"""What the documents say is what the program does."""

import json
import re
from pathlib import Path

import pytest

from setup_wizard import answers

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# Written for the container image and the tests, of no use to IT.
INNER = {"CONNECTOR_TESTS"}


@pytest.mark.parametrize(
    ("part", "keys"),
    [("nav", answers.NAV_KEYS), ("sales", answers.SALES_KEYS), ("options", answers.OPTION_KEYS)],
)
def test_the_setup_schema_lists_what_setup_connection_reads(part, keys):
    schema = json.loads((DOCS / "setup.schema.json").read_text())

    assert set(schema["properties"][part]["properties"]) == set(keys)


def test_every_environment_variable_of_the_settings_is_in_the_table():
    code = (ROOT / "connector" / "project" / "settings.py").read_text()
    read = set(re.findall(r'(?:read_(?:text|flag|list|number)|_secret)\("([A-Z_]+)"', code)) - INNER
    table = set(re.findall(r"`([A-Z_]+)`", (DOCS / "operations.md").read_text()))

    assert read - table == set()


@pytest.mark.parametrize("name", ["Procfile", "Procfile.embedded"])
def test_every_environment_variable_of_the_procfiles_is_in_the_table(name):
    read = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / name).read_text()))
    table = set(re.findall(r"`([A-Z_]+)`", (DOCS / "operations.md").read_text()))

    assert read - table == set()


def test_decisions_are_numbered_without_a_gap_and_state_themselves():
    pages = sorted((DOCS / "decisions").glob("*.md"))

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert all(page.read_text().startswith(f"# {page.name[:4]} ") for page in pages)


DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_a_document_names_files_that_exist(page):
    named = re.findall(
        r"`((?:docs|connector|sync|scripts|docker|tests|benchmarks|sandbox)/[\w./-]+)`", page.read_text()
    )

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_code_names_documents_that_exist():
    missing = []
    for folder in ("connector", "sync", "setup_wizard", "scripts", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            named = re.findall(r"docs/[\w/-]+\.(?:md|json)", path.read_text())
            missing += [f"{path.relative_to(ROOT)}: {name}" for name in named if not (ROOT / name).exists()]

    assert missing == []
