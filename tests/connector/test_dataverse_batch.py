"""The multipart body of a batch: written, read, nested, cut."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.dataverse.batch import BatchPart, PartAnswer, boundary_of, decode, encode
from connector.errors import Timeout

BOUNDARY = "batchresponse_6c1d6c6e-4f5b-4b8a-9f0e-9a3b2c1d0e0f"
TYPE = f"multipart/mixed; boundary={BOUNDARY}"


@pytest.fixture
def recorded(sample: Callable[[str], bytes]) -> bytes:
    """A recorded answer, with the line ends of the wire."""
    return sample("dataverse/batch-answer.txt").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class TestEncode:
    def test_writes_each_operation_as_a_part(self) -> None:
        parts = [
            BatchPart("PATCH", "/api/data/v9.2/accounts(1)", b'{"name":"A"}', {"If-Match": 'W/"1"'}),
            BatchPart("DELETE", "/api/data/v9.2/accounts(2)"),
        ]

        content_type, body = encode(parts, "batch_b")

        assert content_type == 'multipart/mixed; boundary="batch_b"'
        assert body == (
            b"--batch_b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            b'PATCH /api/data/v9.2/accounts(1) HTTP/1.1\r\nAccept: application/json\r\nIf-Match: W/"1"\r\n'
            b'Content-Type: application/json; type=entry\r\n\r\n{"name":"A"}\r\n'
            b"--batch_b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            b"DELETE /api/data/v9.2/accounts(2) HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
            b"--batch_b--\r\n"
        )

    def test_uses_another_boundary_each_time(self) -> None:
        assert encode([])[0] != encode([])[0]


class TestDecode:
    def test_gives_every_answer_in_order_with_change_sets_flattened(self, recorded: bytes) -> None:
        answers = decode(TYPE, recorded)

        assert [answer.status for answer in answers] == [200, 204, 204, 412]
        assert b"Contoso -- batchresponse_" in answers[0].body
        assert answers[0].headers["etag"] == 'W/"4190"'
        assert answers[1].headers["odata-entityid"].endswith("(aaaaaaaa-0000-0000-0000-000000000002)")
        assert answers[1].body == b""
        assert answers[3].headers["req_id"] == "11111111-2222-3333-4444-555555555555"
        assert answers[3].body.startswith(b'{"error":{"code":"0x80060882"')

    @given(share=st.floats(0, 1, exclude_max=True))
    def test_takes_every_cut_body_for_cut(self, share: float) -> None:
        parts = b"".join(
            b"--%b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n" % BOUNDARY.encode()
            for _ in range(3)
        )
        whole = parts + b"--%b--" % BOUNDARY.encode()

        with pytest.raises(Timeout) as caught:
            decode(TYPE, whole[: int(len(whole) * share)])

        assert caught.value.outcome_unknown
        assert len(decode(TYPE, whole)) == 3

    def test_takes_a_cut_change_set_for_cut(self, recorded: bytes) -> None:
        with pytest.raises(Timeout):
            decode(TYPE, recorded.replace(b"\r\n--changesetresponse_0b7f4f0e-63b1-4ad5-8a3f-2f6b0f6a7c11--", b""))

    @pytest.mark.parametrize(
        "content_type", ["", "application/json", "multipart/mixed"], ids=["none", "JSON", "no boundary"]
    )
    def test_needs_a_boundary(self, content_type: str, recorded: bytes) -> None:
        with pytest.raises(Timeout):
            decode(content_type, recorded)

    def test_refuses_a_part_that_is_no_answer(self) -> None:
        body = b"--b\r\nContent-Type: application/http\r\n\r\nnonsense\r\n--b--"

        with pytest.raises(Timeout):
            decode("multipart/mixed; boundary=b", body)

    def test_reads_an_answer_without_headers(self) -> None:
        body = b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n--b--\r\n"

        assert decode("multipart/mixed; boundary=b", body) == [PartAnswer(204, {}, b"")]


class TestBoundary:
    @pytest.mark.parametrize(
        ("content_type", "boundary"),
        [
            ("multipart/mixed; boundary=a", "a"),
            ('multipart/mixed;charset=utf-8; Boundary="a b"', "a b"),
            ("multipart/mixed", ""),
        ],
        ids=["bare", "quoted", "none"],
    )
    def test_is_read_from_the_type(self, content_type: str, boundary: str) -> None:
        assert boundary_of(content_type) == boundary
