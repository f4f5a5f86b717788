"""Independent clients of Business Central and NAV from the package registry do what they document against the stand-in.

Unmodified but for address, certificate and credential. Where a client is known to be wrong about a real server, the
stand-in answers as the real one does and the test says so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.erp_support import run_client, stand_in

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(600)]

CRONUS = "CRONUS International Ltd."
BOTH = [CRONUS, "My Company"]


@pytest.fixture
def central(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A Business Central of its own."""
    with stand_in(tmp_path, "--flavour", "bc") as ready:
        yield ready


@pytest.fixture
def nav(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A NAV 2017 of its own."""
    with stand_in(tmp_path) as ready:
        yield ready


def test_pybusinesscentral(central: dict[str, Any]) -> None:
    seen = run_client("pybusinesscentral", central)

    assert seen["companies"] == BOTH and seen["company"] == CRONUS
    assert seen["customers"] and seen["all_customers"] == 32
    assert seen["made"] == ["PY0001", "Py Ltd.", "GBP"] and seen["changed"] == "Py PLC"
    assert seen["stale"] == {"status": 409, "code": "Request_EntityChanged"}
    assert seen["deleted"] == {"status": 404, "code": "Internal_RecordNotFound"}
    assert seen["vendors"]["status"] == 501
    assert seen["term"] == ["90 DAYS", "90D"]
    assert seen["posted"] == ["103001", "103002", "103003"] and seen["draft"] == ["Draft", "The Cannon Group PLC"]
    assert seen["post_of_nothing"] == {"status": 400, "code": "Application_DialogException"}
    assert seen["line"] == ["Item", "ATHENS Desk", 2, 649.4]
    assert seen["lines"]["within"] == 1 and seen["lines"]["filtered"] == 2
    assert seen["lines"]["bare"] == {"status": 400, "code": "Application_DialogException"}
    assert seen["posted_draft"] == ["Open", 1623.5, 1623.5]
    assert seen["posted_is_fixed"]["code"] == "Application_DialogException"
    # The client quotes ids of lines, as version 1.0 of the API wanted it; version 2.0 refuses that.
    assert seen["quoted_line_id"] == {"status": 400, "code": "BadRequest_InvalidRequestUrl"}


@pytest.mark.parametrize("server", ["central", "nav"])
def test_pybc365(request: pytest.FixtureRequest, server: str) -> None:
    seen = run_client("pybc365", request.getfixturevalue(server), "3.12")

    assert (seen["all"], seen["count"], seen["blank"]) == (32, 25, 30)
    # NAV 2017 does not honour the wish for smaller pages: nothing may depend on it.
    assert seen["pages"] == ([7, 7, 7, 7, 4] if server == "central" else [32])
    assert seen["chain"] == ["10000", "20000"] and seen["first"] == "50000"
    assert seen["across"] == ["NotSupportedError", "BadRequest_MethodNotImplemented"]
    assert seen["get"] == "Spotsmeyer's Furnishings" and seen["updated"] == "+1 555"
    assert seen["stale"] == ["ConflictError", "Request_EntityChanged"]
    assert seen["created"] == ["Bob's Desks", "JO"] and seen["order"] == "The Cannon Group PLC"
    assert seen["rejected"] == ["BadRequestError", "Internal_InvalidTableRelation"]
    assert seen["gone"] == ["NotFoundError", "Internal_RecordNotFound"]
    assert seen["unknown"] == ["NotFoundError", "BadRequest_ResourceNotFound"]
    assert seen["keys"][:2] == ["Item_No", "Sales_Type"] and len(seen["keys"]) == 8
    assert seen["permissions"] == [False, False, False] and seen["fields"] > 40
    assert seen["stranger"] == ["AuthenticationError", "Authentication_InvalidCredentials"]


def test_odyn(central: dict[str, Any]) -> None:
    seen = run_client("odyn", central, "3.12")

    assert (seen["all"], seen["is_in"], seen["batch"]) == (32, 3, 4)
    assert seen["query"] == ["44180220", "40000", "50000"] and seen["by_key"] == "The Cannon Group PLC"
    assert seen["first"] is True and seen["endpoints"] is True and seen["exists"] == [True, False]
    assert seen["missing"] == "NotFoundError"
    # Its times in quotes are refused, and it cannot read the number that stands behind a byte-order mark.
    assert seen["quoted_time"] == "ValidationError" and seen["count"] == 0


def test_dynite(nav: dict[str, Any]) -> None:
    assert run_client("dynite", nav, "3.13") == {
        "all": 32,
        "filtered": ["10000", "20000"],
        "missing": "FailedRequestError",
    }


def test_bc_cli(central: dict[str, Any]) -> None:
    seen = run_client("bc_cli", central)

    assert seen["companies"] == BOTH and seen["get"] == ["10000", "20000"] and seen["all"] == 32
    assert (seen["made"], seen["changed"]) == ("Cli Ltd.", "Cli PLC")
    assert seen["deleted"][0] == "NotFoundError" and "Correlation ID: " in seen["deleted"][1]
    assert seen["unknown_property"][0] == "ValidationError"
    assert "named 'nosuch' on type 'Microsoft.NAV.customer'" in seen["unknown_property"][1]
    assert seen["order"] == ["1896-S"] and seen["invoiced"] == [1298.8]


def test_ms_dynamics(central: dict[str, Any]) -> None:
    seen = run_client("ms_dynamics", central)

    assert seen["companies"] == BOTH and seen["environments"] == ["Production", "Sandbox"]
    assert seen["locations"] == ["BLUE", "GREEN", "RED", "WHITE", "YELLOW"] and seen["location_count"] == 5
    assert seen["bad_refresh_token"] == "InvalidTokenError" and seen["not_there"] == "DynamicsError"
