"""Pages ask the database a fixed number of questions, however many rows there are."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories

MOST = 25


def count(client: Client, address: str, **headers: str) -> int:
    """Return how many statements a page needs."""
    with CaptureQueriesContext(connection) as statements:
        response = client.get(address, headers=headers)
    assert response.status_code in (200, 286), address
    return len(statements)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/review/",
        "/mappings/",
        "/mappings/CUSTOMER/",
        "/jobs/",
        "/jobs/?mapping=CUSTOMER&status=error",
        "/job-queue-log/",
        "/errors/",
        "/errors/list/?q=Sel",
        "/conflicts/",
        "/records/customers/",
        "/records/customers/?view=troubled",
        "/search/?q=1",
        "/setup/",
    ],
)
def test_page_needs_fewer_than_25_statements(boss: Client, company: Any, address: str) -> None:
    boss.get(address)
    assert count(boss, address) < MOST


def test_live_fragment_needs_few_statements(boss: Client, running: Any) -> None:
    boss.get("/review/", headers={"hx-request": "true"})
    assert count(boss, "/review/", **{"hx-request": "true"}) <= 15


def test_more_rows_ask_no_more_questions(boss: Client, company: Any) -> None:
    addresses = ("/jobs/", "/errors/", "/errors/list/", "/job-queue-log/", f"/jobs/{company.job.pk}/")
    before = [count(boss, address) for address in addresses]
    for number in range(20):
        job = factories.JobFactory(line=factories.LineFactory(run__number=100 + number, mapping=company.customer))
        factories.ErrorFactory(job=job, code=f"code{number}", cause=f"cause {number}")
        factories.EntryFactory(job=company.job)
        factories.LogEntryFactory(line=job.line)
    assert [count(boss, address) for address in addresses] == before
