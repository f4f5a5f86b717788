"""The NAV stand-in as a process: `python -m sandbox.nav`, the same command line as `python -m sandbox`.

`--auth windows` makes a server that offers only Windows sign-in, `--unpublish NAME` leaves a service out, `--hide
SERVICE.FIELD` takes a field off a page; the last two may be given more than once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from sandbox.common import options
from sandbox.common.process import CANNOT_START, Kernel, serve
from sandbox.dataset import NAME
from sandbox.nav.app import NavApp
from sandbox.nav.auth import CLIENT_ID, CLIENT_SECRET, KEY, SCOPE, TOKEN_PATH, USER
from sandbox.nav.routes import INSTANCE


def describe(base_url: str, flavour: str) -> dict[str, Any]:
    """What a client needs to know, for the ready line."""
    root = f"{base_url}/{INSTANCE[flavour]}"
    oauth = {
        "token_url": f"{base_url}{TOKEN_PATH}",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": SCOPE,
    }
    return {
        "url": root if flavour == "bc" else f"{root}/ODataV4",
        "company": NAME,
        "user": USER,
        "key": KEY,
        "oauth": oauth if flavour == "bc" else None,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the status to exit with."""
    given = options.parse("python -m sandbox.nav", arguments)
    kernel = Kernel(given)
    try:
        app = NavApp(kernel, given, given.auth, unpublish=given.unpublish, hide=given.hide)
    except ValueError as error:
        sys.stderr.write(f"nav: {error}\n")
        return CANNOT_START
    return serve("nav", given.nav_port, given, kernel, app, lambda base_url: describe(base_url, given.flavour))


if __name__ == "__main__":
    sys.exit(main())
