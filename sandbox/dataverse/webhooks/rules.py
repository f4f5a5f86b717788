"""What may be registered: endpoints with their secrets, steps on messages, images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

WEBHOOK = 8
MESSAGES = ("Create", "Update", "Delete")
"""What the stand-in calls webhooks for."""
KEY, HEADER, QUERY = 4, 5, 6
SYNCHRONOUS = 0


@dataclass(frozen=True, slots=True)
class Secret:
    """How a post proves itself: settings that become headers or options of the address."""

    authtype: int
    settings: tuple[tuple[str, str], ...]

    def address(self, url: str) -> str:
        """The address with the secret in its query, where it belongs there."""
        if self.authtype == HEADER:
            return url
        parts = urlsplit(url)
        pairs = [*parse_qsl(parts.query, keep_blank_values=True), *self.settings]
        return parts._replace(query=urlencode(pairs)).geturl()

    def headers(self) -> dict[str, str]:
        """The headers that carry the secret."""
        return dict(self.settings) if self.authtype == HEADER else {}


def read_secret(authtype: int | None, value: str | None) -> Secret | None:
    """The secret of an endpoint; None if it has none. Raises: ServiceError 400."""
    if value is None or authtype is None:
        return None
    if authtype == KEY:
        return Secret(KEY, (("code", value),))
    if authtype not in (HEADER, QUERY):
        raise errors.bad_request("0x80040203", f"The authtype {authtype} is not one of a webhook (4, 5, 6).")
    try:
        root = fromstring(value, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise errors.bad_request("0x80040203", f"The authvalue is no XML of settings: {error}") from error
    settings = tuple((each.get("name", ""), each.get("value", "")) for each in root.iterfind("setting"))
    if root.tag != "settings" or not settings or not all(name for name, _value in settings):
        raise errors.bad_request("0x80040203", "The authvalue needs <settings> with <setting name value>.")
    return Secret(authtype, settings)


class ServiceEndpoints(Rules):
    """The secret of an endpoint can be written and never read."""

    def before_create(self, writer: Writer, row: Row) -> None:
        if row.get("contract") == WEBHOOK:
            self._check_address(row.get("url"))
        row["isauthvalueset"] = False
        self._keep(writer, row, row, row["serviceendpointid"])

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if "url" in changes:
            self._check_address(changes["url"])
        if "authvalue" in changes or "authtype" in changes:
            self._keep(writer, {**old, **changes}, changes, old["serviceendpointid"])

    def after_delete(self, writer: Writer, row: Row) -> None:
        writer.store.secrets.pop(row["serviceendpointid"], None)

    @staticmethod
    def _keep(writer: Writer, row: Row, into: Row, key: str) -> None:
        value = into.pop("authvalue", None)
        secret = read_secret(row.get("authtype"), value)
        if secret is not None:
            writer.store.secrets[key] = secret
        into["isauthvalueset"] = key in writer.store.secrets

    @staticmethod
    def _check_address(url: str | None) -> None:
        if urlsplit(url or "").scheme not in ("https", "http"):
            raise errors.bad_request("0x80040203", "A webhook needs an absolute https address in 'url'.")


class Steps(Rules):
    """A step belongs to a message, and to a table through the message's filter."""

    def before_create(self, writer: Writer, row: Row) -> None:
        if row.get("mode") == SYNCHRONOUS:
            raise errors.not_supported("synchronous steps of webhooks; register them with mode 1")
        self._check(writer, row)

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if changes.get("mode") == SYNCHRONOUS:
            raise errors.not_supported("synchronous steps of webhooks; register them with mode 1")
        self._check(writer, {**old, **changes})

    @staticmethod
    def _check(writer: Writer, row: Row) -> None:
        if row.get("stage") != 40:
            raise errors.bad_request("0x80040203", "An asynchronous step runs in stage 40 (post-operation).")
        message = row.get("_sdkmessageid_value")
        given = writer.store.get("sdkmessagefilter", row.get("_sdkmessagefilterid_value"))
        if given is not None and given.get("_sdkmessageid_value") != message:
            raise errors.bad_request("0x80044182", "The sdkmessagefilter does not belong to the sdkmessage.")
        names = [name.strip() for name in str(row.get("filteringattributes") or "").split(",") if name.strip()]
        name = (writer.store.get("sdkmessage", message) or {}).get("name")
        if name is not None and name not in MESSAGES:
            raise errors.not_supported(f"steps on the message '{name}'")
        if names and name != "Update":
            raise errors.bad_request("0x80040203", "Filtering attributes are for the message Update only.")
        table = writer.store.tables.get(str((given or {}).get("primaryobjecttypecode")))
        unknown = [each for each in names if table is not None and each not in table.columns]
        if unknown:
            raise errors.bad_request("0x80040203", f"There is no attribute '{unknown[0]}' to filter on.")
