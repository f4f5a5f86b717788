"""One stand-in for Dynamics 365 Sales per module, and what a client reports about it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from scripts.stand_ins import StandIns
from tests.conformance.environments import report


def make_administrator(ready: dict[str, Any]) -> None:
    """Give the application's user the role System Administrator, as an administrator does: the clients do a bit of all."""
    crm, api = ready["crm"], f"{ready['crm']['url']}/api/data/v9.2"
    with requests.Session() as session:
        session.trust_env = False
        session.verify = ready["ca"]
        form = {"grant_type": "password", "client_id": crm["client_id"], "scope": f"{crm['url']}/.default"}
        form |= {"username": crm["admin"]["user"], "password": crm["admin"]["password"]}
        token = session.post(f"{crm['authority']}/{crm['tenant']}/oauth2/v2.0/token", data=form).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        user = session.get(f"{api}/systemusers?$filter=applicationid eq {crm['client_id']}").json()["value"][0]
        role = session.get(f"{api}/roles?$filter=name eq 'System Administrator'").json()["value"][0]
        link = {"@odata.id": f"{api}/roles({role['roleid']})"}
        answer = session.post(f"{api}/systemusers({user['systemuserid']})/systemuserroles_association/$ref", json=link)
        assert answer.status_code == 204, answer.text


@pytest.fixture(scope="module")
def sales() -> Iterator[StandIns]:
    stand_ins = StandIns("--only", "crm", "--crm-port", "0")
    try:
        stand_ins.start()
        make_administrator(stand_ins.ready)
        yield stand_ins
    finally:
        stand_ins.remove()


@pytest.fixture(scope="module")
def driven(sales: StandIns, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """Runs a client's driver, which makes its own environment first."""

    def drive(client: str) -> dict[str, Any]:
        folder: Path = tmp_path_factory.mktemp(client)
        return report(client, sales.ready_file, sales.ready["ca"], folder)

    return drive
