"""A Sales stand-in with a million accounts: how long they take to load, its memory, a page, a delta.

It measures the stand-in itself, so it needs no site and no NAV: its own process, over HTTPS, like any client. The
number of accounts is `--accounts`.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import orjson
import psutil
import requests

from benchmarks.scenarios import Measurement
from scripts.stand_ins import StandIns

ROWS_A_CALL = 1000
PAGE = 5000
CHANGES = 100
REPEATS = 9
LIMITS = {"load": 600.0, "memory": 6.0, "page": 300.0, "delta": 50.0}
"""Goals: seconds, GiB, milliseconds, milliseconds."""
SELECT = "name,accountnumber,telephone1,emailaddress1,address1_line1,address1_city,address1_postalcode,creditlimit"


class Crm:
    """A signed-in session at the stand-in."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._crm: dict[str, Any] = stand_ins.ready["crm"]
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = stand_ins.ready["ca"]
        self._http.headers["Authorization"] = f"Bearer {self._token()}"

    def _token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._crm["client_id"],
            "client_secret": self._crm["client_secret"],
            "scope": f"{self._crm['url']}/.default",
        }
        address = f"{self._crm['authority']}/{self._crm['tenant']}/oauth2/v2.0/token"
        return str(self._http.post(address, data=form, timeout=60).json()["access_token"])

    def send(self, verb: str, path: str, body: Any = None, prefer: str = "") -> requests.Response:
        """Send a request; `path` is relative to the API or absolute. Raises requests.HTTPError."""
        address = path if path.startswith("https://") else f"{self._crm['url']}/api/data/v9.2/{path}"
        headers = {"Content-Type": "application/json", **({"Prefer": prefer} if prefer else {})}
        data = None if body is None else orjson.dumps(body)
        answer = self._http.request(verb, address, data=data, headers=headers, timeout=300)
        answer.raise_for_status()
        return answer


def account(number: int) -> dict[str, Any]:
    """One account the size of a synchronized one."""
    return {
        "@odata.type": "Microsoft.Dynamics.CRM.account",
        "name": f"Customer {number:07d}",
        "accountnumber": f"C{number:07d}",
        "telephone1": f"+44 20 {number:07d}",
        "emailaddress1": f"sales{number}@customer.example",
        "address1_line1": f"{number % 900 + 1} High Street",
        "address1_city": f"Town {number % 500}",
        "address1_postalcode": f"GB-{number % 10000:04d}",
        "address1_country": "GB",
        "creditlimit": number % 5000,
        "paymenttermscode": number % 4 + 1,
        "description": "Loaded by the benchmark",
    }


def load(crm: Crm, number: int) -> list[str]:
    """Create so many accounts; the ids of the first call's."""
    first: list[str] = []
    for start in range(0, number, ROWS_A_CALL):
        rows = [account(each) for each in range(start, min(start + ROWS_A_CALL, number))]
        answer = crm.send("POST", "accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": rows})
        first = first or list(answer.json()["Ids"])
    return first


def milliseconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """The median time of some repetitions, and the last result."""
    times: list[float] = []
    found = None
    for _ in range(REPEATS):
        begun = time.perf_counter()
        found = work()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), found


def gibibytes(stand_ins: StandIns) -> float:
    """The memory of the server's process: the largest child of the starter."""
    assert stand_ins.process is not None
    family = psutil.Process(stand_ins.process.pid).children(recursive=True)
    return float(max(each.memory_info().rss for each in family)) / 2**30


def delta_link(crm: Crm) -> str:
    """Read all accounts once, tracked; the link for what changes from now on."""
    path = "accounts?$select=name"
    while True:
        page = crm.send("GET", path, prefer=f"odata.track-changes,odata.maxpagesize={PAGE}").json()
        if "@odata.deltaLink" in page:
            return str(page["@odata.deltaLink"])
        path = page["@odata.nextLink"]


def measure(crm: Crm, stand_ins: StandIns, number: int) -> list[Measurement]:
    """Load, then read pages and a delta. Raises AssertionError when an answer has not what it must have."""
    begun = time.perf_counter()
    ids = load(crm, number)
    seconds = time.perf_counter() - begun
    chosen, page = milliseconds(lambda: crm.send("GET", f"accounts?$select={SELECT}"))
    assert len(page.json()["value"]) == min(PAGE, number)
    whole, everything = milliseconds(lambda: crm.send("GET", "accounts"))
    following, _next = milliseconds(lambda: crm.send("GET", page.json()["@odata.nextLink"]))
    link = delta_link(crm)
    for key in ids[:CHANGES]:
        crm.send("PATCH", f"accounts({key})", {"telephone2": "1"})
    changed, delta = milliseconds(lambda: crm.send("GET", link))
    assert len(delta.json()["value"]) == CHANGES
    memory = gibibytes(stand_ins)

    def measured(name: str, value: float, unit: str, limit: str, **details: Any) -> Measurement:
        goal = LIMITS[limit]
        return Measurement(name, round(value, 2), unit, f"< {goal:g}", value < goal, details)

    return [
        measured("load", seconds, "s", "load", accounts=number, rows_per_second=round(number / seconds)),
        measured("memory", memory, "GiB", "memory"),
        measured("page of 5,000, selected", chosen, "ms", "page", bytes=len(page.content)),
        measured("page of 5,000, next", following, "ms", "page"),
        Measurement("page of 5,000, all columns", round(whole, 2), "ms", details={"bytes": len(everything.content)}),
        measured("delta of 100 changes", changed, "ms", "delta"),
    ]


def large_crm(accounts: int) -> list[Measurement]:
    """Start a stand-in of its own, measure, stop it."""
    with StandIns("--only", "crm", "--crm-port", "0") as stand_ins:
        return measure(Crm(stand_ins), stand_ins, accounts)
