"""Tables that lookups of the sales tables point to and that the stand-in has no data for: id and name alone.

They are there so that every lookup has its target; they hold no rows and take none.
"""

from __future__ import annotations

from sandbox.dataverse.schema import Table, table, text


def _neighbour(name: str, set_name: str, schema: str, code: int, primary_name: str = "name") -> Table:
    return table(
        name,
        set_name,
        schema,
        code,
        [text(160, primary_name)],
        primary_name=primary_name,
        tracked=False,
        optimistic=False,
        creatable=False,
        deletable=False,
    )


TABLES = (
    _neighbour("lead", "leads", "Lead", 4, "fullname"),
    _neighbour("territory", "territories", "Territory", 2013),
    _neighbour("campaign", "campaigns", "Campaign", 4400),
    _neighbour("subject", "subjects", "Subject", 129, "title"),
    _neighbour("discounttype", "discounttypes", "DiscountType", 1080),
    _neighbour("queue", "queues", "Queue", 2020),
    _neighbour("position", "positions", "Position", 50),
    _neighbour("sla", "slas", "SLA", 9750),
    _neighbour("processstage", "processstages", "ProcessStage", 4724, "stagename"),
)
