"""The guard on outgoing addresses: what is refused, and that the connection goes to what was checked."""

import socket
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest
import requests

from connector.addresses import (
    PIN_SECONDS,
    AddressRules,
    PinnedAdapter,
    PinnedAddress,
    address_check,
    own_services,
    resolve_host,
)
from connector.errors import ConfigurationError, ServerUnavailable
from connector.retry import Replay
from connector.transport import Call, Transport
from tests.fakes.clock import FakeClock
from tests.fakes.server import says, serving

PUBLIC = "52.1.2.3"
HTTP_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Names:
    """A name service: answers in turn, the last one again and again; counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def refusal(url: str, rules: AddressRules = AddressRules(), *ips: str) -> ConfigurationError:  # noqa: B008
    """Return the error with which an address is refused."""
    with pytest.raises(ConfigurationError) as caught:
        address_check(url, rules, Names(ips or (PUBLIC,)))
    return caught.value


class TestPublicAddress:
    def test_is_pinned_to_what_its_name_leads_to(self) -> None:
        found = address_check("https://Sales.Example/api", AddressRules(), Names([PUBLIC, "52.1.2.4"]))

        assert found == PinnedAddress("https", "sales.example", 443, PUBLIC)

    def test_without_any_ip_is_unreachable(self) -> None:
        with pytest.raises(ServerUnavailable, match=r"sales\.example"):
            address_check("https://sales.example", AddressRules(), Names([]))

    def test_with_an_unknown_name_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_args: object, **_options: object) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)

        with pytest.raises(ServerUnavailable, match=r"No address is known for the host nav\.example"):
            resolve_host("nav.example", 443)


class TestRefusedAddress:
    @pytest.mark.parametrize(
        "ip",
        [
            pytest.param("127.0.0.1", id="loopback"),
            pytest.param("127.8.9.1", id="loopback, another one"),
            pytest.param("::1", id="loopback of IPv6"),
            pytest.param("::ffff:127.0.0.1", id="loopback in the dress of IPv6"),
            pytest.param("2002:7f00:1::1", id="loopback by 6to4"),
            pytest.param("64:ff9b::7f00:1", id="loopback by NAT64"),
            pytest.param("::7f00:1", id="loopback in the old dress"),
            pytest.param("169.254.169.254", id="metadata service"),
            pytest.param("::ffff:169.254.169.254", id="metadata service in the dress of IPv6"),
            pytest.param("2002:a9fe:a9fe::1", id="metadata service by 6to4"),
            pytest.param("169.254.7.7", id="link-local"),
            pytest.param("fe80::1", id="link-local of IPv6"),
            pytest.param("fe80::1%eth0", id="link-local with a zone"),
            pytest.param("100.100.100.200", id="metadata service of Alibaba"),
            pytest.param("fd00:ec2::254", id="metadata service of Amazon"),
            pytest.param("192.0.0.192", id="metadata service of Oracle"),
            pytest.param("168.63.129.16", id="wire server of Azure"),
            pytest.param("0.0.0.0", id="unspecified"),
            pytest.param("::", id="unspecified of IPv6"),
            pytest.param("224.0.0.1", id="multicast"),
            pytest.param("ff02::1", id="multicast of IPv6"),
            pytest.param("fec0::1", id="site-local"),
        ],
    )
    def test_is_refused_even_where_the_operator_allows_the_host(self, ip: str) -> None:
        rules = AddressRules(private=("nav.example:443", "http://nav.example:443"))

        assert refusal("https://nav.example", rules, ip).code == "address_refused"

    @pytest.mark.parametrize(
        "ip",
        [
            "10.0.0.5",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "fc00::1",
            "198.18.0.1",
            "240.0.0.1",
            "255.255.255.255",
        ],
        ids=["10", "172", "192", "carrier", "unique local", "benchmark", "reserved", "broadcast"],
    )
    def test_in_a_private_network_names_the_line_to_add(self, ip: str) -> None:
        error = refusal("https://nav.example:7048/NAV", AddressRules(), ip)

        assert error.code == "address_private"
        assert "ALLOWED_PRIVATE_HOSTS=nav.example:7048 " in str(error)

    def test_hides_behind_no_public_one(self) -> None:
        assert refusal("https://nav.example", AddressRules(), PUBLIC, "127.0.0.1").code == "address_refused"

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            pytest.param("ftp://nav.example", "address_form", id="another scheme"),
            pytest.param("file:///etc/passwd", "address_form", id="a file"),
            pytest.param("nav.example", "address_form", id="no scheme"),
            pytest.param("https://", "address_form", id="no host"),
            pytest.param("https://nav.example:port", "address_form", id="a port that is no number"),
            pytest.param("https://nav.example:99999", "address_form", id="a port too high"),
            pytest.param("https://[::1", "address_form", id="a half-open bracket"),
            pytest.param("https://user:pw@nav.example", "address_credentials", id="credentials"),
            pytest.param("https://nav.example@evil.example", "address_credentials", id="a host as user name"),
            pytest.param("http://nav.example", "address_http", id="plain http"),
        ],
    )
    def test_has_another_form(self, url: str, code: str) -> None:
        assert refusal(url).code == code


class TestOperatorsList:
    @pytest.mark.parametrize("entry", ["nav.example:7048", "NAV.Example:7048", "http://nav.example:7048"])
    def test_allows_a_private_host(self, entry: str) -> None:
        found = address_check("https://nav.example:7048", AddressRules(private=(entry,)), Names(["10.0.0.5"]))

        assert found.ip == "10.0.0.5"

    @pytest.mark.parametrize(
        "entry",
        ["nav.example", "nav.example:443", "other.example:7048", "10.0.0.5:7048"],
        ids=["no port", "port", "host", "ip"],
    )
    def test_allows_nothing_else(self, entry: str) -> None:
        assert refusal("https://nav.example:7048", AddressRules(private=(entry,)), "10.0.0.5").code == "address_private"

    def test_allows_plain_http_only_where_it_says_so(self) -> None:
        url = "http://nav.example:7048"

        allowed = address_check(url, AddressRules(private=("http://nav.example:7048",)), Names(["10.0.0.5"]))

        assert allowed.scheme == "http"
        assert refusal(url, AddressRules(private=("nav.example:7048",)), "10.0.0.5").code == "address_http"


class TestOwnServices:
    RULES = AddressRules(private=("db.example:5432",), own=("db.example:5432", "127.0.0.1:5555"), stand_ins=True)

    @pytest.mark.parametrize(
        ("url", "ip"),
        [
            pytest.param("https://db.example:5432", "10.0.0.7", id="by its name"),
            pytest.param("https://alias.example:5432", "10.0.0.7", id="by another name"),
            pytest.param("https://localhost:5555", "127.0.0.1", id="on loopback in the demo"),
        ],
    )
    def test_are_refused(self, url: str, ip: str) -> None:
        known = {"db.example": ["10.0.0.7"], "127.0.0.1": ["127.0.0.1"]}

        with pytest.raises(ConfigurationError, match="own database, broker or Flower"):
            address_check(url, self.RULES, lambda host, _port: known.get(host, [ip]))

    def test_come_from_the_settings(self) -> None:
        settings = SimpleNamespace(
            DATABASE_URL="postgresql://u:p@db.example/x", REDIS_URL="redis://cache.example:6380/0", FLOWER_URL=""
        )

        assert list(own_services(settings)) == ["db.example:5432", "cache.example:6380"]


class TestStandIns:
    def test_are_allowed_on_loopback_in_the_demo_only(self) -> None:
        found = address_check("https://localhost:8443", AddressRules(stand_ins=True), Names(["127.0.0.1"]))

        assert found.ip == "127.0.0.1"
        assert refusal("https://localhost:8443", AddressRules(), "127.0.0.1").code == "address_refused"

    def test_open_no_link_local_address(self) -> None:
        assert refusal("https://x.example", AddressRules(stand_ins=True), "169.254.169.254").code == "address_refused"


@pytest.fixture
def transport(clock: FakeClock) -> Callable[[PinnedAdapter], Transport]:
    """Return a maker of transports on a pinned adapter."""
    return lambda adapter: Transport(
        explain=lambda _answer, _call: ConfigurationError("refused"), adapter=adapter, pause=clock.sleep
    )


class TestPinnedAdapter:
    def test_looks_a_name_up_once_and_connects_to_what_it_checked(
        self, transport: Callable[[PinnedAdapter], Transport]
    ) -> None:
        with serving(says(HTTP_OK)) as server:
            url = f"http://nav.example:{server.port}"
            names = Names(["127.0.0.1"], ["10.0.0.9"])
            rules = AddressRules(stand_ins=True, private=(url,))
            client = transport(PinnedAdapter(rules, resolve=names))
            client.send(Call("GET", url + "/x"))
            client.send(Call("GET", url + "/y"))

        assert names.asked == [("nav.example", server.port)]
        assert len(server.requests) == 2
        assert f"Host: nav.example:{server.port}".encode() in server.requests[0]

    def test_checks_a_name_that_changed_its_mind_again(self, clock: FakeClock) -> None:
        names = Names([PUBLIC], ["127.0.0.1"])
        adapter = PinnedAdapter(AddressRules(), resolve=names, clock=clock)
        first = adapter.pinned("https://nav.example/x")
        clock.now += PIN_SECONDS - 1
        kept = adapter.pinned("https://nav.example/y")
        clock.now += 2

        with pytest.raises(ConfigurationError, match="this machine itself"):
            adapter.pinned("https://nav.example/z")

        assert first == kept
        assert first.ip == PUBLIC

    def test_sends_nothing_to_a_refused_address(self, transport: Callable[[PinnedAdapter], Transport]) -> None:
        with serving(says(HTTP_OK)) as server:
            url = f"http://nav.example:{server.port}"
            client = transport(PinnedAdapter(AddressRules(private=(url,)), resolve=Names(["127.0.0.1"])))

            with pytest.raises(ConfigurationError) as caught:
                client.send(Call("POST", url, body=b"{}", replay=Replay.ONCE))

        assert caught.value.code == "address_refused"
        assert server.requests == []

    def test_checks_the_certificate_against_the_hosts_name(self) -> None:
        adapter = PinnedAdapter(AddressRules(), resolve=Names([PUBLIC]))
        request = requests.Request("GET", "https://nav.example:7048/x").prepare()

        host, pool = adapter.build_connection_pool_key_attributes(request, True)

        assert (host["scheme"], host["host"], host["port"]) == ("https", PUBLIC, 7048)
        assert (pool["server_hostname"], pool["assert_hostname"]) == ("nav.example", "nav.example")
