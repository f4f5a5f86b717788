"""Where an address leads: the tree of page services, the API, the environment of an online address (reference 1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandbox.common.wire import Request, Response
from sandbox.nav.replies import odata

INSTANCE: Final = {"nav2017": "DynamicsNAV100", "bc": "BC"}
ENVIRONMENTS: Final = {"production": "Production", "sandbox": "Sandbox"}
TREES: Final = ("ODataV4", "api")
ENVIRONMENT_LISTS: Final = frozenset({"/environments/v1.1", "/environments/v2.0"})
_NO_PAGE: Final = b"<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head></html>"
_NO_ENVIRONMENT: Final = (
    '<?xml version="1.0" encoding="utf-8"?><m:error xmlns:m="http://docs.oasis-open.org/odata/ns/metadata">'
    "<m:code>NoEnvironment</m:code><m:message>Environment does not exist.</m:message></m:error>"
)


@dataclass(frozen=True)
class Route:
    """A tree (`ODataV4` or `api`), the path before it, and the decoded segments behind it."""

    prefix: str
    tree: str
    segments: list[str]


def html_not_found() -> Response:
    """What a web server in front of the ERP answers outside its instance."""
    return Response(404, {"content-type": "text/html"}, _NO_PAGE)


def route(request: Request, flavour: str) -> Route | Response:
    """Where the request leads, or the answer of the machinery in front of the service."""
    segments = request.segments()
    if len(segments) >= 2 and segments[0] == INSTANCE[flavour] and segments[1] in TREES:
        return Route(f"/{segments[0]}", segments[1], segments[2:])
    if flavour != "bc" or not segments or segments[0] != "v2.0":
        return html_not_found()
    for position in (2, 3):
        if len(segments) > position and segments[position] in TREES:
            if segments[position - 1].lower() not in ENVIRONMENTS:
                return Response(404, {"content-type": "application/xml"}, _NO_ENVIRONMENT.encode())
            return Route("/" + "/".join(segments[:position]), segments[position], segments[position + 1 :])
    return Response(404, {"content-type": "application/xml"}, _NO_ENVIRONMENT.encode())


def is_environment_list(path: str) -> bool:
    """Whether a path lists the environments of the tenant (three addresses do, by age)."""
    plain = path.rstrip("/")
    return plain in ENVIRONMENT_LISTS or (
        plain.startswith("/admin/v2.") and plain.endswith("/applications/businesscentral/environments")
    )


def environments() -> Response:
    """The environments of the tenant."""
    rows = [
        {
            "friendlyName": name,
            "type": name,
            "name": name,
            "countryCode": "GB",
            "applicationFamily": "BusinessCentral",
            "aadTenantId": "11111111-aaaa-2222-bbbb-333333333333",
            "applicationVersion": "25.4.29661.29727",
            "status": "Active",
        }
        for name in ENVIRONMENTS.values()
    ]
    return odata({"value": rows})
