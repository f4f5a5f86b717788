"""Webhook subscriptions of Business Central (reference 3.9): handshake, renewal, expiry, and which changes they hear of.

The handshake and the notifications leave this machine nowhere: only loopback addresses are taken. Both are sent from
threads (`notifier.py`), so that no request waits for a receiver.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.common.clock import Clock
from sandbox.nav.errors import NavError
from sandbox.nav.notifier import Notifier
from sandbox.nav.store import Event
from sandbox.nav.values import wire_stamp

MAX_SUBSCRIPTIONS: Final = 200
MAX_STATE: Final = 2048
LIFETIME: Final = timedelta(days=3)
COLLECTION_FROM: Final = 1000
"""Above this many changes one entry for the whole collection is sent."""
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
SUPPORTED: Final = {
    "currencies": "Currency",
    "customers": "Customer",
    "items": "Item",
    "paymentMethods": "PaymentMethod",
    "paymentTerms": "PaymentTerms",
    "salesInvoices": "Invoice",
    "salesOrders": "Order",
    "salesQuotes": "Quote",
    "shipmentMethods": "ShipmentMethod",
    "unitsOfMeasure": "UnitOfMeasure",
    "countriesRegions": "CountryRegion",
}
"""Entities of this stand-in that can be subscribed to, with their table or type of sales document."""
_RESOURCE: Final = re.compile(r"(?:https?://[^/]+)?(?:/[\w./-]+?)?/?api/v2\.0/companies\(([0-9a-fA-F-]{36})\)/(\w+)/?")
_KINDS: Final = {"inserted": "created", "updated": "updated", "renamed": "updated", "deleted": "deleted"}


@dataclass
class Subscription:
    """One subscription; stamps are OData times, UTC."""

    id: str
    url: str
    resource: str
    company: str
    entity: str
    state: str
    user: str
    created: str
    modified: str = ""
    expires: str = ""
    version: int = 1
    waiting: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Changes that wait to be sent: id of the record -> (kind of change, time)."""

    @property
    def etag(self) -> str:
        return f'W/"{hashlib.sha256(f"{self.id}/{self.version}".encode()).hexdigest()[:32]}"'

    def shown(self) -> dict[str, Any]:
        """The subscription as JSON."""
        return {
            "@odata.etag": self.etag,
            "subscriptionId": self.id,
            "notificationUrl": self.url,
            "resource": self.resource,
            "timestamp": self.version,
            "userId": self.user,
            "lastModifiedDateTime": self.modified,
            "clientState": self.state,
            "expirationDateTime": self.expires,
            "systemCreatedAt": self.created,
            "systemCreatedBy": self.user,
            "systemModifiedAt": self.modified,
            "systemModifiedBy": self.user,
        }


class Webhooks:
    """The subscriptions of one server."""

    def __init__(self, clock: Clock, notifier: Notifier) -> None:
        self._clock = clock
        self._notifier = notifier
        self._subscriptions: dict[str, Subscription] = {}
        self._companies: dict[str, str] = {}

    def forget(self) -> None:
        """No subscription any more."""
        self._notifier.cancel()
        self._subscriptions.clear()

    def know_company(self, company_id: str, name: str) -> None:
        """A company whose resources can be subscribed to."""
        self._companies[company_id.lower()] = name

    def all(self) -> list[Subscription]:
        """Those that have not expired and were not removed by their receiver's answer."""
        now = wire_stamp(self._clock.now())
        gone = self._notifier.removed()
        for key in [key for key, found in self._subscriptions.items() if key in gone or found.expires <= now]:
            del self._subscriptions[key]
        return list(self._subscriptions.values())

    def find(self, key: str) -> Subscription:
        """The subscription of this id, quoted or bare. Raises NavError 404."""
        wanted = key.removeprefix("subscriptionId=").strip("'")
        for found in self.all():
            if found.id == wanted:
                return found
        raise NavError("Internal_RecordNotFound", f"The subscription '{wanted}' does not exist.")

    def prepared(self, body: Mapping[str, Any], user: str) -> Subscription:
        """A new subscription that a body asks for, not yet confirmed by its receiver. Raises NavError."""
        _check_members(body, {"notificationUrl", "resource", "clientState", "subscriptionId"})
        url, resource = _url(body), str(body.get("resource", ""))
        company, entity = self._resource(resource)
        key = hashlib.md5(f"{url}|{resource}".encode(), usedforsecurity=False).hexdigest()
        if any(found.id == key for found in self.all()):
            text = f"The Subscription already exists. Identification fields and values: Subscription Id='{key}'"
            raise NavError("Internal_EntityWithSameKeyExists", text)
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise NavError("Application_DialogException", f"The limit of {MAX_SUBSCRIPTIONS} subscriptions is reached.")
        now = wire_stamp(self._clock.now())
        return Subscription(key, url, resource, company, entity, _state(body), user, now)

    def changed(self, old: Subscription, body: Mapping[str, Any]) -> Subscription:
        """An existing subscription with new values, not yet confirmed. Raises NavError."""
        _check_members(body, {"notificationUrl", "resource", "clientState", "expirationDateTime", "subscriptionId"})
        if body.get("resource", old.resource) != old.resource:
            raise NavError("BadRequest_InvalidOperation", "The resource of a subscription cannot be changed.")
        url = _url(body) if "notificationUrl" in body else old.url
        state = _state(body) if "clientState" in body else old.state
        values = {"url": url, "state": state, "version": old.version + 1, "waiting": old.waiting}
        return Subscription(**{name: getattr(old, name) for name in old.__dataclass_fields__} | values)

    def confirm(self, subscription: Subscription) -> None:
        """Ask the receiver, within five seconds. Runs in a thread. Raises NavError when it does not answer rightly."""
        token = secrets.token_urlsafe(24)
        if not self._notifier.handshake(subscription.url, token):
            text = f"The notification URL {subscription.url} did not answer the validation with its token."
            raise NavError("BadRequest", text)

    def keep(self, subscription: Subscription) -> None:
        """Take a confirmed subscription in, for three days from now."""
        now = self._clock.now()
        subscription.modified, subscription.expires = wire_stamp(now), wire_stamp(now + LIFETIME)
        self._subscriptions[subscription.id] = subscription

    def remove(self, subscription: Subscription) -> None:
        del self._subscriptions[subscription.id]

    def heard(self, company: str, events: list[Event], document: Any) -> None:
        """Changes that were committed; `document` gives the id of the document of a line's event, or None."""
        subscriptions = [found for found in self.all() if found.company == company]
        for event in events if subscriptions else []:
            entity, record, kind = _subject(event, document)
            for found in subscriptions:
                if found.entity == entity and record:
                    self._note(found, record, kind, self._time(event))

    def send_now(self) -> int:
        """Send what waits without waiting longer; how many notifications that is."""
        waiting = [found for found in self.all() if found.waiting]
        number = sum(len(found.waiting) for found in waiting)
        for found in waiting:
            self._notifier.send(found.id, found.url, lambda found=found: self._payload(found), 0)  # type: ignore[misc]
        return number

    def _time(self, event: Event) -> str:
        """When a change happened: the row's own stamp, so that reading from it on finds the row."""
        stamp = "" if event.kind == "deleted" else event.row.get("$modified", "")
        return stamp or wire_stamp(self._clock.now())

    def _note(self, subscription: Subscription, record: str, kind: str, time: str) -> None:
        before = subscription.waiting.get(record, ("", ""))[0]
        kind = "created" if before == "created" and kind == "updated" else kind
        subscription.waiting[record] = kind, time
        self._notifier.send(subscription.id, subscription.url, lambda: self._payload(subscription))

    def _payload(self, subscription: Subscription) -> dict[str, Any]:
        """The notification, which empties the waiting list."""
        waiting, subscription.waiting = subscription.waiting, {}
        if len(waiting) > COLLECTION_FROM:
            since = min(time for _, time in waiting.values())
            resource = f"{subscription.resource}?$filter=lastModifiedDateTime ge {since}"
            entries = [(resource, "collection", max(time for _, time in waiting.values()))]
        else:
            entries = [(f"{subscription.resource}({key})", kind, time) for key, (kind, time) in waiting.items()]
        shared = {
            "subscriptionId": subscription.id,
            "clientState": subscription.state,
            "expirationDateTime": subscription.expires,
        }
        return {
            "value": [
                shared | {"resource": resource, "changeType": kind, "lastModifiedDateTime": time}
                for resource, kind, time in entries
            ]
        }

    def _resource(self, resource: str) -> tuple[str, str]:
        match = _RESOURCE.fullmatch(resource)
        company = self._companies.get(match[1].lower()) if match else None
        if match is None or company is None or match[2] not in SUPPORTED:
            raise NavError("BadRequest", f"The resource '{resource}' does not support webhook subscriptions.")
        return company, match[2]


def _subject(event: Event, document: Any) -> tuple[str, str, str]:
    """Which entity, which record and which kind of change an event is for a subscriber."""
    kind = _KINDS[event.kind]
    if event.table == "SalesLine":
        owner = document(event.row)
        kind_of = event.row.get("Document_Type", "")
        return next((name for name, table in SUPPORTED.items() if table == kind_of), ""), owner or "", "updated"
    if event.table == "SalesInvoiceHeader":
        return "salesInvoices", event.row_id, kind
    source = event.row.get("Document_Type", "") if event.table == "SalesHeader" else event.table
    return next((name for name, table in SUPPORTED.items() if table == source), ""), event.row_id, kind


def _check_members(body: Mapping[str, Any], known: set[str]) -> None:
    for name, value in body.items():
        if name not in known:
            raise NavError(
                "BadRequest", f"Could not find a property named '{name}' on type 'Microsoft.NAV.subscriptions'."
            )
        if not isinstance(value, str):
            raise NavError("BadRequest", f"The property '{name}' must be a text.")


def _url(body: Mapping[str, Any]) -> str:
    url = str(body.get("notificationUrl", ""))
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK:
        raise NavError("BadRequest", f"The notification URL '{url}' is not one this stand-in notifies: loopback only.")
    return url


def _state(body: Mapping[str, Any]) -> str:
    state = str(body.get("clientState", ""))
    if len(state) > MAX_STATE:
        text = f"The length of the string is {len(state)}, but it must be less than or equal to {MAX_STATE} characters."
        raise NavError("Application_StringExceededLength", text)
    return state
