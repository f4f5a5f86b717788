"""OData as pure functions: what is written into an address, and what is read out of an answer."""

import codecs
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import odata
from connector.errors import ServerUnavailable, Timeout

JSON = "application/json"
ID = "8f2f3a4b-0000-0000-0000-00000000000a"


class TestLiteral:
    @pytest.mark.parametrize(
        ("value", "edm_type", "expected"),
        [
            pytest.param("10000", "", "'10000'", id="text"),
            pytest.param("O'Neill", "", "'O''Neill'", id="apostrophe doubled"),
            pytest.param("", "", "''", id="empty text"),
            pytest.param(None, "", "null", id="nothing"),
            pytest.param(True, "", "true", id="truth"),
            pytest.param(False, "Edm.Boolean", "false", id="falsehood"),
            pytest.param(7, "", "7", id="whole number"),
            pytest.param(Decimal("12.50"), "", "12.50", id="decimal keeps its places"),
            pytest.param(0.00001, "", "0.00001", id="float without exponent"),
            pytest.param(1e21, "", "1000000000000000000000", id="large float without exponent"),
            pytest.param(date(2017, 1, 20), "", "2017-01-20", id="day"),
            pytest.param(datetime(2024, 1, 31, 12, 0, 0, 123456, UTC), "", "2024-01-31T12:00:00.123Z", id="time"),
            pytest.param(
                datetime(2024, 1, 31, 1, 0, tzinfo=timezone(timedelta(hours=2))),
                "",
                "2024-01-30T23:00:00.000Z",
                id="time in UTC",
            ),
            pytest.param(UUID(ID), "", ID, id="id"),
            pytest.param(ID, "Edm.Guid", ID, id="text that stands for an id"),
            pytest.param("2017-01-20", "Edm.Date", "2017-01-20", id="text that stands for a day"),
            pytest.param("10000", "Edm.String", "'10000'", id="text that looks like a number"),
        ],
    )
    def test_writes_a_value_as_its_type_demands(self, value: Any, edm_type: str, expected: str) -> None:
        assert odata.literal(value, edm_type) == expected


class TestKeySegment:
    @pytest.mark.parametrize(
        ("parts", "types", "expected"),
        [
            pytest.param({"No": "10000"}, {}, "('10000')", id="one part is positional"),
            pytest.param({"No": "A/B %&?#ü+"}, {}, "('A%2FB%20%25%26%3F%23%C3%BC%2B')", id="percent-encoded"),
            pytest.param({"id": ID}, {"id": "Edm.Guid"}, f"({ID})", id="an id stands bare"),
            pytest.param({"Sales_Code": ""}, {}, "('')", id="an empty part"),
            pytest.param(
                {"Item_No": "1936-S", "Starting_Date": "2017-01-20", "Minimum_Quantity": "0"},
                {"Starting_Date": "Edm.Date", "Minimum_Quantity": "Edm.Decimal"},
                "(Item_No='1936-S',Starting_Date=2017-01-20,Minimum_Quantity=0)",
                id="several parts are named, in order",
            ),
        ],
    )
    def test_writes_the_key(self, parts: dict[str, str], types: dict[str, str], expected: str) -> None:
        assert odata.key_segment(parts, types) == expected

    def test_doubles_an_apostrophe_inside_a_key(self) -> None:
        assert unquote(odata.key_segment({"No": "O'Neill"})) == "('O''Neill')"

    @given(st.text(max_size=20))
    def test_cannot_be_left_by_any_text(self, text: str) -> None:
        segment = odata.key_segment({"No": text})

        assert not set(segment) & set("/?#& ")
        assert unquote(segment)[2:-2].replace("''", "'") == text


class TestQuery:
    def test_leaves_out_empty_options(self) -> None:
        assert odata.query({"$select": "No,Name", "$filter": "", "$top": None}) == "?$select=No,Name"

    def test_is_empty_without_options(self) -> None:
        assert odata.query({"$filter": ""}) == ""

    @pytest.mark.parametrize("sign", list("&#+%?"), ids=["and", "hash", "plus", "percent", "question mark"])
    def test_encodes_what_would_end_an_option(self, sign: str) -> None:
        written = odata.query({"$filter": f"Name eq 'a{sign}b'"})

        assert sign not in written[1:].replace("%20", "").replace(f"%{ord(sign):02X}", "")
        assert unquote(written) == f"?$filter=Name eq 'a{sign}b'"

    def test_joins_conditions(self) -> None:
        anyone = odata.any_of("accountid", [ID, ID], "Edm.Guid")

        assert odata.all_of(["", "a eq 1", anyone]) == f"a eq 1 and (accountid eq {ID} or accountid eq {ID})"


class TestLinks:
    @pytest.mark.parametrize(
        ("body", "following", "delta"),
        [
            pytest.param({"@odata.nextLink": "https://h/x"}, "https://h/x", None, id="a page in between"),
            pytest.param({"@odata.deltaLink": "https://h/d"}, None, "https://h/d", id="the last page"),
            pytest.param({"@odata.nextLink": ""}, None, None, id="an empty link is none"),
            pytest.param({}, None, None, id="no link"),
        ],
    )
    def test_are_read_from_a_page(self, body: dict[str, str], following: str | None, delta: str | None) -> None:
        assert odata.next_link(body) == following
        assert odata.delta_link(body) == delta

    @pytest.mark.parametrize(
        ("link", "same"),
        [
            pytest.param("https://nav.example/NAV/x?$skiptoken='1'", True, id="another path"),
            pytest.param("https://NAV.example:443/x", True, id="the default port, capitals"),
            pytest.param("http://nav.example/x", False, id="another scheme"),
            pytest.param("https://nav.example:8443/x", False, id="another port"),
            pytest.param("https://evil.example/x", False, id="another host"),
            pytest.param("https://nav.example.evil.example/x", False, id="a longer host"),
            pytest.param("https://nav.example@evil.example/x", False, id="the host as user name"),
            pytest.param("/NAV/x", False, id="relative"),
            pytest.param("https://nav.example:port/x", False, id="a port that is no number"),
            pytest.param("https://[nav.example/x", False, id="a half-open bracket"),
        ],
    )
    def test_are_compared_by_server(self, link: str, same: bool) -> None:
        assert odata.same_server(link, "https://nav.example/NAV/ODataV4") is same


class TestRows:
    def test_keep_their_version_as_written(self) -> None:
        assert odata.etag({"@odata.etag": 'W/"JzIwOzEwMDswMDsn"'}) == 'W/"JzIwOzEwMDswMDsn"'
        assert odata.etag({"No": "1"}) is None

    def test_lose_their_annotations(self) -> None:
        row = {"@odata.etag": "x", "No": "1", "No@NAV.Caption": "No."}

        assert odata.plain_values(row) == {"No": "1"}


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("2024-01-31T23:59:59Z", datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC), id="UTC"),
            pytest.param(
                "2024-01-31T23:59:59.1234567Z", datetime(2024, 1, 31, 23, 59, 59, 123456, UTC), id="seven decimals"
            ),
            pytest.param("2024-02-01T01:00:00+02:00", datetime(2024, 1, 31, 23, tzinfo=UTC), id="an offset"),
            pytest.param("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC), id="a day"),
            pytest.param("0001-01-01T00:00:00Z", None, id="NAV's year 1"),
            pytest.param("0001-01-01", None, id="NAV's empty day"),
            pytest.param("", None, id="empty"),
            pytest.param(None, None, id="nothing"),
            pytest.param("yesterday", None, id="no time"),
            pytest.param("9999-12-31T23:59:59-05:00", None, id="past the end of time"),
        ],
    )
    def test_are_read_as_utc(self, text: str | None, expected: datetime | None) -> None:
        assert odata.utc_time(text) == expected


class TestJsonBody:
    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            pytest.param(JSON, '{"Name":"Müller"}'.encode(), id="plain"),
            pytest.param(JSON, codecs.BOM_UTF8 + '{"Name":"Müller"}'.encode(), id="byte-order mark"),
            pytest.param(
                "application/json; charset=iso-8859-1", '{"Name":"Müller"}'.encode("latin-1"), id="another charset"
            ),
            pytest.param('application/json; charset="UTF-8"', '{"Name":"Müller"}'.encode(), id="quoted charset"),
            pytest.param("application/json; charset=utf-16", '{"Name":"Müller"}'.encode("utf-16"), id="utf-16"),
            pytest.param("", '{"Name":"Müller"}'.encode(), id="no type"),
        ],
    )
    def test_reads_an_object(self, content_type: str, body: bytes) -> None:
        assert odata.json_body(content_type, body) == {"Name": "Müller"}

    @pytest.mark.parametrize(
        ("content_type", "body", "words"),
        [
            pytest.param("text/html", b"<p>", "web page", id="a page by its type"),
            pytest.param(JSON, b"<!DOCTYPE html><html>", "web page", id="a page by its body"),
            pytest.param(JSON, codecs.BOM_UTF8 + b"\r\n<HTML>", "web page", id="a page behind a byte-order mark"),
            pytest.param(
                "application/json; charset=utf-8", b'{"a":"\xff"}', "not readable as utf-8", id="wrong charset"
            ),
            pytest.param("application/json; charset=klingon", b"{}", "klingon", id="unknown charset"),
            pytest.param("application/json; charset=idna", b"{}\xff", "idna", id="a charset that is none"),
            pytest.param(JSON, b'{"a": nonsense, "b": 1}', "not valid JSON", id="not JSON"),
            pytest.param(JSON, b"[1, 2]", "not a JSON object", id="a list"),
        ],
    )
    def test_refuses_what_is_no_object(self, content_type: str, body: bytes, words: str) -> None:
        with pytest.raises(ServerUnavailable, match=words) as caught:
            odata.json_body(content_type, body)

        assert caught.value.outcome_unknown

    @given(st.data())
    def test_takes_every_cut_body_for_cut(self, data: st.DataObject) -> None:
        value = {"value": [{"a": 1, "b": 'x}"]', "c": {"d": {}}}], "@odata.nextLink": "https://h/{x}"}
        whole = orjson.dumps(value)
        length = data.draw(st.integers(1, len(whole) - 1))

        with pytest.raises(Timeout) as caught:
            odata.json_body(JSON, whole[:length])

        assert caught.value.outcome_unknown


class TestErrorBody:
    @pytest.mark.parametrize(
        ("body", "code", "message"),
        [
            pytest.param({"error": {"code": "0x80040217", "message": "gone"}}, "0x80040217", "gone", id="Sales"),
            pytest.param({"error": {"code": "", "message": "412"}}, "", "412", id="Sales without a code"),
            pytest.param(
                {"error": {"code": "Request_EntityChanged", "message": "moved.  CorrelationId:  1."}},
                "Request_EntityChanged",
                "moved.  CorrelationId:  1.",
                id="NAV",
            ),
            pytest.param(
                {"error": {"code": "X", "message": {"lang": "en", "value": "old"}}}, "X", "old", id="wrapped text"
            ),
            pytest.param(
                {"error": "invalid_client", "error_description": "no"}, "invalid_client", "no", id="identity server"
            ),
            pytest.param({"Message": "gateway"}, "", "gateway", id="gateway"),
            pytest.param({"error": {"code": None, "message": None}}, "", "", id="nulls"),
            pytest.param({"error": {"code": 17}}, "17", "", id="a number"),
            pytest.param({"other": 1}, "", "", id="another object"),
            pytest.param([1], "", "", id="a list"),
        ],
    )
    def test_is_read_in_every_known_form(self, body: Any, code: str, message: str) -> None:
        assert odata.error_body(JSON, orjson.dumps(body)) == odata.ErrorBody(code, message)

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"nope"], ids=["empty", "cut", "bytes", "text"])
    def test_is_empty_where_there_is_none(self, body: bytes) -> None:
        assert odata.error_body("application/json; charset=utf-8", body) == odata.ErrorBody("", "")
