"""What the connector's tests share: a still clock, a fake network edge, and clients on top of both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from connector.chunking import ChunkSizes
from connector.dataverse import bulk
from connector.dataverse.client import DataverseClient
from connector.dataverse.metadata import compact
from connector.nav.client import NavClient
from connector.nav.metadata import services_of
from connector.schema_cache import MemoryCache
from connector.transport import Transport
from connector.window import MemoryStore, SharedWindow
from tests.fakes.adapter import FakeAdapter
from tests.fakes.clock import FakeClock

SAMPLES = Path(__file__).parents[1] / "samples"
SALES = "https://contoso.crm4.dynamics.com"
NAV = "https://nav.contoso.example:7048/NAV/ODataV4"


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
def adapter() -> FakeAdapter:
    """A network edge without any answer yet."""
    return FakeAdapter()


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """Return a reader of tests/samples."""
    return lambda name: (SAMPLES / name).read_bytes()


@pytest.fixture
def transport_of(adapter: FakeAdapter, clock: FakeClock) -> Callable[..., Transport]:
    """Return a maker of transports that wait on the still clock."""

    def make(kind: Any, **options: Any) -> Transport:
        window = SharedWindow(MemoryStore(clock=clock), pause=clock.sleep)
        options = {"adapter": adapter, "window": window, "pause": clock.sleep, "headers": kind.headers()} | options
        return Transport(explain=kind.explain, **options)

    return make


@pytest.fixture
def sales_of(
    transport_of: Callable[..., Transport], sample: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., DataverseClient]:
    """Return a maker of Sales clients that know the table account, with or without its bulk messages."""
    monkeypatch.setattr(bulk, "SIZES", ChunkSizes())

    def make(*bulk_messages: str) -> DataverseClient:
        cache = MemoryCache()
        raw = compact(orjson.loads(sample("dataverse/account-definition.json")))
        cache.put("table/account", raw | {"bulk": list(bulk_messages)})
        cache.put("entity_sets", orjson.loads(sample("dataverse/entity-sets.json")))
        return DataverseClient(SALES, transport_of(DataverseClient), cache=cache)

    return make


@pytest.fixture
def sales(sales_of: Callable[..., DataverseClient]) -> DataverseClient:
    """A Sales client without bulk messages."""
    return sales_of()


@pytest.fixture
def nav(transport_of: Callable[..., Transport], sample: Callable[[str], bytes]) -> NavClient:
    """A NAV client that knows the sample's page services."""
    cache = MemoryCache()
    services = services_of(sample("nav/metadata.xml"))
    cache.put("services", {name: info.to_json() for name, info in services.items()})
    return NavClient(NAV, "CRONUS International Ltd.", transport_of(NavClient), cache=cache)
