"""Starts the Dynamics 365 Sales stand-in alone: `python -m sandbox.dataverse`."""

from __future__ import annotations

import sys

from sandbox.common import options
from sandbox.common.process import Kernel, serve
from sandbox.dataverse.app import DataverseApp
from sandbox.dataverse.seed import dataset_users


def main() -> int:
    """Serve until told to stop."""
    chosen = options.parse("python -m sandbox.dataverse")
    kernel = Kernel(chosen)
    app = DataverseApp(kernel, chosen.seed, dataset_users(chosen.dataset, chosen.seed))
    return serve("crm", chosen.crm_port, chosen, kernel, app, app.describe, limits=chosen.limits)


if __name__ == "__main__":
    sys.exit(main())
