"""The control endpoints under `/_sandbox/`: statistics, tables, reset, faults, clock and acting as a user."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from sandbox.common.wire import App, Request, Response, json_response

PREFIX = "/_sandbox/"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "testclient"})
MAX_TOP = 10_000


class Control:
    """Answers the control calls of one stand-in. Nothing here counts in the statistics."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._calls: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "stats"): self._stats,
            ("POST", "reset"): self._reset,
            ("POST", "faults"): self._faults,
            ("POST", "clock"): self._clock,
            ("POST", "as"): self._as,
        }

    def handle(self, request: Request) -> Response:
        """Answer one control call."""
        if request.client not in LOOPBACK:
            return _problem(403, "control calls are for this machine only")
        name = unquote(request.path)[len(PREFIX) :]
        try:
            if request.verb == "GET" and name.startswith("table/"):
                return self._table(request, name.removeprefix("table/"))
            call = self._calls.get((request.verb, name))
            answer = call(request) if call else self._app.control(request, name)
        except (ValueError, KeyError, TypeError) as error:
            return _problem(400, f"{type(error).__name__}: {error}")
        return answer or _problem(404, f"there is no control call {request.verb} {name}")

    def _stats(self, _request: Request) -> Response:
        return json_response(self._app.stats.report(self._app.faults))

    def _table(self, request: Request, name: str) -> Response:
        options = request.options()
        top = min(MAX_TOP, int(options.get("$top", MAX_TOP)))
        page = self._app.table_page(name, int(options.get("$skip", 0)), top)
        if page is None:
            return _problem(404, f"there is no table {name}")
        return json_response({"name": page.name, "count": page.count, "rows": list(page.rows)})

    def _reset(self, request: Request) -> Response:
        """Clear the statistics; with `{"data": true}` go back to the data of the start too."""
        with_data = bool(request.body.strip() and request.json().get("data"))
        self._app.stats.clear()
        if with_data:
            self._app.reset_data()
        return json_response({"reset": "data" if with_data else "statistics"})

    def _faults(self, request: Request) -> Response:
        self._app.faults.load(request.json())
        return json_response({"rules": len(self._app.faults.report())})

    def _clock(self, request: Request) -> Response:
        self._app.clock.offset_seconds = float(request.json()["offset_seconds"])
        return json_response({"now": self._app.clock.stamp()})

    def _as(self, request: Request) -> Response:
        user = request.json()["user"]
        self._app.act_as(user)
        return json_response({"user": user})


def _problem(status: int, message: str) -> Response:
    return json_response({"error": message}, status)
