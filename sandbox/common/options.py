"""The command line both stand-ins and their starter read."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.common.limits import ALLOWANCES

FLAVOURS = ("nav2017", "bc")
OBJECT_SETS = ("standard", "pack")
DATASETS = ("cronus", "trouble")
NAV_SIGN_IN = ("basic", "windows", "ntlm")


@dataclass(frozen=True, slots=True)
class Options:
    """What the stand-ins were started with. A count of None leaves the number to the data set."""

    nav_port: int
    crm_port: int
    flavour: str
    objects: str
    data_dir: Path | None
    dataset: str
    customers: int | None
    contacts: int | None
    items: int | None
    prices: int | None
    orders: int | None
    seed: int
    latency_ms: float
    row_ms: float
    limits: str
    faults: Path | None
    only: str | None
    child: bool
    auth: str
    unpublish: list[str]
    hide: list[str]


def parser(prog: str) -> argparse.ArgumentParser:
    """The parser; every server takes all of it, so that the starter can pass its own arguments on."""
    result = argparse.ArgumentParser(prog=prog, description="Stand-ins for Dynamics NAV and Dynamics 365 Sales.")
    add = result.add_argument
    add("--nav-port", type=int, default=0, help="0 takes a free port")
    add("--crm-port", type=int, default=0, help="0 takes a free port")
    add("--flavour", choices=FLAVOURS, default=FLAVOURS[0])
    add("--objects", choices=OBJECT_SETS, default=OBJECT_SETS[0], help="which web services the ERP has published")
    add("--data-dir", type=Path, help="certificates go here; a folder that is removed at the end if not given")
    add("--dataset", choices=DATASETS, default=DATASETS[0])
    for name in ("customers", "contacts", "items", "prices", "orders"):
        add(f"--{name}", type=int, help="how many; the data set's own number if not given")
    add("--seed", type=int, default=1)
    add("--latency-ms", type=float, default=0.0, help="added to every request")
    add("--row-ms", type=float, default=0.0, help="server time per row written")
    add("--limits", choices=tuple(ALLOWANCES), default="off", help="service protection limits of the CRM")
    add("--faults", type=Path, help="JSON file with fault rules, for both servers")
    add("--only", choices=("nav", "crm"), help="start one of the two")
    add("--auth", choices=NAV_SIGN_IN, default=NAV_SIGN_IN[0], help="what the ERP takes: access keys, or Windows only")
    add("--unpublish", action="append", default=[], metavar="SERVICE", help="a web service the ERP leaves out")
    add(
        "--hide", action="append", default=[], metavar="SERVICE.FIELD", help="a field that a page of the ERP leaves out"
    )
    add("--child", action="store_true", help=argparse.SUPPRESS)
    return result


def parse(prog: str, arguments: Sequence[str] | None = None) -> Options:
    """Read the command line. Ends the process with status 2 on a wrong one."""
    return Options(**vars(parser(prog).parse_args(arguments)))
