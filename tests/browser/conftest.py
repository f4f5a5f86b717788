"""What the browser tests share: the site with all its processes, once per session, and one browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.browser import Browser
from tests.browser.site import Site

HERE = Path(__file__).parent
FIRST = "test_first_synchronization"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below this folder, and let those come first that need a site nobody has synchronized yet."""
    ours = [item for item in items if HERE in Path(item.path).parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item in ours and FIRST not in str(item.path))


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The site on the CRONUS data, connected, nothing synchronized yet."""
    with Site("--customers", "120", "--contacts", "80") as running:
        yield running


@pytest.fixture(scope="session")
def trouble() -> Iterator[Site]:
    """Another site, whose data holds what goes wrong in life; synchronized once."""
    with Site("--dataset", "trouble") as running:
        running.manage("full_synch", "--wait", accept=(0, 1))
        yield running


@pytest.fixture(scope="session")
def synchronized(site: Site) -> Site:
    """The site after at least one full synchronization."""
    site.manage("full_synch", "--wait")
    return site


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests; `browser` hands it out as new."""
    running = Browser(tmp_path_factory.mktemp("profile"))
    yield running
    running.quit()


@pytest.fixture
def browser(site: Site, chromium: Browser) -> Iterator[Browser]:
    """A browser that nobody is signed in at. Its console must stay clean."""
    chromium.site = site
    chromium.forget()
    chromium.complaints()
    yield chromium
    site.quick()
    assert not chromium.complaints()


@pytest.fixture
def annette(browser: Browser) -> Browser:
    """A browser at which the business admin is signed in."""
    browser.sign_in("annette")
    return browser
