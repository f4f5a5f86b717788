"""`$batch` of Business Central: JSON and multipart, one by one, as one snapshot, as change sets."""

import email
import email.policy
import json
from typing import Any

import pytest

API = "/BC/api/v2.0"
BOUNDARY = "batch_1"


@pytest.fixture
def company_id(bc: Any) -> str:
    return str(bc.get(f"{API}/companies").rows[0]["id"])


def entry(company_id: str, method: str, url: str, body: Any = None, **more: Any) -> dict[str, Any]:
    made = {"method": method, "url": url, "headers": {"CompanyId": company_id, "If-Match": "*"}, **more}
    return made if body is None else made | {"body": body}


def statuses(answer: Any) -> list[int]:
    return [reply["status"] for reply in answer.json["responses"]]


def customers(bc: Any) -> list[dict[str, Any]]:
    return list(bc.app.table_page("Customer", 0, 1000).rows)


def test_a_snapshot_is_undone_as_a_whole(bc: Any, company_id: str) -> None:
    before = customers(bc)
    entries = [
        entry(company_id, "POST", "customers", {"displayName": "One"}, id="1"),
        entry(company_id, "POST", "customers", {}, id="2"),
    ]
    answer = bc("POST", f"{API}/$batch", {"requests": entries}, isolation="snapshot")
    assert answer.status == 200 and statuses(answer) == [201, 400]  # earlier entries keep their status
    assert customers(bc) == before
    answer = bc("POST", f"{API}/$batch", {"requests": entries[:1]}, isolation="snapshot")
    assert statuses(answer) == [201] and len(customers(bc)) == len(before) + 1


def test_without_isolation_each_entry_stands_for_itself(bc: Any, company_id: str) -> None:
    entries = [
        entry(company_id, "POST", "customers", {"displayName": "One"}),
        entry(company_id, "POST", "customers", {}),
        entry(company_id, "POST", "customers", {"displayName": "Two"}),
    ]
    answer = bc("POST", f"{API}/$batch", {"requests": entries})
    assert statuses(answer) == [201, 400] and answer.json["responses"][0]["id"] is None
    answer = bc("POST", f"{API}/$batch", {"requests": entries}, prefer="odata.continue-on-error")
    assert statuses(answer) == [201, 400, 201]
    assert [row["Name"] for row in customers(bc)].count("One") == 2


def test_forms_of_replies(bc: Any, company_id: str) -> None:
    entries = [
        entry(company_id, "GET", "customers/$count", id="n"),
        entry(company_id, "DELETE", f"locations({_id(bc, company_id, 'locations')})", id="d"),
        entry(company_id, "GET", "customers?$top=1&$select=number", id="g"),
    ]
    replies = bc("POST", f"{API}/$batch?company={company_id}", {"requests": entries}).json["responses"]
    assert replies[0]["body"] == "32"
    assert replies[1] == {"id": "d", "status": 204, "headers": {}}
    assert set(replies[2]["headers"]) == {"content-type", "odata-version"} and len(replies[2]["body"]["value"]) == 1


def _id(bc: Any, company_id: str, entity: str) -> str:
    return str(bc.get(f"{API}/companies({company_id})/{entity}").rows[0]["id"])


def test_company_by_name_in_the_query_and_on_page_services(bc: Any, company_id: str) -> None:
    plain = {"method": "GET", "url": "customers/$count"}
    replies = bc("POST", f"{API}/$batch?company={company_id}", {"requests": [plain]}).json["responses"]
    assert replies[0]["body"] == "32"
    named = {"method": "GET", "url": "CustomerCard('10000')", "headers": {"Company": "My Company"}}
    replies = bc("POST", f"{bc.root}$batch", {"requests": [named]}).json["responses"]
    assert replies[0]["body"]["Name"] == "Bakkerij De Molen"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"requests": 5}, {}, 400),
        ({}, {}, 400),
        ({"requests": [{"url": "customers"}]}, {}, 400),
        ({"requests": [{"method": "GET", "url": "x"}] * 101}, {}, 400),
        ({"requests": [{"method": "GET", "url": "x", "atomicityGroup": "a"}]}, {}, 501),
        ({"requests": []}, {"isolation": "chaos"}, 400),
        ({"requests": []}, {"content_type": "text/plain"}, 415),
    ],
)
def test_batches_that_are_refused(bc: Any, body: Any, headers: dict[str, str], status: int) -> None:
    assert bc("POST", f"{API}/$batch", body, **headers).status == status


def part(method: str, url: str, body: Any = None, content_id: str = "", headers: str = "") -> str:
    shown = f"Content-ID: {content_id}\r\n" if content_id else ""
    text = "" if body is None else json.dumps(body)
    return (
        f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{shown}\r\n"
        f"{method} {url} HTTP/1.1\r\nContent-Type: application/json\r\n{headers}\r\n{text}\r\n"
    )


def joined(parts: list[str], boundary: str) -> str:
    return "".join(f"--{boundary}\r\n{one}" for one in parts) + f"--{boundary}--\r\n"


def change_set(*parts: str) -> str:
    return "Content-Type: multipart/mixed; boundary=set_1\r\n\r\n" + joined(list(parts), "set_1")


def multipart(bc: Any, parts: list[str], **headers: str) -> list[Any]:
    """The parts of the answer, parsed."""
    answer = bc.raw(
        f"{API}/$batch", joined(parts, BOUNDARY).encode(), f"multipart/mixed; boundary={BOUNDARY}", **headers
    )
    assert answer.status == 200, answer.body
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    return list(email.message_from_bytes(head + answer.body, policy=email.policy.HTTP).iter_parts())


def first_line(message: Any) -> str:
    return str(message.get_payload(decode=True).split(b"\r\n", 1)[0].decode())


def test_multipart_requests_and_change_sets(bc: Any, company_id: str) -> None:
    base = f"companies({company_id})"
    parts = [
        part("GET", f"{base}/customers/$count"),
        change_set(
            part("POST", f"{base}/salesOrders", {"customerNumber": "10000"}, "1"),
            part("POST", "$1/salesOrderLines", {"lineType": "Item", "lineObjectNumber": "1928-S", "quantity": 2}, "2"),
        ),
        part(
            "GET",
            f"https://127.0.0.1:7048{API}/{base}/salesOrders?$expand=salesOrderLines&$filter=customerNumber eq '10000'".replace(
                " ", "%20"
            ),
        ),
    ]
    count, changes, orders = multipart(bc, parts)
    assert first_line(count) == "HTTP/1.1 200 OK" and count.get_payload(decode=True).endswith(b"32")
    inner = list(changes.iter_parts())
    assert [first_line(one) for one in inner] == ["HTTP/1.1 201 Created"] * 2
    assert [one["Content-ID"] for one in inner] == ["1", "2"]
    body = json.loads(orders.get_payload(decode=True).split(b"\r\n\r\n", 1)[1])
    assert max(len(order["salesOrderLines"]) for order in body["value"]) >= 1


def test_a_change_set_that_fails_leaves_nothing(bc: Any, company_id: str) -> None:
    before = customers(bc)
    base = f"companies({company_id})"
    parts = [
        change_set(
            part("POST", f"{base}/customers", {"displayName": "One"}, "1"), part("POST", f"{base}/customers", {}, "2")
        ),
        part("GET", f"{base}/customers/$count"),
    ]
    replies = multipart(bc, parts, prefer="odata.continue-on-error")
    assert first_line(replies[0]) == "HTTP/1.1 400 Bad Request" and first_line(replies[1]) == "HTTP/1.1 200 OK"
    assert customers(bc) == before
    assert len(multipart(bc, parts)) == 1


def test_faults_and_permissions_reach_the_entries(bc: Any, company_id: str) -> None:
    entries = {"requests": [entry(company_id, "GET", "items?$top=1"), entry(company_id, "GET", "customers?$top=1")]}
    bc.app.faults.load([{"id": "1", "path": "customers", "do": {"status": 503, "code": "Internal_ServerError"}}])
    assert statuses(bc("POST", f"{API}/$batch", entries)) == [200, 503]
    bc.app.faults.load([])
    bc.control("users", {"user": "CONNECTOR", "denied": {"Customer": ["Read"]}})
    assert statuses(bc("POST", f"{API}/$batch", entries)) == [200, 403]
