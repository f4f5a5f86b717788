"""The users of the CRM: one per salesperson with an e-mail address, so that the two can be matched by it."""

from __future__ import annotations

from typing import Final

from sandbox.dataset import cronus_data as data
from sandbox.dataset.company import Row, lines

_DOMAIN: Final = "contoso.com"


def crm_users(dataset: str, seed: int) -> list[Row]:
    """Users of the CRM for a data set. The case of their addresses differs from NAV's: it must not matter.

    KH has no address in NAV and so no user here. The seed changes nothing: people stay the same whatever the scale.
    """
    del dataset, seed
    users: list[Row] = []
    for row in lines(data.SALESPEOPLE, "code", "name", "commission", "title", "phone"):
        if row["code"] == "KH":
            continue
        first, _, last = row["name"].partition(" ")
        users.append(
            {
                "fullname": row["name"],
                "firstname": first,
                "lastname": last,
                "internalemailaddress": f"{row['code'].lower()}@{_DOMAIN}",
                "mobilephone": row["phone"],
            }
        )
    return users
