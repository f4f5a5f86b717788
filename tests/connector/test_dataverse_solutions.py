"""Solutions: what is installed, an import and how far it is, and the reasons of one that failed."""

import base64

import pytest

from connector.dataverse.client import DataverseClient
from connector.dataverse.solutions import (
    ANOTHER_RUNS,
    ImportStarted,
    import_state,
    publish_all,
    solution_import,
    solution_promote,
    solutions_find,
)
from connector.errors import PermissionMissing, ServerUnavailable, Timeout, ValidationRejected
from tests.fakes.adapter import FakeAdapter, Reply, error_reply, json_reply, page_reply

STARTED = ImportStarted("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
RUNNING = {"statecode": 2, "statuscode": 20}
DONE = {"statecode": 3, "statuscode": 30}


def failed(code: int | None, message: str = "") -> dict[str, object]:
    """Return a system job that has failed."""
    return {"statecode": 3, "statuscode": 31, "errorcode": code, "friendlymessage": message}


class TestInstalled:
    def test_are_found_by_unique_name(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        row = {
            "solutionid": "A1",
            "uniquename": "One",
            "friendlyname": "The one",
            "version": "1.2.0.0",
            "ismanaged": True,
        }
        adapter.queue = [json_reply({"value": [row]})]

        found = solutions_find(sales.wire, ("One", "Two's"))

        assert (found["One"].version, found["One"].managed, found["One"].key) == ("1.2.0.0", True, "a1")
        assert "uniquename eq 'One' or uniquename eq 'Two''s'" in adapter.sent[0].query


class TestImporting:
    def test_sends_the_package_and_says_what_can_be_followed(
        self, sales: DataverseClient, adapter: FakeAdapter
    ) -> None:
        adapter.queue = [json_reply({"ImportJobKey": STARTED.job_id, "AsyncOperationId": STARTED.operation_id})]

        started = solution_import(sales.wire, b"zip", as_upgrade=True)

        body = adapter.sent[0].json()
        assert adapter.paths() == ["POST ImportSolutionAsync"]
        assert base64.b64decode(body["CustomizationFile"]) == b"zip"
        assert (body["HoldingSolution"], body["OverwriteUnmanagedCustomizations"]) == (True, False)
        assert started == STARTED

    def test_that_nobody_can_follow_is_an_error_of_unknown_outcome(
        self, sales: DataverseClient, adapter: FakeAdapter
    ) -> None:
        adapter.queue = [json_reply({})]

        with pytest.raises(ServerUnavailable) as caught:
            solution_import(sales.wire, b"zip")

        assert caught.value.outcome_unknown

    def test_says_that_another_one_runs(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [error_reply(400, ANOTHER_RUNS)]

        with pytest.raises(ServerUnavailable) as caught:
            solution_import(sales.wire, b"zip")

        assert caught.value.code == ANOTHER_RUNS

    def test_is_not_sent_twice_after_a_lost_answer(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(504), json_reply({})]

        with pytest.raises(Timeout) as caught:
            solution_import(sales.wire, b"zip")

        assert caught.value.outcome_unknown
        assert len(adapter.sent) == 1

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (error_reply(403, "0x80040220", "missing prvImportCustomization privilege"), PermissionMissing),
            (error_reply(400, "0x80048000", "no zip"), ValidationRejected),
        ],
        ids=["no right", "no package"],
    )
    def test_that_is_refused_says_why(
        self, sales: DataverseClient, adapter: FakeAdapter, reply: Reply, kind: type[Exception]
    ) -> None:
        adapter.queue = [reply]

        with pytest.raises(kind):
            solution_import(sales.wire, b"zip")


class TestFollowing:
    def test_tells_the_percentage_while_it_runs(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("GET", "asyncoperations", json_reply(RUNNING)).on(
            "GET", "importjobs", json_reply({"progress": 41.7})
        )

        state = import_state(sales.wire, STARTED)

        assert (state.is_done, state.percent) == (False, 41)

    def test_knows_no_percentage_before_the_job_is_there(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("GET", "asyncoperations", json_reply(RUNNING)).on(
            "GET", "importjobs", error_reply(404, "0x80040217")
        )

        assert import_state(sales.wire, STARTED).percent is None

    def test_of_an_import_that_went_well_is_at_its_end(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply(DONE)]

        state = import_state(sales.wire, STARTED)

        assert (state.is_done, state.has_succeeded, state.percent) == (True, True, 100)

    def test_names_the_components_that_failed(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        data = (
            '<importexportxml><entities><entity><result result="success" errortext="" /></entity></entities>'
            '<securityroles><securityrole><result result="failure" errortext="The  privilege\n is invalid." /></securityrole>'
            "</securityroles></importexportxml>"
        )
        adapter.on("GET", "asyncoperations", json_reply(failed(-2147188655, "failed")))
        adapter.on("GET", r"importjobs.*progress", json_reply({"progress": 50.0}))
        adapter.on("GET", r"importjobs.*data", json_reply({"data": data}))

        state = import_state(sales.wire, STARTED)

        assert (state.is_done, state.has_succeeded) == (True, False)
        assert state.errors == ["The privilege is invalid."]
        assert state.code == "0x80048051"

    def test_takes_the_results_when_the_job_says_nothing(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("GET", "asyncoperations", json_reply(failed(None, "failed")))
        adapter.on("GET", "importjobs", json_reply({"progress": 50.0, "data": "no xml <"}))
        result = {"SolutionOperationResult": {"Status": "Failed", "ErrorMessages": ["One.", "One.", "Two."]}}
        adapter.on("GET", "RetrieveSolutionImportResult", json_reply(result))

        assert import_state(sales.wire, STARTED).errors == ["One.", "Two."]

    def test_falls_back_to_what_the_system_job_says(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("GET", "asyncoperations", json_reply(failed(None, "Out of luck.")))
        adapter.on("GET", "importjobs", error_reply(404, "0x80040217"))
        adapter.on("GET", "RetrieveSolutionImportResult", error_reply(400, "0x80044252"))

        assert import_state(sales.wire, STARTED).errors == ["Out of luck."]

    def test_of_a_server_that_answers_a_page_is_an_error(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.on("GET", "asyncoperations", page_reply())

        with pytest.raises(ServerUnavailable):
            import_state(sales.wire, STARTED)


class TestPromotingAndPublishing:
    def test_promotion_can_be_followed(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [json_reply({"AsyncOperationId": STARTED.operation_id})]

        assert solution_promote(sales.wire, "One") == ImportStarted("", STARTED.operation_id)
        assert adapter.sent[0].json() == {"UniqueName": "One"}

    def test_publishing_takes_one_request(self, sales: DataverseClient, adapter: FakeAdapter) -> None:
        adapter.queue = [Reply(204)]

        publish_all(sales.wire)

        assert adapter.paths() == ["POST PublishAllXml"]
