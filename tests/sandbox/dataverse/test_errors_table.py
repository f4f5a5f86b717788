"""The error codes of the reference (section 3.4, and the identity codes of 1.2): each is provoked, with status and form.

`PROVOKED` does what makes the stand-in refuse by itself. `BY_FAULT` is what only the real platform's own troubles bring:
a fault rule makes the stand-in answer so. `ELSEWHERE` names the test file that provokes a business rule's code.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.common.gateway import Gateway
from sandbox.common.limits import Limits
from sandbox.dataverse import seed
from tests.sandbox.asgi import ask
from tests.sandbox.dataverse import packages
from tests.sandbox.dataverse.packages import package, parameters, solution

NOBODY = "00000000-0000-0000-0000-000000000001"
JOB = "11111111-2222-3333-4444-555555555555"


class Site:
    """The integration's application user, an administrator, and what provoking needs."""

    def __init__(self, crm: Any, admin: Any) -> None:
        self.crm = crm
        self.admin = admin
        self.app = crm.app

    def account(self, **values: Any) -> str:
        return str(self.crm.create("accounts", name="A", **values))

    def key(self, *columns: str, name: str = "byname") -> Any:
        body = {"SchemaName": name, "DisplayName": {"LocalizedLabels": []}, "KeyAttributes": list(columns)}
        answer = self.admin.post("EntityDefinitions(LogicalName='account')/Keys", body)
        self.later()
        return answer

    def later(self) -> None:
        self.app.clock.offset_seconds += 60

    def user(self, name: str) -> str:
        return str(self.crm.get(f"systemusers?$filter=startswith(fullname,'{name}')").value[0]["systemuserid"])

    def me(self) -> str:
        return str(self.crm.get("WhoAmI").json["UserId"])

    def bring(self, file: str, **more: Any) -> Any:
        answer = self.admin.post("ImportSolution", parameters(file, **{"ImportJobId": JOB, **more}))
        self.later()
        return answer


def bulk(site: Site, message: str, *targets: dict[str, Any]) -> Any:
    typed = [{"@odata.type": "Microsoft.Dynamics.CRM.account", **target} for target in targets]
    return site.crm.post(f"accounts/Microsoft.Dynamics.CRM.{message}", {"Targets": typed})


def no_row(site: Site) -> Any:
    return site.crm.get(f"accounts({NOBODY})")


def no_rows(site: Site) -> Any:
    return bulk(site, "UpdateMultiple", {"accountid": NOBODY, "name": "B"})


def no_key_value(site: Site) -> Any:
    site.key("name")
    return site.crm.get("accounts(name='nobody')")


def no_key(site: Site) -> Any:
    return site.crm.get("accounts(name='nobody')")


def several_by_key(site: Site) -> Any:
    """A key whose rows were written past its check, as a restored database may hold."""
    site.key("name")
    first, second = site.account(), site.crm.create("accounts", name="B")
    store = site.app.store
    store.put("account", second, {**store.rows("account")[second], "name": store.rows("account")[first]["name"]})
    return site.crm.get("accounts(name='A')")


def same_id(site: Site) -> Any:
    return site.crm.post("accounts", {"name": "B", "accountid": site.account()})


def same_key(site: Site) -> Any:
    site.key("name")
    site.account()
    return site.crm.post("accounts", {"name": "A"})


def other_version(site: Site) -> Any:
    return site.crm.patch(f"accounts({site.account()})", {"name": "B"}, if_match='W/"1"')


def no_versions(site: Site) -> Any:
    return site.admin.patch(f"systemusers({site.me()})", {"jobtitle": "B"}, if_match='W/"1"')


def held_row(site: Site) -> Any:
    euro = {"currencyname": "Euro", "isocurrencycode": "EUR", "currencysymbol": "€", "exchangerate": 1.2}
    currency = site.admin.create("transactioncurrencies", currencyprecision=2, **euro)
    site.account(transactioncurrencyid__bind=f"/transactioncurrencies({currency})")
    return site.admin.delete(f"transactioncurrencies({currency})")


def empty_import(site: Site) -> Any:
    return site.admin.post("ImportSolution", {})


def unknown_column(site: Site) -> Any:
    body = {"EntityLogicalName": "account", "AttributeLogicalName": "nothing", "Label": {}}
    return site.admin.post("InsertOptionValue", body)


def key_twice(site: Site) -> Any:
    target = {"@odata.id": "accounts(name='N')", "name": "N"}
    site.key("name")
    return bulk(site, "UpsertMultiple", target)


def out_of_reach(site: Site) -> Any:
    """A role that reaches only one's own rows."""
    foreign = site.admin.create("accounts", name="theirs")
    me = site.me()
    role = site.admin.get(f"systemusers({me})/systemuserroles_association").value[0]["roleid"]
    site.app.store.privileges[role] = {**site.app.store.privileges[role], "prvreadaccount": 1}
    return site.crm.get(f"accounts({foreign})")


def no_member(site: Site) -> Any:
    own = type(site.crm)(site.app)
    fields = {"client_id": site.app.ids.fresh_client_id, "client_secret": seed.FRESH_SECRET}
    own.token = own.sign_in(grant_type="client_credentials", **fields)["access_token"]
    return own.get("WhoAmI")


def no_role(site: Site) -> Any:
    me = site.me()
    for row in site.admin.get(f"systemusers({me})/systemuserroles_association").value:
        site.admin.delete(f"systemusers({me})/systemuserroles_association({row['roleid']})/$ref")
    return site.crm.get("WhoAmI")


def disabled(site: Site) -> Any:
    site.admin.patch(f"systemusers({site.me()})", {"isdisabled": True})
    return site.crm.get("WhoAmI")


def refused_application(site: Site) -> Any:
    control = type("Control", (), {"verb": "POST", "json": lambda _self: {"refused": True}})
    site.app.control(control(), "refuse")
    return site.crm.get("WhoAmI")


def expired(site: Site) -> Any:
    site.app.clock.offset_seconds = 3600
    return site.crm.get("WhoAmI")


def limited(requests: int, seconds: float, at_once: int) -> Callable[[Site], Any]:
    def provoke(site: Site) -> Any:
        limits, user = Limits("tenth", site.app.clock), site.me()
        for _ in range(requests):
            limits.begin(user)
            limits.end(user, seconds / requests)
        for _ in range(at_once):
            limits.begin(user)
        headers = {"authorization": f"Bearer {site.crm.token}"}
        return asyncio.run(ask(Gateway(site.app, limits), "GET", "WhoAmI", headers=headers))

    return provoke


def plug_in(site: Site) -> Any:
    site.app.faults.load([{"do": {"reject_row": "name=A"}}])
    return site.crm.post("accounts", {"name": "A"})


def stale(site: Site) -> Any:
    link = site.crm.get("accounts?$select=name", prefer="odata.track-changes").json["@odata.deltaLink"]
    site.app.clock.offset_seconds = 31 * 86_400
    fresh = type(site.crm)(site.app)
    fields = {"client_id": site.app.ids.client_id, "client_secret": seed.CLIENT_SECRET}
    fresh.token = fresh.sign_in(grant_type="client_credentials", **fields)["access_token"]
    return fresh.get(link)


def untracked(site: Site) -> Any:
    return site.crm.get("roles?$select=name", prefer="odata.track-changes")


def failed_import(site: Site) -> Any:
    other = packages.LEDGER.replace("<Type>int</Type>", "<Type>nvarchar</Type>").replace("<MinValue>0</MinValue>", "")
    site.bring(package())
    return site.bring(package(content=packages.customizations(other + packages.ACCOUNT)), ImportJobId=NOBODY)


def two_imports(site: Site) -> Any:
    site.admin.post("ImportSolution", parameters(package(), ImportJobId=NOBODY))
    return site.admin.post("ImportSolution", parameters(package(), ImportJobId=JOB))


def job_again(site: Site) -> Any:
    site.bring(package())
    return site.bring(package())


def over(**change: Any) -> Callable[[Site], Any]:
    def provoke(site: Site) -> Any:
        site.bring(package(solution(managed=change.pop("first", True))))
        return site.bring(package(solution(**change)), ImportJobId=NOBODY)

    return provoke


def secured_key(site: Site) -> Any:
    secured = packages.ACCOUNT.replace("<MaxLength>20", "<IsSecured>1</IsSecured><MaxLength>20")
    return site.bring(package(content=packages.customizations(packages.LEDGER + secured)))


def key_name_again(site: Site) -> Any:
    site.key("name")
    return site.key("accountnumber")


def key_columns_again(site: Site) -> Any:
    site.key("name")
    return site.key("name", name="other")


def key_reactivated(site: Site) -> Any:
    site.key("name")
    return site.admin.post("ReactivateEntityKey", {"EntityLogicalName": "account", "EntityKeyLogicalName": "byname"})


def of(path: str, body: Any = None, verb: str = "POST", who: str = "crm", **headers: str) -> Callable[[Site], Any]:
    """A single request."""
    return lambda site: getattr(site, who).send(verb, path, body, **headers)


MISSING = packages.ROOTS.replace("nav_ledger", "nav_other")
NEEDED = '<MissingDependency><Required type="1" schemaName="msdyn_workorder" /><Dependent /></MissingDependency>'
PROVOKED: tuple[tuple[str, int, Callable[[Site], Any]], ...] = (
    ("0x80040217", 404, no_row),
    ("0x80040217", 404, no_rows),
    ("0x80060891", 404, no_key_value),
    ("0x80060890", 400, no_key),
    ("0x8006089d", 400, several_by_key),
    ("0x80040237", 412, same_id),
    ("0x80060892", 412, same_key),
    ("0x80060882", 412, other_version),
    ("0x8006088d", 400, no_versions),
    ("0x80040227", 405, held_row),
    ("0x80048d19", 400, of("accounts", {"primarycontactid": "x"})),
    ("0x80048d19", 400, of("accounts", {"name": 1})),
    ("0x80048d19", 400, of("accounts", b"{")),
    ("0x80060888", 400, of("accounts?$select=nothing", verb="GET")),
    ("0x80060888", 404, of("nothings", verb="GET")),
    ("0x80060888", 405, of("accounts", {"name": "A"}, "PATCH")),
    ("0x80040203", 400, empty_import),
    ("0x80044331", 400, of("accounts", {"name": "x" * 161})),
    ("0x80044330", 400, of("accounts", {"creditlimit": -1})),
    ("0x8004432f", 400, of("accounts", {"numberofemployees": -1})),
    ("0x80048408", 400, of("accounts", {"name": "A", "statecode": 1, "statuscode": 2})),
    ("0x80041102", 400, of('RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["nothing"]', verb="GET")),
    ("0x80041103", 400, unknown_column),
    ("0x80040220", 403, of("roles", {"name": "R"})),
    ("0x80048306", 403, out_of_reach),
    ("0x80072560", 403, no_member),
    ("0x80042f09", 403, no_role),
    ("0x80040225", 403, disabled),
    ("0x80095ffc", 403, refused_application),
    ("0x80041d52", 401, expired),
    ("0x80072322", 429, limited(600, 0, 0)),
    ("0x80072321", 429, limited(1, 120, 0)),
    ("0x80072326", 429, limited(1, 0, 5)),
    ("0x80040216", 400, key_twice),
    ("0x80040265", 400, plug_in),
    ("0x80044352", 400, stale),
    ("0x80072491", 400, untracked),
    ("0x80048033", 400, failed_import),
    ("0x8004801d", 400, lambda site: site.bring(package(solution(missing=NEEDED)))),
    ("0x8004801f", 400, lambda site: site.bring(package(solution(roots=MISSING)))),
    ("0x80048038", 400, over(version="0.1.0.0")),
    ("0x80048040", 400, over(first=False)),
    ("0x80048041", 400, over(managed=False)),
    ("0x80071151", 400, two_imports),
    ("0x80071155", 400, job_again),
    ("0x80044252", 400, of(f"RetrieveSolutionImportResult(ImportJobId={NOBODY})", verb="GET", who="admin")),
    ("0x80060893", 400, key_name_again),
    ("0x80060894", 400, key_columns_again),
    ("0x80060896", 400, secured_key),
    ("0x80060897", 400, key_reactivated),
)
BY_FAULT: tuple[tuple[str, int], ...] = (
    ("0x80060883", 400),
    ("0x8006088a", 400),
    ("0x80048405", 403),
    ("0x8004a101", 401),
    ("0x80072323", 429),
    ("0x80072324", 429),
    ("0x80072325", 400),
    ("0x80044150", 500),
    ("0x80044151", 500),
    ("0x80040224", 500),
)
_RULES, _STATES, _LINES = "test_rules_catalogue.py", "test_rules_states.py", "test_rules_lines.py"
ELSEWHERE: dict[str, str] = {
    "0x80040333": "test_rules_duplicates.py",
    **dict.fromkeys(("0x80048cfb", "0x80048cf6", "0x80048ced", "0x80048cee", "0x80048cef"), _STATES),
    **dict.fromkeys(("0x80048479", "0x8004480e", "0x80100005", "0x80100000", "0x80100001"), _STATES),
    **dict.fromkeys(("0x80048cf5", "0x80048cf3", "0x80048cf9", "0x80048cfa", "0x80043b08", "0x80043b0a"), _RULES),
    **dict.fromkeys(("0x80043b12", "0x80043b13", "0x80043b0b", "0x80061009", "0x8004f902", "0x80061008"), _RULES),
    **dict.fromkeys(("0x80043b04", "0x8004f915", "0x80061035", "0x8004f909"), _RULES),
    **dict.fromkeys(("0x80043b0d", "0x80043b11", "0x80043b14", "0x80043afa", "0x80043afb", "0x8004f908"), _LINES),
    **dict.fromkeys(("0x80043b05", "0x80043b06"), "test_catalogue.py"),
    "0x80048d00": "test_actions_sales.py",
}
REFERENCE = frozenset(
    """
    0x80040217 0x80060891 0x80060890 0x8006089d 0x80040237 0x80060892 0x80040333 0x80060882 0x80060883 0x8006088d
    0x80040227 0x80048d19 0x80060888 0x80040203 0x80044331 0x80044330 0x8004432f 0x80048408 0x80041102 0x80041103
    0x8006088a 0x80040220 0x80048306 0x80048405 0x80072560 0x80042f09 0x80040225 0x80095ffc 0x80041d52 0x8004a101
    0x80072322 0x80072321 0x80072326 0x80072323 0x80072324 0x80072325 0x80044150 0x80044151 0x80040216 0x80040265
    0x80040224 0x80044352 0x80072491 0x80048cfb 0x80048cf5 0x80048cf3 0x80048cf6 0x80048ced 0x80048cee 0x80048cef
    0x80048cf9 0x80048cfa 0x80048479 0x8004480e 0x80043b05 0x80043b06 0x80043b08 0x80043b0a 0x80043b0d 0x80043b11
    0x80043b12 0x80043b13 0x80043b0b 0x80043b14 0x80043afa 0x80043afb 0x80061009 0x8004f902 0x80061008 0x80043b04
    0x8004f908 0x8004f915 0x80061035 0x8004f909 0x80100005 0x80100000 0x80100001 0x80048d00 0x80048033 0x8004801d
    0x8004801f 0x80048038 0x80048040 0x80048041 0x80071151 0x80071155 0x80044252 0x80060893 0x80060894 0x80060896
    0x80060897
    """.split()
)


@pytest.fixture
def site(crm: Any, sign_in_as: Any) -> Site:
    return Site(crm, sign_in_as("admin"))


def check_form(answer: Any, code: str, status: int) -> None:
    """The status, and the one form all refusals have."""
    assert (answer.status, answer.json["error"]["code"]) == (status, code), answer.body
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message"}
    assert answer.json["error"]["message"]
    assert re.fullmatch(r"0x[0-9a-f]{8}", code)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["req_id"] == answer.headers["x-ms-service-request-id"]


@pytest.mark.parametrize(
    ("code", "status", "provoke"), PROVOKED, ids=[f"{number}-{each[0]}" for number, each in enumerate(PROVOKED)]
)
def test_a_code_of_the_reference_is_provoked(
    site: Site, code: str, status: int, provoke: Callable[[Site], Any]
) -> None:
    check_form(provoke(site), code, status)


@pytest.mark.parametrize(("code", "status"), BY_FAULT)
def test_a_trouble_of_the_platform_comes_by_a_fault(site: Site, code: str, status: int) -> None:
    site.app.faults.load(
        [{"id": "f", "path": "accounts", "do": {"status": status, "code": code, "message": "Trouble."}}]
    )
    headers = {"authorization": f"Bearer {site.crm.token}"}

    answer = asyncio.run(ask(Gateway(site.app, Limits("off", site.app.clock)), "GET", "accounts", headers=headers))

    check_form(answer, code, status)
    assert site.app.faults.report() == [{"id": "f", "fired": 1}]


@pytest.mark.parametrize(("code", "file"), sorted(ELSEWHERE.items()))
def test_a_business_rule_s_code_is_provoked_in_its_own_tests(code: str, file: str) -> None:
    assert code in (Path(__file__).parent / file).read_text("utf-8")


def test_no_code_of_the_reference_is_left_out() -> None:
    provoked = {code for code, _status, _provoke in PROVOKED} | {code for code, _status in BY_FAULT} | ELSEWHERE.keys()

    assert provoked == REFERENCE


# ── the statuses of section 3.3 ─────────────────────────────────────────────────────────────────────────────────────────


def unchanged(site: Site) -> Any:
    key = site.account()
    return site.crm.get(f"accounts({key})", if_none_match=site.crm.get(f"accounts({key})").headers["etag"])


STATUSES: dict[int, Callable[[Site], Any]] = {
    200: of("WhoAmI", verb="GET"),
    201: of("accounts", {"name": "A"}, prefer="return=representation"),
    204: of("accounts", {"name": "A"}),
    304: unchanged,
    400: of("accounts", {"nothing": 1}),
    401: of("WhoAmI", verb="GET", authorization="Bearer nonsense"),
    403: of("roles", {"name": "R"}),
    404: no_row,
    405: held_row,
    412: other_version,
    429: limited(600, 0, 0),
    501: of("ExportSolution", {"SolutionName": "X", "Managed": True}, who="admin"),
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_of_the_reference_is_answered(site: Site, status: int) -> None:
    answer = STATUSES[status](site)

    assert answer.status == status
    assert answer.headers["odata-version"] == "4.0"
    if status < 400:
        assert (answer.body == b"") == (status in (204, 304))
    else:
        assert set(answer.json["error"]) == {"code", "message"}


@pytest.mark.parametrize("status", [413, 502, 503, 504])
def test_a_gateway_s_status_comes_by_a_fault(site: Site, status: int) -> None:
    site.app.faults.load([{"do": {"status": status, "headers": {"Retry-After": "3"}, "message": "Trouble."}}])

    answer = asyncio.run(ask(Gateway(site.app, Limits("off", site.app.clock)), "GET", "accounts"))

    assert (answer.status, answer.headers["retry-after"]) == (status, "3")
    assert answer.json == {"error": {"code": "", "message": "Trouble."}}


def test_a_crash_is_an_unexpected_error_and_shows_nothing_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_request: Any) -> Any:
        raise ZeroDivisionError("secret of the inside")

    monkeypatch.setattr(site.app, "handle", crash)
    answer = asyncio.run(ask(Gateway(site.app, Limits("off", site.app.clock)), "GET", "accounts"))

    check_form(answer, "0x80040216", 500)
    assert b"secret" not in answer.body
