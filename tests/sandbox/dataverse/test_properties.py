"""What holds whatever is asked: deltas add up to a full read, filters mean what they say, a batch is its requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.common import options
from sandbox.common.process import Kernel
from sandbox.dataverse import seed
from sandbox.dataverse.app import DataverseApp

from .conftest import PEOPLE, Answer, Client

RUNS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TRACK = "odata.track-changes,odata.maxpagesize=3"
COLUMNS = ("name", "numberofemployees", "creditlimit", "donotphone", "accountnumber", "statecode")


_SERVERS: list[Client] = []


def fresh(place: int = 0) -> Client:
    """A client of a server without accounts; the server of each place is made once."""
    while len(_SERVERS) <= place:
        client = Client(DataverseApp(Kernel(options.parse("test", [])), people=PEOPLE))
        fields = {"client_id": client.app.ids.client_id, "client_secret": seed.CLIENT_SECRET}
        client.token = client.sign_in(grant_type="client_credentials", **fields)["access_token"]
        _SERVERS.append(client)
    _SERVERS[place].app.reset_data()
    return _SERVERS[place]


# ── deltas ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

IDS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(6)]
ids = st.sampled_from(IDS)
texts = st.sampled_from(["Ann", "bob", "Élan", "O'Neil 50%", "x" * 161])
actions = st.one_of(
    st.tuples(st.just("put"), ids, texts),
    st.tuples(st.just("delete"), ids),
    st.tuples(st.just("bulk"), st.lists(ids, min_size=1, max_size=3, unique=True), texts),
    st.tuples(st.just("set"), st.lists(st.tuples(ids, texts), min_size=1, max_size=3)),
    st.tuples(st.just("deactivate"), ids),
    st.tuples(st.just("read")),
    st.tuples(st.just("page")),
)


def act(crm: Client, action: tuple[Any, ...]) -> None:
    """Do one write; refusals are part of the game."""
    kind = action[0]
    if kind == "put":
        crm.patch(f"accounts({action[1]})", {"name": action[2]})
    elif kind == "delete":
        crm.delete(f"accounts({action[1]})")
    elif kind == "deactivate":
        crm.patch(f"accounts({action[1]})", {"statecode": 1, "statuscode": 2}, if_match="*")
    elif kind == "bulk":
        rows = [
            {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": key, "name": action[2]} for key in action[1]
        ]
        crm.post("accounts/Microsoft.Dynamics.CRM.UpsertMultiple", {"Targets": rows})
    elif kind == "set":
        crm.batch([[("PATCH", f"accounts({key})", {"name": text}) for key, text in action[1]]])


def follow(crm: Client, picture: dict[str, Any], path: str, between: Any = None) -> str:
    """Read a pass or a delta into the picture; the next delta link. `between` happens between its pages."""
    while True:
        page = crm.get(path, prefer=TRACK).json
        for entry in page["value"]:
            if entry.get("reason") == "deleted":
                picture.pop(entry["id"], None)
            else:
                picture[entry["accountid"]] = (entry["name"], entry["statecode"])
        if "@odata.deltaLink" in page:
            return str(page["@odata.deltaLink"])
        path = page["@odata.nextLink"]
        if between is not None:
            act(crm, between)
            between = None


@RUNS
@given(st.lists(actions, max_size=14), st.one_of(st.none(), actions))
def test_deltas_add_up_to_a_full_read(done: list[tuple[Any, ...]], between: tuple[Any, ...] | None) -> None:
    crm = fresh()
    picture: dict[str, Any] = {}
    for number, key in enumerate(IDS[:4]):
        crm.patch(f"accounts({key})", {"name": f"A{number}"})
    link = follow(crm, picture, "accounts?$select=name,statecode", between)
    for action in done:
        if action[0] in ("read", "page"):
            link = follow(crm, picture, link, between if action[0] == "page" else None)
        else:
            act(crm, action)

    follow(crm, picture, link)

    rows = crm.get("accounts?$select=name,statecode").value
    assert picture == {row["accountid"]: (row["name"], row["statecode"]) for row in rows}


# ── filters ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ROWS = [
    {"name": "Alpha", "numberofemployees": 1, "creditlimit": 10.5, "donotphone": True, "accountnumber": "A-1"},
    {"name": "alphabet", "numberofemployees": 2, "creditlimit": None, "donotphone": False, "accountnumber": None},
    {"name": "Beta (2)", "numberofemployees": None, "creditlimit": 0, "donotphone": False, "accountnumber": "b,2"},
    {"name": "O'Neil or Co", "numberofemployees": 7, "creditlimit": -0.0, "donotphone": True, "accountnumber": "and"},
    {"name": "eq", "numberofemployees": 0, "creditlimit": 10.5, "donotphone": True, "accountnumber": "A-10"},
]
OPERATORS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
Pair = tuple[str, Any]
"""A filter as text, and the function from row to bool that it means."""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def compared(operator: str, left: Any, right: Any) -> bool:
    """What the service says about two values, null included."""
    if operator in ("eq", "ne"):
        return (left == right) is (operator == "eq")
    if left is None or right is None:
        return False
    return {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[operator]


def about(column: str, literal: Any, convert: Any, operators: Any = OPERATORS) -> st.SearchStrategy[Pair]:
    """Comparisons of a column with literals, either way round."""
    turned = {"gt": "lt", "lt": "gt", "ge": "le", "le": "ge"}

    def make(operator: str, value: Any, swapped: bool) -> Pair:
        shown = "null" if value is None else convert(value)
        text = f"{shown} {turned.get(operator, operator)} {column}" if swapped else f"{column} {operator} {shown}"
        low = value.lower() if isinstance(value, str) else value

        def test(row: dict[str, Any]) -> bool:
            held = row[column]
            return compared(operator, held.lower() if isinstance(held, str) else held, low)

        return text, test

    return st.builds(make, operators, literal, st.booleans())


def textual(name: str, column: str, value: str) -> Pair:
    test = {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}[name]
    return (
        f"{name}({column},{quoted(value)})",
        lambda row: row[column] is not None and test(row[column].lower(), value.lower()),
    )


def among(column: str, values: list[int]) -> Pair:
    listed = ",".join(f"'{value}'" for value in values)
    return (
        f"Microsoft.Dynamics.CRM.In(PropertyName='{column}',PropertyValues=[{listed}])",
        lambda row: row[column] in values,
    )


words = st.sampled_from(["a", "Alpha", "BETA", "'", " or ", "(", "eq", "A-1", "l or c", ","])
numbers = st.sampled_from([0, 1, 2, 7, 10.5, -3])
leaves = st.one_of(
    about("name", st.one_of(words, st.none(), st.sampled_from([row["name"] for row in ROWS])), quoted),
    about("accountnumber", st.one_of(words, st.none()), quoted),
    about("numberofemployees", st.one_of(numbers.filter(lambda each: each == int(each)), st.none()), str),
    about("creditlimit", st.one_of(numbers, st.none()), str),
    about("donotphone", st.booleans(), lambda value: str(value).lower(), st.sampled_from(["eq", "ne"])),
    st.builds(
        textual,
        st.sampled_from(["contains", "startswith", "endswith"]),
        st.sampled_from(["name", "accountnumber"]),
        words,
    ),
    st.builds(among, st.just("numberofemployees"), st.lists(st.sampled_from([0, 1, 2, 7, 9]), min_size=1, max_size=3)),
    st.just(("donotphone", lambda row: row["donotphone"] is True)),
)


def joined(name: str, left: Pair, right: Pair, bracketed: bool) -> Pair:
    """Both terms in brackets, which is always right, or the left one without where the right one stays whole."""
    first = f"({left[0]})" if bracketed else left[0] if name == "or" else f"({left[0]})"
    if name == "and":
        return f"{first} and ({right[0]})", lambda row: left[1](row) and right[1](row)
    return f"{first} or ({right[0]})", lambda row: left[1](row) or right[1](row)


filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(joined, st.sampled_from(["and", "or"]), inner, inner, st.booleans()),
        inner.map(lambda pair: (f"not ({pair[0]})", lambda row: not pair[1](row))),
    ),
    max_leaves=6,
)
_FILTERED: list[Client] = []


def filtered() -> Client:
    """One server with the rows for all filters: they only read."""
    if not _FILTERED:
        crm = fresh(2)
        for row in ROWS:
            assert crm.post("accounts", row).status == 204
        _FILTERED.append(crm)
    return _FILTERED[0]


@settings(max_examples=300, deadline=None)
@given(filters)
def test_a_filter_finds_what_a_naive_evaluation_finds(pair: Pair) -> None:
    text, test = pair
    answer = filtered().get(f"accounts?$select=name&$filter={quote(text)}")

    assert answer.status == 200, (text, answer.body)
    assert [row["name"] for row in answer.value] == [row["name"] for row in ROWS if test(row)], text


# ── batches ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

bodies = st.fixed_dictionaries(
    {"name": texts}, optional={"numberofemployees": st.sampled_from([1, -1, None]), "nothing": st.just(1)}
)
single_requests = st.one_of(
    st.tuples(st.just("PATCH"), ids.map(lambda key: f"accounts({key})"), bodies),
    st.tuples(
        st.just("POST"), st.just("accounts"), st.builds(lambda key, body: {"accountid": key, **body}, ids, bodies)
    ),
    st.tuples(st.just("DELETE"), ids.map(lambda key: f"accounts({key})"), st.none()),
    st.tuples(st.just("GET"), ids.map(lambda key: f"accounts({key})?$select=name"), st.none()),
    st.tuples(st.just("GET"), st.just("accounts?$select=name&$orderby=accountid&$top=3"), st.none()),
)


def told(answer: Answer) -> tuple[Any, ...]:
    """What an answer says, without versions."""
    body = answer.json if answer.body.strip() else None
    for row in [body, *body.get("value", [])] if body else []:
        row.pop("@odata.etag", None)
    return answer.status, answer.headers.get("odata-entityid"), body


def state(crm: Client) -> list[tuple[Any, ...]]:
    rows = crm.get("accounts?$orderby=accountid").value
    return [(row["accountid"], *(row[column] for column in COLUMNS)) for row in rows]


@RUNS
@given(st.lists(single_requests, min_size=1, max_size=10))
def test_a_batch_is_its_single_requests(asked: list[tuple[str, str, Any]]) -> None:
    alone, together = fresh(0), fresh(1)
    singles = [told(alone.send(verb, path, body)) for verb, path, body in asked]

    answer = together.batch(list(asked), prefer="odata.continue-on-error")

    assert answer.status == 200
    assert [told(part) for part in answer.parts] == singles
    assert state(together) == state(alone)


@RUNS
@given(st.lists(single_requests.filter(lambda asked: asked[0] != "GET"), min_size=1, max_size=6))
def test_a_change_set_is_its_single_requests_or_nothing(asked: list[tuple[str, str, Any]]) -> None:
    alone, together = fresh(0), fresh(1)
    before = state(together)
    singles = [told(alone.send(verb, path, body)) for verb, path, body in asked]

    answer = together.batch([list(asked)])

    failed = next((status for status, _address, _body in singles if status >= 400), None)
    if failed is None:
        assert [told(part) for part in answer.parts] == singles
        assert state(together) == state(alone)
    else:
        assert answer.status == failed
        assert state(together) == before
