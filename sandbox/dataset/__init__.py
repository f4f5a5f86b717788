"""The data the stand-ins start with: one NAV company and the CRM's users, the same for every run with the same seed."""

from __future__ import annotations

from datetime import date

from sandbox.dataset.company import NAME, WORK_DATE, Company, Row
from sandbox.dataset.cronus import cronus
from sandbox.dataset.scale import Scaler
from sandbox.dataset.second import NAME as SECOND_NAME
from sandbox.dataset.second import second_company
from sandbox.dataset.trouble import TROUBLE, Case, trouble
from sandbox.dataset.users import crm_users

__all__ = [
    "NAME",
    "SECOND_NAME",
    "TROUBLE",
    "WORK_DATE",
    "Case",
    "Company",
    "Row",
    "build",
    "crm_users",
    "second_company",
]

_BUILDERS = {"cronus": cronus, "trouble": trouble}


def build(
    dataset: str,
    seed: int,
    today: date | None = None,
    customers: int | None = None,
    contacts: int | None = None,
    items: int | None = None,
    prices: int | None = None,
    orders: int | None = None,
) -> Company:
    """The company of a data set, `cronus` or `trouble`, scaled up to the numbers given.

    A number counts rows of its table, `contacts` persons only (company contacts come with the customers); one below
    what the data set has leaves the data set as it is. The dates are those of a company whose work date is `today`,
    26 January 2017 for None.
    """
    company = _BUILDERS[dataset](today)
    scaler = Scaler(company, seed, today)
    for add, total in (
        (scaler.customers, customers),
        (scaler.contacts, contacts),
        (scaler.items, items),
        (scaler.prices, prices),
        (scaler.orders, orders),
    ):
        if total is not None:
            add(total)
    return company
