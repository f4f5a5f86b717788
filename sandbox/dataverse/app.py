"""The stand-in as the gateway sees it: identity, transactions, batches around the service."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.common.faults import NO_EFFECTS
from sandbox.common.process import Kernel
from sandbox.common.wire import Request, Response, TablePage, decoded_target, json_response, split_path
from sandbox.dataverse import answers, batch, errors, seed
from sandbox.dataverse.authority import Authority
from sandbox.dataverse.call import API_PATH, Call
from sandbox.dataverse.identity import Callers
from sandbox.dataverse.service import WRITES, Service, api_path
from sandbox.dataverse.solutions import jobs
from sandbox.dataverse.store import Store
from sandbox.dataverse.tables import TABLES
from sandbox.dataverse.tokens import TokenRefused, Tokens
from sandbox.dataverse.webhooks import events
from sandbox.dataverse.webhooks.deliveries import Deliveries


class DataverseApp:
    """The Web API, its authority and their data."""

    def __init__(self, kernel: Kernel, seed_number: int = 1, people: list[dict[str, Any]] | None = None) -> None:
        self.stats = kernel.stats
        self.faults = kernel.faults
        self.clock = kernel.clock
        self.ids = seed.identities(seed_number)
        self.directory = seed.directory(self.ids, people)
        self.tokens = Tokens(self.clock)
        self._authority = Authority(self.clock, self.directory, self.tokens)
        self._service = Service(self.stats)
        self._people = people or []
        self.deliveries = Deliveries()
        self.store = self._new_store()
        self.callers = Callers(self.clock, self.tokens, self.ids.tenant, self.store)

    def _new_store(self) -> Store:
        store = Store(TABLES)
        store.deliveries = self.deliveries
        store.directory = self.directory
        seed.fill(store, self.clock, self.ids, self._people)
        return store

    # ── what the gateway calls ──────────────────────────────────────────────────────────────────────────────────────

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self._go_on()
        path = api_path(request.path)
        if path is None:
            answer = self._authority.handle(request)
            return answer or self.error(404, "0x80060888", f"Resource not found for '{unquote(request.path)}'.")
        try:
            if len(request.path) + len(request.query_string) > batch.MAX_ADDRESS // 2:
                raise errors.ServiceError(414, "0x80060888", "The request URL is too long.")
            call = self.callers.call(request)
            if path.strip("/") == "$batch":
                response = self._batch(call, request)
            else:
                response = self._single(call, request.verb, split_path(path), request.query_string, request.body)
        except TokenRefused as refused:
            response = self._challenge(request, refused)
        except errors.ServiceError as error:
            response = answers.refusal(error)
        response.headers.update(_common_headers())
        return response

    def _go_on(self) -> None:
        """Let what runs in the background get as far as the time allows, and note which webhooks were called."""
        if self.store.jobs:
            jobs.advance(self.store, self.clock.seconds())
        outcomes = self.deliveries.outcomes()
        if outcomes:
            events.settle(self.store, outcomes, self.clock.stamp())

    def error(self, status: int, code: str, message: str) -> Response:
        """An error in the form of the Web API."""
        response = answers.refusal(errors.ServiceError(status, code, message))
        response.headers.update(_common_headers())
        return response

    def limit_key(self, request: Request) -> str | None:
        """The user of a Web API call; calls of the authority and refused tokens are not limited."""
        if api_path(request.path) is None:
            return None
        try:
            return self.callers.user(self.callers.claims(request))
        except (TokenRefused, errors.ServiceError):
            return None

    def table_page(self, name: str, skip: int, top: int) -> TablePage | None:
        """Rows of a table; properties that are null are left out."""
        self._go_on()
        if name not in self.store.tables:
            return None
        rows = list(self.store.rows(name).values())
        defaults = self.store.tables[name].defaults
        page = [
            {**defaults, **{key: value for key, value in row.items() if "@" not in key}}
            for row in rows[skip : skip + top]
        ]
        return TablePage(name, len(rows), page)

    def reset_data(self) -> None:
        """Go back to the data of the start. Delta tokens issued before become meaningless."""
        self.store = self._new_store()
        self._service.snapshots.clear()
        self.callers = Callers(self.clock, self.tokens, self.ids.tenant, self.store)

    def act_as(self, user: str | None) -> None:
        """Write in this user's name from now on; the rights stay those of the caller."""
        self.callers.acting = self.callers.find(user) if user is not None else None

    def expire_tokens(self) -> None:
        """Refuse every access token issued up to now."""
        self.tokens.expire()

    def control(self, request: Request, name: str) -> Response | None:
        """What this server alone can be told, with POST.

        `certificate` {"certificate": PEM} lets the application sign in with a certificate,
        `application` {"client_id", "client_secret", "name"} registers an application in the tenant,
        `refuse` {"client_id", "refused": true or false} keeps an application out of the Web API,
        `bulk` {"repeated": "ignore" or "refuse"} says what happens to a row twice in one bulk update.
        """
        if request.verb != "POST" or name not in ("bulk", "certificate", "application", "refuse"):
            return None
        body = request.json()
        if name == "bulk":
            return self._set_repeated(str(body.get("repeated")))
        client_id = str(body.get("client_id", self.ids.client_id)).lower()
        if name == "refuse":
            (self.directory.refused.add if body["refused"] else self.directory.refused.discard)(client_id)
        elif name == "certificate":
            self.directory.add_certificate(client_id, str(body["certificate"]).encode())
        else:
            self.directory.register(client_id, str(body["client_secret"]), str(body.get("name", "Application")))
        return json_response({"client_id": client_id})

    def _set_repeated(self, value: str) -> Response:
        if value not in ("ignore", "refuse"):
            return json_response({"error": "'repeated' is 'ignore' or 'refuse'."}, 400)
        self.store.repeated_rows = value
        return json_response({"repeated": value})

    def describe(self, base_url: str) -> dict[str, Any]:
        """The part of the ready line that is about this server."""
        accounts = self.directory.accounts
        admin, integration = accounts[f"admin@{seed.DOMAIN}"], accounts[f"integration@{seed.DOMAIN}"]
        return {
            "url": base_url,
            "authority": base_url,
            "tenant": self.ids.tenant,
            "client_id": self.ids.client_id,
            "client_secret": seed.CLIENT_SECRET,
            "admin": {"user": admin.user, "password": admin.password},
            "integration": {"user": integration.user, "password": integration.password},
        }

    # ── identity ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _challenge(self, request: Request, refused: TokenRefused) -> Response:
        authorization = f"{request.base_url}/{self.ids.tenant}/oauth2/authorize"
        value = f"Bearer authorization_uri={authorization}, resource_id={request.base_url}/"
        body = {"error": {"code": refused.code, "message": refused.message}}
        return answers.body(body, 401, {"www-authenticate": value})

    # ── transactions and batches ────────────────────────────────────────────────────────────────────────────────────

    def _single(self, call: Call, verb: str, segments: list[str], query_string: str, body: bytes) -> Response:
        """One request; a write is a transaction."""
        if verb not in WRITES:
            return self._service.answer(call, verb, segments, query_string, body)
        return self._transaction(call, lambda: self._service.answer(call, verb, segments, query_string, body))

    def _transaction(self, call: Call, work: Callable[[], Response]) -> Response:
        self.store.begin()
        try:
            response = work()
        except BaseException:
            self.store.rollback()
            raise
        self.store.commit()
        self._count(call, response)
        return response

    def _count(self, call: Call, response: Response) -> None:
        for table, kind in call.counts:
            self.stats.count_rows(table, kind)
        response.rows = len(call.counts)

    def _batch(self, call: Call, request: Request) -> Response:
        if request.verb != "POST":
            raise errors.ServiceError(405, "0x80060888", "A batch is a POST.")
        items = batch.parse(request.headers.get("content-type", ""), request.body)
        return batch.run(
            items,
            go_on="odata.continue-on-error" in call.preferences,
            run_part=lambda part: self._part(call, part),
            run_change_set=lambda change_set: self._change_set(call, change_set),
        )

    def _part(self, call: Call, part: batch.Part) -> Response:
        """One request of a batch; a refusal becomes its answer."""
        try:
            own, segments, query_string = self._entered(call, part)
            return self._single(own, part.verb, segments, query_string, part.body)
        except errors.ServiceError as error:
            return self._refused_part(error)

    def _change_set(self, call: Call, change_set: batch.ChangeSet) -> list[Response]:
        """All requests of a change set, or the one refusal that undid them."""
        responses: list[Response] = []
        counts: list[tuple[Call, Response]] = []
        call.content_ids.clear()
        self.store.begin()
        try:
            for part in change_set.parts:
                own, segments, query_string = self._entered(call, part)
                own.content_ids = call.content_ids
                response = self._service.answer(own, part.verb, segments, query_string, part.body)
                if part.content_id is not None and "odata-entityid" in response.headers:
                    call.content_ids[f"${part.content_id}"] = response.headers["odata-entityid"]
                responses.append(response)
                counts.append((own, response))
        except errors.ServiceError as error:
            self.store.rollback()
            return [self._refused_part(error)]
        except BaseException:
            self.store.rollback()
            raise
        self.store.commit()
        for own, response in counts:
            self._count(own, response)
        return responses

    def _entered(self, call: Call, part: batch.Part) -> tuple[Call, list[str], str]:
        """Call, path and query of a part, with the faults that hit it. Raises: ServiceError."""
        address = part.address
        name, slash, rest = address.lstrip("/").partition("/")
        if name.startswith("$") and name[1:2].isdigit():
            if name not in call.content_ids:
                text = f"Content-ID Reference: '{name}' does not exist in the batch context."
                raise errors.query_invalid(text)
            address = call.content_ids[name] + slash + rest
        split = urlsplit(address)
        path = api_path(split.path)
        if path is None:
            path = split.path.lstrip("/")
        self.stats.count_part(part.verb, unquote(API_PATH + path))
        effects = self.faults.effects(part.verb, decoded_target(API_PATH + path, split.query), part=True)
        if "status" in effects.acts:
            acts = effects.acts
            given = {str(header).lower(): str(value) for header, value in acts.get("headers", {}).items()}
            raise errors.ServiceError(
                int(acts["status"]), str(acts.get("code", "")), str(acts.get("message", "A fault was set.")), given
            )
        own = call.as_part(part.headers, effects.joined(call.effects) if effects is not NO_EFFECTS else call.effects)
        return self.callers.impersonated(own, part.headers), split_path(path), split.query

    def _refused_part(self, error: errors.ServiceError) -> Response:
        response = answers.refusal(error)
        response.headers["req_id"] = str(uuid.uuid4())
        return response


def _common_headers() -> dict[str, str]:
    request_id = str(uuid.uuid4())
    return {"odata-version": "4.0", "req_id": request_id, "x-ms-service-request-id": request_id}
