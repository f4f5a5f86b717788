"""The NAV stand-in as a process: `python -m sandbox.nav`, the same command line as `python -m sandbox`.

`--auth windows` makes a server that offers only Windows sign-in.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from sandbox.common import options
from sandbox.common.process import Kernel, serve
from sandbox.dataset import NAME
from sandbox.nav.app import INSTANCE, NavApp
from sandbox.nav.auth import CLIENT_ID, CLIENT_SECRET, KEY, KINDS, SCOPE, TOKEN_PATH, USER


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
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--auth", choices=KINDS, default=KINDS[0])
    chosen, rest = own.parse_known_args(arguments)
    given = options.parse("python -m sandbox.nav", rest)
    kernel = Kernel(given)
    app = NavApp(kernel, given, chosen.auth)
    return serve("nav", given.nav_port, given, kernel, app, lambda base_url: describe(base_url, given.flavour))


if __name__ == "__main__":
    sys.exit(main())
