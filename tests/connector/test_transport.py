"""The shared HTTP: what is repeated, what is refused, what a broken connection means, what is logged."""

import gzip
import logging
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from requests import PreparedRequest
from requests.auth import AuthBase

from connector import odata
from connector.errors import (
    ConfigurationError,
    IntegrationError,
    ServerUnavailable,
    Throttled,
    Timeout,
    ValidationRejected,
)
from connector.retry import Replay
from connector.transport import (
    Answer,
    Call,
    TimeLimits,
    Transport,
    certificate_error,
    connection_error,
    redacted_path,
    retry_after_seconds,
)
from connector.window import MemoryStore, SharedWindow
from tests.fakes.adapter import FakeAdapter, Reply, Sent, error_reply, json_reply, page_reply
from tests.fakes.clock import FakeClock
from tests.fakes.server import RawServer, says, serving

URL = "https://nav.example/OData/Customers"
OK = json_reply({"value": []})
HTTP_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class AnyClient:
    """A client whose refusals follow the status alone."""

    @staticmethod
    def explain(answer: Answer, _call: Call) -> IntegrationError:
        if answer.status == 429:
            return Throttled("slow down", retry_after=retry_after_seconds(answer.headers, 5.0))
        if answer.status >= 500:
            return ServerUnavailable("failed", outcome_unknown=True)
        return ValidationRejected("refused", code=str(answer.status))

    @staticmethod
    def headers() -> dict[str, str]:
        return {"Accept": "application/json"}


class TokenAuth(AuthBase):
    """Tokens 1, 2, 3 …: each renewal gives the next."""

    def __init__(self) -> None:
        self.number = 1

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer token-{self.number}"
        return request

    def renew(self) -> bool:
        self.number += 1
        return True


@pytest.fixture
def transport(transport_of: Callable[..., Transport]) -> Transport:
    """A transport on the fake network edge."""
    return transport_of(AnyClient)


@pytest.fixture
def real(clock: FakeClock) -> Callable[..., Transport]:
    """Return a maker of transports on a real connection that never pause."""

    def make(**options: Any) -> Transport:
        window = SharedWindow(MemoryStore(clock=clock), pause=clock.sleep)
        return Transport(explain=AnyClient.explain, window=window, pause=clock.sleep, **options)

    return make


class TestRepetition:
    @pytest.mark.parametrize(
        ("replay", "failure", "requests_sent"),
        [
            pytest.param(Replay.SAFE, Reply(503), 2, id="a read after a failure"),
            pytest.param(Replay.KEYED, Reply(503), 2, id="a keyed write after a failure"),
            pytest.param(Replay.ONCE, Reply(503), 1, id="a creation after a failure"),
            pytest.param(Replay.SAFE, requests.ConnectionError("reset"), 2, id="a read after a cut"),
            pytest.param(Replay.ONCE, requests.ConnectionError("reset"), 1, id="a creation after a cut"),
            pytest.param(Replay.ONCE, requests.ReadTimeout(), 1, id="a creation after a time-out"),
            pytest.param(Replay.ONCE, requests.ConnectTimeout(), 2, id="a creation that was never sent"),
            pytest.param(Replay.ONCE, error_reply(429, "x", Retry_After="2"), 2, id="a creation that was throttled"),
            pytest.param(Replay.SAFE, error_reply(400, "x"), 1, id="a read that is refused"),
        ],
    )
    def test_follows_what_is_harmless(
        self, transport: Transport, adapter: FakeAdapter, replay: Replay, failure: Any, requests_sent: int
    ) -> None:
        adapter.queue = [failure, OK]

        if requests_sent == 1:
            with pytest.raises(IntegrationError):
                transport.send(Call("POST", URL, body=b"{}", replay=replay))
        else:
            transport.send(Call("POST", URL, body=b"{}", replay=replay))

        assert len(adapter.sent) == transport.requests == requests_sent

    def test_ends_after_four_attempts_with_the_last_failure(self, transport: Transport, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(500), Reply(500), Reply(502), Reply(503), OK]

        with pytest.raises(ServerUnavailable):
            transport.send(Call("GET", URL))

        assert len(adapter.sent) == 4

    def test_waits_as_long_as_the_server_asks(
        self, transport: Transport, adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        adapter.queue = [error_reply(429, "x", Retry_After="17"), OK]
        before = clock.now

        transport.send(Call("GET", URL))

        assert 17 <= clock.now - before <= 17 * 1.25 + 1

    def test_leaves_a_long_wait_to_the_caller(
        self, transport: Transport, adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        adapter.queue = [error_reply(429, "x", Retry_After="300")]

        with pytest.raises(Throttled) as caught:
            transport.send(Call("GET", URL, record_key="10000"))

        assert caught.value.retry_after == 300
        assert caught.value.record_key == "10000"
        assert clock.pauses == []

    def test_never_sends_during_a_pause_that_the_server_asked_for(
        self, transport: Transport, adapter: FakeAdapter
    ) -> None:
        adapter.queue = [error_reply(429, "x", Retry_After="300")]
        with pytest.raises(Throttled):
            transport.send(Call("GET", URL))

        with pytest.raises(Throttled) as caught:
            transport.send(Call("GET", URL))

        assert caught.value.code == "not_before"
        assert len(adapter.sent) == 1


class TestRetryAfter:
    NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            pytest.param("17", 17.0, id="seconds"),
            pytest.param("1.5", 1.5, id="a fraction"),
            pytest.param("-3", 0.0, id="below zero"),
            pytest.param(format_datetime(NOW + timedelta(seconds=40), usegmt=True), 40.0, id="a date"),
            pytest.param(format_datetime(NOW - timedelta(seconds=40), usegmt=True), 0.0, id="a date in the past"),
            pytest.param("", 5.0, id="missing"),
            pytest.param("soon", 5.0, id="odd"),
            pytest.param("inf", 5.0, id="for ever"),
            pytest.param("nan", 5.0, id="no number"),
        ],
    )
    def test_is_read_by_the_servers_own_clock(self, text: str, seconds: float) -> None:
        headers = {"Retry-After": text, "Date": format_datetime(self.NOW, usegmt=True)}

        assert retry_after_seconds(headers, 5.0) == seconds


class TestSignIn:
    def test_renews_the_token_once(self, transport_of: Callable[..., Transport], adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(401), OK]
        transport = transport_of(AnyClient, auth=TokenAuth())

        transport.send(Call("POST", URL, body=b"{}", replay=Replay.ONCE))

        assert [sent.headers["Authorization"] for sent in adapter.sent] == ["Bearer token-1", "Bearer token-2"]
        assert transport.requests == 2

    def test_gives_up_when_the_new_token_is_refused_too(
        self, transport_of: Callable[..., Transport], adapter: FakeAdapter
    ) -> None:
        adapter.queue = [Reply(401), Reply(401), OK]

        with pytest.raises(ValidationRejected):
            transport_of(AnyClient, auth=TokenAuth()).send(Call("GET", URL))

        assert len(adapter.sent) == 2

    def test_asks_once_where_nothing_can_be_renewed(self, transport: Transport, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(401), OK]

        with pytest.raises(ValidationRejected):
            transport.send(Call("GET", URL))

        assert len(adapter.sent) == 1


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_are_refused_with_the_place_they_lead_to(
        self, transport_of: Callable[..., Transport], adapter: FakeAdapter, status: int
    ) -> None:
        adapter.queue = [Reply(status, headers={"Location": "https://login.example/x?secret=1"}), OK]

        with pytest.raises(ConfigurationError, match=r"nav\.example redirects to login\.example\.") as caught:
            transport_of(AnyClient, auth=TokenAuth()).send(Call("GET", URL))

        assert caught.value.code == "redirect"
        assert len(adapter.sent) == 1


class TestAnswers:
    def test_have_no_data_without_content(self, transport: Transport, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(204)]

        assert transport.send(Call("DELETE", URL)).data is None

    @pytest.mark.parametrize(
        ("reply", "kind", "words"),
        [
            pytest.param(page_reply(), ServerUnavailable, "web page", id="a page"),
            pytest.param(
                page_reply(content_type="application/json"), ServerUnavailable, "web page", id="a page in disguise"
            ),
            pytest.param(Reply(200), Timeout, "nothing at all", id="nothing"),
            pytest.param(
                Reply(200, b'{"value":[', {"Content-Type": "application/json"}),
                Timeout,
                "ended too early",
                id="cut JSON",
            ),
        ],
    )
    def test_that_hold_no_data_leave_the_outcome_open(
        self, transport: Transport, adapter: FakeAdapter, reply: Reply, kind: type[IntegrationError], words: str
    ) -> None:
        adapter.queue = [reply]

        with pytest.raises(kind, match=words) as caught:
            transport.send(Call("POST", URL, body=b"{}", replay=Replay.ONCE))

        assert caught.value.outcome_unknown
        assert len(adapter.sent) == 1

    def test_give_the_servers_id_to_the_error(self, transport: Transport, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(400, "x", REQ_ID="ab-12")]

        # REQ_ID is spelled with an underscore on the wire.
        adapter.queue = [Reply(400, b"{}", {"REQ_ID": "ab-12"})]
        with pytest.raises(ValidationRejected) as caught:
            transport.send(Call("PATCH", URL, record_key="10000"))

        assert (caught.value.request_id, caught.value.record_key) == ("ab-12", "10000")

    def test_note_the_servers_time(self, transport: Transport, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply({}, Date="Mon, 05 Jan 2026 12:00:00 GMT"), json_reply({}, Date="whenever")]

        transport.send(Call("GET", URL))
        noted = transport.last_date
        transport.send(Call("GET", URL))

        assert noted == datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()
        assert transport.last_date is None


class TestWindow:
    def test_learns_from_throttling_and_from_the_hint(
        self, transport_of: Callable[..., Transport], adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        store = MemoryStore(clock=clock)
        transport = transport_of(AnyClient, window=SharedWindow(store, pause=clock.sleep))
        adapter.on("GET", "quick", json_reply({}, x_ms_dop_hint="6"))

        for _ in range(10):
            transport.send(Call("GET", "https://nav.example/quick"))

        assert (store.state.size, store.state.ceiling) == (5.0, 6)

    def test_does_not_grow_while_answers_are_lost(
        self, transport_of: Callable[..., Transport], adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        store = MemoryStore(clock=clock)
        transport = transport_of(AnyClient, window=SharedWindow(store, pause=clock.sleep), attempts=1)
        adapter.queue = [requests.ReadTimeout()] * 10 + [Reply(503)] * 10

        for _ in range(20):
            with pytest.raises((Timeout, ServerUnavailable)):
                transport.send(Call("GET", URL))

        assert store.state.size == 4.0

    def test_gets_its_lane_back_when_the_client_closes(
        self, transport_of: Callable[..., Transport], adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        store = MemoryStore(clock=clock)
        transport = transport_of(AnyClient, window=SharedWindow(store, pause=clock.sleep))
        adapter.queue = [OK]
        transport.send(Call("GET", URL))
        held = len(store.state.shares)

        transport.close()

        assert (held, store.state.shares, adapter.closed) == (1, {}, True)


class TestRealConnections:
    def test_drop_cookies(self, real: Callable[..., Transport]) -> None:
        cookie = HTTP_OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: ARRAffinity=web7; Path=/\r\n\r\n")
        with serving(says(cookie)) as server:
            transport = real()
            transport.send(Call("GET", server.url))
            transport.send(Call("GET", server.url))

        assert len(server.requests) == 2
        assert not any(b"cookie" in request.lower() for request in server.requests)
        assert len(transport.session.cookies) == 0

    def test_read_no_proxy_and_no_netrc_from_the_environment(
        self, real: Callable[..., Transport], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        with serving(says(HTTP_OK)) as server:
            real().send(Call("GET", server.url))

        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param(b"", id="no answer at all"),
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", id="a body shorter than announced"),
            pytest.param(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":', id="a chunk without end"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 900\r\n\r\n"
                + gzip.compress(b"{}" * 400)[:20],
                id="a cut compressed body",
            ),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", id="no compressed body"
            ),
        ],
    )
    def test_that_are_cut_leave_a_creation_unrepeated(self, real: Callable[..., Transport], answer: bytes) -> None:
        with serving(says(answer)) as server, pytest.raises(Timeout) as caught:
            real().send(Call("POST", server.url, body=b"{}", replay=Replay.ONCE))

        assert caught.value.outcome_unknown
        assert len(server.requests) == 1

    def test_that_are_cut_are_made_again_for_a_read(self, real: Callable[..., Transport]) -> None:
        with serving(says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), says(HTTP_OK)) as server:
            transport = real()
            answer = transport.send(Call("GET", server.url))

        assert (answer.data, transport.requests) == ({}, 2)

    def test_read_compressed_and_chunked_bodies(self, real: Callable[..., Transport]) -> None:
        body = gzip.compress(b'{"a":1}')
        names = b"Content-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked"
        head = b"HTTP/1.1 200 OK\r\n" + names + b"\r\n\r\n"
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:9], body[9:])) + b"0\r\n\r\n"
        with serving(says(head + chunks)) as server:
            answer = real().send(Call("GET", server.url))

        assert answer.data == {"a": 1}

    def test_that_nobody_takes_were_not_sent(self, real: Callable[..., Transport]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

        with pytest.raises(ServerUnavailable, match="Nothing listens there") as caught:
            real(attempts=1).send(Call("POST", f"http://127.0.0.1:{port}/", body=b"{}", replay=Replay.ONCE))

        assert not caught.value.outcome_unknown

    def test_without_tls_on_the_port_say_so(self, real: Callable[..., Transport]) -> None:
        with serving(says(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server, pytest.raises(ConfigurationError) as caught:
            real().send(Call("GET", server.url.replace("http:", "https:")))

        assert caught.value.code == "no_tls"


class TestTotalTime:
    LIMITS = TimeLimits(connect=1.0, read=5.0, total=0.4)

    @staticmethod
    def _ends_in_time(transport: Transport, server: RawServer) -> None:
        started = time.monotonic()
        with pytest.raises(Timeout) as caught:
            transport.send(Call("POST", server.url, body=b"{}", replay=Replay.ONCE))
        server.stopping.set()

        assert time.monotonic() - started < 2.0
        assert caught.value.outcome_unknown
        assert caught.value.code == "read_timeout"

    def test_ends_an_answer_that_trickles(self, real: Callable[..., Transport]) -> None:
        def trickle(connection: socket.socket, _request: bytes) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not server.stopping.wait(0.002):
                connection.sendall(b" ")

        with serving(trickle) as server:
            self._ends_in_time(real(limits=self.LIMITS), server)

    def test_ends_an_answer_that_stops_in_the_middle(self, real: Callable[..., Transport]) -> None:
        def stall(connection: socket.socket, _request: bytes) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
            server.stopping.wait(6)

        with serving(stall) as server:
            self._ends_in_time(real(limits=self.LIMITS), server)

    def test_ends_an_answer_that_is_too_large(
        self, transport: Transport, adapter: FakeAdapter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connector.transport.LARGEST_ANSWER_BYTES", 1000)
        adapter.queue = [Reply(200, b" " * 200_000)]

        with pytest.raises(Timeout):
            transport.send(Call("POST", URL, body=b"{}", replay=Replay.ONCE))


class TestConnectionErrors:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            pytest.param("certificate verify failed: certificate has expired", "has expired", id="expired"),
            pytest.param("certificate verify failed: Hostname mismatch, …", "another host name", id="another host"),
            pytest.param(
                "certificate verify failed: unable to get local issuer", "not known here", id="unknown authority"
            ),
            pytest.param("certificate verify failed: self-signed certificate", "not known here", id="self-signed"),
            pytest.param("[SSL: WRONG_VERSION_NUMBER] wrong version number", "does not speak TLS", id="no TLS"),
            pytest.param("something else", "is not accepted", id="anything else"),
        ],
    )
    def test_name_what_is_wrong_with_a_certificate(self, text: str, words: str) -> None:
        error = certificate_error(text, "nav.example:7048")

        assert isinstance(error, ConfigurationError)
        assert words in str(error)
        assert "nav.example:7048" in str(error)

    @pytest.mark.parametrize(
        ("error", "kind", "code", "unknown"),
        [
            pytest.param(
                requests.ConnectTimeout(), ServerUnavailable, "connect_timeout", False, id="no connection in time"
            ),
            pytest.param(
                requests.ConnectionError("NewConnectionError"), ServerUnavailable, "unreachable", False, id="refused"
            ),
            pytest.param(
                requests.ConnectionError("NameResolutionError"), ServerUnavailable, "unreachable", False, id="no name"
            ),
            pytest.param(requests.ReadTimeout(), Timeout, "read_timeout", True, id="no answer in time"),
            pytest.param(requests.ConnectionError("reset"), Timeout, "connection_cut", True, id="cut"),
            pytest.param(requests.exceptions.SSLError("x"), ConfigurationError, "certificate", False, id="certificate"),
            pytest.param(requests.exceptions.InvalidURL("x"), ConfigurationError, "", False, id="no address"),
        ],
    )
    def test_tell_whether_the_request_was_sent(
        self, error: Exception, kind: type[IntegrationError], code: str, unknown: bool
    ) -> None:
        found = connection_error(error, URL, TimeLimits())

        assert isinstance(found, kind)
        assert (found.code, found.outcome_unknown) == (code, unknown)


class TestLog:
    @pytest.mark.parametrize(
        ("url", "path"),
        [
            pytest.param(URL + "('10000')", "/OData/Customers('…')", id="a text key"),
            pytest.param(
                "https://h/Company('CRONUS')/Prices(Item_No='O''Neill',Line_No=1)",
                "/Company('…')/Prices(Item_No='…',Line_No=1)",
                id="several parts",
            ),
            pytest.param(
                URL + "?$filter=Name%20eq%20'Smith'&$select=No", "/OData/Customers?$filter&$select", id="query by name"
            ),
            pytest.param("https://h/C('%C3%BC%2F%27%27x')", "/C('…')", id="an encoded key"),
        ],
    )
    def test_holds_a_path_without_host_keys_and_values(self, url: str, path: str) -> None:
        assert redacted_path(url) == path

    def test_holds_no_secret_key_value_or_body(
        self, real: Callable[..., Transport], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        names = b"Content-Type: application/json\r\nREQ_ID: ab-12\r\nContent-Length: 28"
        refusal = b"HTTP/1.1 400 Bad\r\n" + names + b'\r\n\r\n{"message": "Smith refused"}'
        url = "/Company('SECRETCO')/Customers('KEY10000')" + odata.query({"$filter": "Name eq 'Smith'"})
        with serving(says(HTTP_OK), says(refusal)) as server:
            transport = real(auth=TokenAuth())
            transport.send(Call("GET", server.url + url, headers={"Authorization": "x"}))
            with pytest.raises(ValidationRejected):
                transport.send(Call("PATCH", server.url + url, body=b'{"Name": "Smith"}', record_key="KEY10000"))

        assert "PATCH /Company('…')/Customers('…')?$filter 400" in caplog.text
        assert "request ab-12" in caplog.text
        for word in ("token-1", "Bearer", "KEY10000", "SECRETCO", "Smith", "127.0.0.1"):
            assert word not in caplog.text

    def test_speaks_at_info_of_failures_only(
        self, transport: Transport, adapter: FakeAdapter, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        adapter.queue = [OK, error_reply(400, "x")]

        transport.send(Call("GET", URL))
        with pytest.raises(ValidationRejected):
            transport.send(Call("GET", URL))

        assert [record.levelname for record in caplog.records] == ["INFO"]


class TestThreads:
    def test_count_every_request(self, transport: Transport, adapter: FakeAdapter) -> None:
        from concurrent.futures import ThreadPoolExecutor

        def answer(_sent: Sent) -> Reply:
            return OK

        adapter.on("GET", ".", answer)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: transport.attempt(Call("GET", URL)), range(40)))

        assert transport.requests == 40
