"""Every page by name, with the address it has for given rows."""

from typing import Any

EMPTY = [
    "/",
    "/search/?q=cust",
    "/status/",
    "/review/",
    "/review/start/",
    "/review/reset/",
    "/mappings/",
    "/jobs/",
    "/job-queue-log/",
    "/errors/",
    "/errors/?view=solved",
    "/errors/list/",
    "/conflicts/",
    "/setup/",
    "/people/",
    "/people/add/",
    "/records/customers/",
    "/records/contacts/",
    "/records/items/",
    "/records/resources/",
    "/records/salespeople/",
    "/records/currencies/",
    "/records/units-of-measure/",
    "/records/customer-price-groups/",
    "/records/sales-prices/",
]


def with_rows(company: Any) -> list[str]:
    """Return the addresses of all pages, those of single rows included."""
    records = company.records
    return [
        *EMPTY,
        f"/runs/{company.run.number}/",
        f"/runs/{company.run.number}/?line=CONTACT",
        f"/runs/{company.run.number}/stop/",
        f"/runs/{company.preview.number}/",
        f"/runs/{company.preview.number}/plan/",
        f"/runs/{company.preview.number}/plan/?action=wait&mapping=CUSTOMER&direction=to",
        "/mappings/CUSTOMER/",
        f"/jobs/{company.job.pk}/",
        f"/jobs/{company.job.pk}/?action=insert",
        "/jobs/?mapping=CUSTOMER&direction=to&status=error&run=1",
        "/errors/?view=waiting",
        "/errors/list/?q=Selang&mapping=CUSTOMER",
        "/job-queue-log/?status=success",
        "/records/customers/?view=coupled",
        "/records/customers/?view=uncoupled",
        "/records/customers/?view=troubled&order=name",
        "/records/customers/?q=selan",
        *(f"/records/customers/{records[place].key}" for place in (0, 50, 51, 52, 55, 59)),
    ]
