"""What the crash tests share: benches, each with stand-ins and a workshop of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.stand_ins import StandIns
from tests.sync.crash.bench import GOODS_AND_PRICES, PEOPLE_AND_COMPANIES, STAND_INS, Bench
from tests.sync.crash.lab import Workshop


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    """What ends with the module."""
    with ExitStack() as stack:
        yield stack


def _bench(stack: ExitStack, folder: Path, names: tuple[str, ...]) -> Bench:
    stand_ins = stack.enter_context(StandIns(*STAND_INS))
    workshop = stack.enter_context(Workshop(folder, CHUNK_RECORDS="24"))
    bench = Bench(stand_ins, workshop, names)
    bench.set_up()
    bench.expect()
    return bench


@pytest.fixture(scope="module")
def people_bench(stack: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Customers and contacts, three of them only in Sales."""
    return _bench(stack, tmp_path_factory.mktemp("people"), PEOPLE_AND_COMPANIES)


@pytest.fixture(scope="module")
def goods_bench(stack: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Items, units and prices: creations that take steps."""
    return _bench(stack, tmp_path_factory.mktemp("goods"), GOODS_AND_PRICES)
