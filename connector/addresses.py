"""The guard on outgoing addresses: which hosts this program may talk to at all.

Used when an address is saved, when it is tested and at every call. A name is resolved once and the connection is pinned
to that address, so that a name that changes its mind between check and call (DNS rebinding) leads nowhere else.
Always refused: loopback, link-local, metadata services, our own broker, database and Flower. A private host is allowed
only as host:port on the operator's list, plain http only as http://host:port there.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter

from connector.errors import ConfigurationError, ServerUnavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
DEFAULT_PORTS = {"http": 80, "https": 443}
# Metadata services that are not link-local: Alibaba Cloud, Amazon over IPv6, Oracle Cloud, Azure's wire server.
METADATA_SERVICES = frozenset(
    ipaddress.ip_address(text) for text in ("100.100.100.200", "fd00:ec2::254", "192.0.0.192", "168.63.129.16")
)

# How long a checked address is used without looking it up and checking it again: a token's client lives as long as its process.
PIN_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What the operator allows: `private` entries are host:port or http://host:port, `own` are host:port of our services."""

    private: tuple[str, ...] = ()
    stand_ins: bool = False
    own: tuple[str, ...] = ()

    def allows(self, entry: str) -> bool:
        """Tell whether the operator's list holds an entry; host names have no case."""
        return entry.lower() in {known.lower() for known in self.private}


@dataclass(frozen=True, slots=True)
class PinnedAddress:
    """A checked address: connect to `ip`, speak to `host`."""

    scheme: str
    host: str
    port: int
    ip: str


Resolve = Callable[[str, int], Sequence[str]]


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host name. Raises ServerUnavailable when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ServerUnavailable(
            f"No address is known for the host {host}. Check its spelling, and the name service of this machine.",
            code="unknown_host",
        ) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def rules_from_settings() -> AddressRules:
    """Return the operator's rules from Django's settings."""
    from django.conf import settings

    return AddressRules(
        private=tuple(getattr(settings, "ALLOWED_PRIVATE_HOSTS", ())),
        stand_ins=bool(getattr(settings, "ALLOW_STAND_INS", False)),
        own=tuple(own_services(settings)),
    )


def own_services(settings: Any) -> Iterable[str]:
    """Yield host:port of our own database, broker and Flower."""
    defaults = {"postgres": 5432, "postgresql": 5432, "redis": 6379, "rediss": 6379} | DEFAULT_PORTS
    for name in ("DATABASE_URL", "REDIS_URL", "FLOWER_URL"):
        parts = urlsplit(str(getattr(settings, name, "") or ""))
        if parts.hostname:
            yield f"{parts.hostname}:{parts.port or defaults.get(parts.scheme, 0)}"


def address_check(url: str, rules: AddressRules, resolve: Resolve = resolve_host) -> PinnedAddress:
    """Return the pinned address of a URL. Raises ConfigurationError with the sentence that says why not and what to do."""
    parts, port = _parts(url)
    host = str(parts.hostname)
    if parts.scheme == "http" and not rules.allows(f"http://{host}:{port}"):
        raise ConfigurationError(
            f"{host}:{port} is addressed with http, which sends passwords readable by anyone on the way. Use https; if that "
            f"is not possible inside your own network, the operator adds http://{host}:{port} to ALLOWED_PRIVATE_HOSTS.",
            code="address_http",
        )
    own = {entry for name in rules.own for entry in _resolved(name, resolve)}
    ips = list(resolve(host, port))
    for ip in ips:
        _refuse(ipaddress.ip_address(ip.partition("%")[0]), host, port, rules, own)
    if not ips:
        raise ServerUnavailable(f"No address is known for the host {host}. Check its spelling.", code="unknown_host")
    return PinnedAddress(parts.scheme, host, port, ips[0])


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not port:
        raise ConfigurationError(
            f"{url!r} is not a usable address. Write it as https://host:port/path.", code="address_form"
        )
    if parts.username or parts.password:
        raise ConfigurationError(
            "The address holds a user name or a password. Take it out: user and secret have fields of their own.",
            code="address_credentials",
        )
    return parts, port


def _resolved(entry: str, resolve: Resolve) -> Iterable[tuple[Address, int]]:
    host, _, port = entry.rpartition(":")
    try:
        for ip in resolve(host, int(port)):
            yield ipaddress.ip_address(ip.partition("%")[0]), int(port)
    except (ServerUnavailable, ValueError):
        return


def _refuse(ip: Address, host: str, port: int, rules: AddressRules, own: set[tuple[Address, int]]) -> None:
    # An IPv4 address in the dress of IPv6 is judged as what it leads to.
    ip = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    if (ip, port) in own:
        raise _refused(host, port, "is this program's own database, broker or Flower")
    if ip.is_loopback:
        if rules.stand_ins:
            return
        raise _refused(
            host, port, "is this machine itself. Stand-in servers are allowed only in the demo (ALLOW_STAND_INS=1)"
        )
    if ip.is_link_local or ip in METADATA_SERVICES:
        raise _refused(host, port, "is a link-local address or a cloud's metadata service")
    is_odd = (ip.is_reserved and not ip.is_private) or getattr(ip, "is_site_local", False)
    if ip.is_unspecified or ip.is_multicast or is_odd:
        raise _refused(host, port, "is no address of a server")
    if not ip.is_global and not (rules.allows(f"{host}:{port}") or rules.allows(f"http://{host}:{port}")):
        raise ConfigurationError(
            f"{host}:{port} is in a private network, which the operator has to allow. Add this line to the program's "
            f"environment and restart it: ALLOWED_PRIVATE_HOSTS={host}:{port} (several are parted by commas).",
            code="address_private",
        )


def _refused(host: str, port: int, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{host}:{port} is refused: it {reason}. Enter the address of the remote server.", code="address_refused"
    )


class PinnedAdapter(HTTPAdapter):
    """A requests adapter that checks every address, resolves it once and connects to what was checked."""

    def __init__(
        self,
        rules: AddressRules,
        *,
        resolve: Resolve = resolve_host,
        lanes: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._clock = clock
        self._pinned: dict[tuple[str, str, int], tuple[PinnedAddress, float]] = {}
        super().__init__(pool_connections=4, pool_maxsize=max(4, lanes))

    def pinned(self, url: str) -> PinnedAddress:
        """Return the checked address of a URL, looked up and checked once every PIN_SECONDS."""
        parts, port = _parts(url)
        key = (parts.scheme, str(parts.hostname), port)
        address, until = self._pinned.get(key, (None, 0.0))
        if address is None or self._clock() >= until:
            address = address_check(url, self._rules, self._resolve)
            self._pinned[key] = (address, self._clock() + PIN_SECONDS)
        return address

    def build_connection_pool_key_attributes(  # type: ignore[override]  # urllib3 takes more than the stubs know
        self, request: PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Connect to the pinned address, but check the certificate against the host's name."""
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(request, verify, cert)
        address = self.pinned(str(request.url))
        host: dict[str, Any] = {**host_params, "host": address.ip}
        pool: dict[str, Any] = {**pool_kwargs}
        if address.scheme == "https":
            pool |= {"server_hostname": address.host, "assert_hostname": address.host}
        return host, pool

    def add_headers(self, request: PreparedRequest, **kwargs: Any) -> None:
        """Name the host that is meant, since the connection goes to a bare address."""
        request.headers["Host"] = urlsplit(str(request.url)).netloc
