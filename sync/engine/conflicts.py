"""The decision of one field, in one table: what moved since both sides last agreed, and who gives way.

| ERP moved | CRM moved | equal now | one-way to Sales | one-way to NAV | both ways |
|---|---|---|---|---|---|
| any | any | yes | same | same | same |
| no | no | no | leave | leave | leave (the other side rewrote it, and that was accepted) |
| yes | no | no | to | leave | to |
| no | yes | no | leave | from | from |
| yes | yes | no | to | from | the policy: erp → to, crm → from, newest, ask → conflict |

Without a baseline (first coupling, new field row) a one-way field flows its way and a two-way one follows the chosen
initial direction, or is a conflict when none was chosen.
"""

from enum import Enum
from typing import Literal

from sync.engine.model import Policy, Way


class Verdict(Enum):
    """What happens to one field of a coupled pair."""

    SAME = "same"
    TO = "to"
    FROM = "from"
    LEAVE = "leave"
    CONFLICT = "conflict"


Initial = Literal["erp", "crm", "none"]
Newer = Literal["erp", "crm", ""]


def first_verdict(way: Way, initial: Initial) -> Verdict:
    """Decide a differing field that has no baseline."""
    if way == "to":
        return Verdict.TO
    if way == "from":
        return Verdict.FROM
    return {"erp": Verdict.TO, "crm": Verdict.FROM, "none": Verdict.CONFLICT}[initial]


def verdict(way: Way, *, erp_moved: bool, crm_moved: bool, policy: Policy, newer: Newer) -> Verdict:
    """Decide a differing field that has a baseline; `newer` is the side with the later edit, or blank when unknown."""
    if way == "to":
        return Verdict.TO if erp_moved else Verdict.LEAVE
    if way == "from":
        return Verdict.FROM if crm_moved else Verdict.LEAVE
    if erp_moved and crm_moved:
        return _by_policy(policy, newer)
    if erp_moved:
        return Verdict.TO
    return Verdict.FROM if crm_moved else Verdict.LEAVE


def _by_policy(policy: Policy, newer: Newer) -> Verdict:
    winner = newer if policy == "newest" else policy
    if winner == "erp":
        return Verdict.TO
    return Verdict.FROM if winner == "crm" else Verdict.CONFLICT
