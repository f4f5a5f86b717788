"""Chunks: as many rows as the server takes in its time, no row twice in one."""

from hypothesis import given
from hypothesis import strategies as st

from connector.chunking import LARGEST_CHUNK, SMALLEST_CHUNK, ChunkSizes, chunks


class TestChunkSizes:
    def test_begin_at_the_largest(self) -> None:
        assert ChunkSizes().size("server", "account", "create") == LARGEST_CHUNK

    def test_shrink_to_what_the_server_takes_in_time(self) -> None:
        sizes = ChunkSizes()

        sizes.learn(1000, 60.0, "account")

        assert sizes.size("account") == 200
        assert sizes.size("contact") == LARGEST_CHUNK

    def test_grow_again_after_quick_full_chunks_only(self) -> None:
        sizes = ChunkSizes()
        sizes.learn(1000, 60.0, "account")

        sizes.learn(10, 0.1, "account")
        after_a_rest = sizes.size("account")
        sizes.learn(200, 1.0, "account")

        assert (after_a_rest, sizes.size("account")) == (200, 400)

    def test_halve_after_a_lost_answer_but_never_below_the_smallest(self) -> None:
        sizes = ChunkSizes()

        for _ in range(12):
            sizes.shrink("account")

        assert sizes.size("account") == SMALLEST_CHUNK

    def test_learn_nothing_from_no_rows(self) -> None:
        sizes = ChunkSizes()

        sizes.learn(0, 99.0, "account")

        assert sizes.size("account") == LARGEST_CHUNK


class TestChunks:
    @given(st.lists(st.sampled_from("abc") | st.just("")), st.integers(1, 4))
    def test_keep_every_row_in_order_and_no_key_twice_together(self, rows: list[str], size: int) -> None:
        made = list(chunks(rows, lambda: size, str))

        assert [row for chunk in made for row in chunk] == rows
        assert all(0 < len(chunk) <= size for chunk in made)
        assert all(len(keys) == len(set(keys)) for chunk in made if (keys := [key for key in chunk if key]) is not None)
