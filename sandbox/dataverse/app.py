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
from sandbox.dataverse.call import API_PATH, Call, has_role, parse_preferences, privileges_of
from sandbox.dataverse.service import WRITES, Service, api_path
from sandbox.dataverse.store import Store
from sandbox.dataverse.tables import TABLES
from sandbox.dataverse.tokens import TokenRefused, Tokens


class DataverseApp:
    """The Web API, its authority and their data."""

    def __init__(self, kernel: Kernel, seed_number: int = 1, people: list[dict[str, Any]] | None = None) -> None:
        self.stats = kernel.stats
        self.faults = kernel.faults
        self.clock = kernel.clock
        self.ids = seed.identities(seed_number)
        self.directory = seed.directory(self.ids)
        self.tokens = Tokens(self.clock)
        self._authority = Authority(self.clock, self.directory, self.tokens)
        self._service = Service(self.stats)
        self._people = people or []
        self._acting: str | None = None
        self.store = self._new_store()

    def _new_store(self) -> Store:
        store = Store(TABLES)
        seed.fill(store, self.clock, self.ids, self._people)
        return store

    # ── what the gateway calls ──────────────────────────────────────────────────────────────────────────────────────

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        path = api_path(request.path)
        if path is None:
            answer = self._authority.handle(request)
            return answer or self.error(404, "0x80060888", f"Resource not found for '{unquote(request.path)}'.")
        try:
            call = self._call(request)
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
            return self._user(self._claims(request))
        except (TokenRefused, errors.ServiceError):
            return None

    def table_page(self, name: str, skip: int, top: int) -> TablePage | None:
        """Rows of a table; properties that are null are left out."""
        if name not in TABLES:
            return None
        rows = list(self.store.rows(name).values())
        defaults = TABLES[name].defaults
        page = [
            {**defaults, **{key: value for key, value in row.items() if "@" not in key}}
            for row in rows[skip : skip + top]
        ]
        return TablePage(name, len(rows), page)

    def reset_data(self) -> None:
        """Go back to the data of the start. Delta tokens issued before become meaningless."""
        self.store = self._new_store()
        self._service.snapshots.clear()
        self._acting = None

    def act_as(self, user: str | None) -> None:
        """Write in this user's name from now on; the rights stay those of the caller."""
        self._acting = self._find_user(user) if user is not None else None

    def expire_tokens(self) -> None:
        """Refuse every access token issued up to now."""
        self.tokens.expire()

    def control(self, request: Request, name: str) -> Response | None:
        """`POST /_sandbox/certificate` {"certificate": PEM} lets the application sign in with a certificate."""
        if request.verb != "POST" or name != "certificate":
            return None
        body = request.json()
        client_id = body.get("client_id", self.ids.client_id)
        self.directory.add_certificate(client_id, str(body["certificate"]).encode())
        return json_response({"client_id": client_id})

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

    def _claims(self, request: Request) -> dict[str, Any]:
        return self.tokens.claims(request.headers.get("authorization", ""), request.base_url, self.ids.tenant)

    def _user(self, claims: dict[str, Any]) -> str:
        """The id of the user behind a token. Raises: ServiceError 403."""
        users = self.store.data["systemuser"]
        if claims.get("idtyp") == "app":
            found = users.find("applicationid", claims["appid"])
        else:
            found = users.find("azureactivedirectoryobjectid", claims["oid"])
        if not found:
            raise errors.ServiceError(403, "0x80072560", "The user is not a member of the organization.")
        key = next(iter(found))
        if users.rows[key].get("isdisabled"):
            raise errors.ServiceError(403, "0x80040225", f"The specified user (Id = {key}) is disabled.")
        if not has_role(self.store, key):
            text = f"The user with id {key} has not been assigned any security roles."
            raise errors.ServiceError(403, "0x80042f09", text)
        return key

    def _call(self, request: Request) -> Call:
        user = self._user(self._claims(request))
        privileges = privileges_of(self.store, user)
        writer = self._acting or user
        other = request.headers.get("callerobjectid") or request.headers.get("mscrmcallerid")
        if other:
            if not {"*", "prvactonbehalfofanotheruser"} & privileges:
                raise errors.privilege_denied(user, "prvActOnBehalfOfAnotherUser", "systemuser", 8)
            try:
                writer = self._find_user(other)
            except ValueError as error:
                raise errors.not_found("systemuser", other) from error
            theirs = privileges_of(self.store, writer)
            privileges = theirs if "*" in privileges else privileges if "*" in theirs else privileges & theirs
        return Call(
            store=self.store,
            user=user,
            writer=writer,
            now=self.clock.stamp(),
            base=f"{request.base_url}{API_PATH}",
            effects=request.effects,
            headers=request.headers,
            privileges=privileges,
            preferences=parse_preferences(request.headers.get("prefer", "")),
        )

    def _find_user(self, name: str) -> str:
        """A user by id, object id, user name, e-mail or full name. Raises: ValueError."""
        users = self.store.data["systemuser"]
        wanted = name.lower()
        if wanted in users.rows:
            return wanted
        for column in ("azureactivedirectoryobjectid", "domainname", "internalemailaddress", "fullname"):
            found = users.find(column, wanted)
            if found:
                return min(found)
        raise ValueError(f"there is no user {name}")

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
            raise errors.ServiceError(int(acts["status"]), str(acts.get("code", "")), str(acts.get("message", "")))
        own = call.as_part(part.headers, effects.joined(call.effects) if effects is not NO_EFFECTS else call.effects)
        return own, split_path(path), split.query

    def _refused_part(self, error: errors.ServiceError) -> Response:
        response = answers.refusal(error)
        response.headers["req_id"] = str(uuid.uuid4())
        return response


def _common_headers() -> dict[str, str]:
    request_id = str(uuid.uuid4())
    return {"odata-version": "4.0", "req_id": request_id, "x-ms-service-request-id": request_id}
