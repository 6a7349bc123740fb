"""Piece arithmetic, against brute force."""

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.torrents.domain.pieces import BLOCK_BYTES, Layout, choose_piece_bytes, eta_s, pieces_on_disk, progress


def test_pieces_count_only_when_every_byte_of_them_is_written() -> None:
    layout = Layout(piece_bytes=10, total_bytes=45, file_start=5, file_bytes=40)
    assert list(pieces_on_disk(layout, [(0, 40)])) == [1, 2, 3, 4]  # piece 0 begins in another file
    assert list(pieces_on_disk(layout, [(0, 15), (25, 40)])) == [1, 3, 4]
    assert list(pieces_on_disk(layout, [(0, 14), (26, 40)])) == [4]
    assert list(pieces_on_disk(layout, [(0, 4)])) == []
    assert list(pieces_on_disk(layout, [])) == []


def test_the_last_piece_may_be_short_and_a_file_longer_than_it_should_be_counts_no_further() -> None:
    layout = Layout(piece_bytes=16, total_bytes=20, file_start=0, file_bytes=20)
    assert list(pieces_on_disk(layout, [(0, 4096)])) == [0, 1]
    assert list(pieces_on_disk(layout, [(0, 19)])) == [0]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9), st.integers(0, 30), st.integers(1, 60), st.integers(0, 30),
    st.lists(st.tuples(st.integers(0, 70), st.integers(1, 30)), max_size=4),
)  # fmt: skip
def test_pieces_on_disk_agrees_with_looking_at_every_byte(
    piece_bytes: int, file_start: int, file_bytes: int, after: int, runs: list[tuple[int, int]]
) -> None:
    layout = Layout(piece_bytes, file_start + file_bytes + after, file_start, file_bytes)
    extents, end = [], 0
    for gap, length in runs:  # apart and in order, as the file system tells them
        extents.append((end + gap, end + gap + length))
        end += gap + length + 1
    written = {file_start + at for first, last in extents for at in range(first, last) if at < file_bytes}
    count = -(-layout.total_bytes // piece_bytes)
    expected = [piece for piece in range(count) if set(range(*layout.piece_span(piece))) <= written]
    assert list(pieces_on_disk(layout, extents)) == expected


def test_blocks_of_a_piece() -> None:
    layout = Layout(piece_bytes=4 * BLOCK_BYTES, total_bytes=5 * BLOCK_BYTES + 1, file_start=0, file_bytes=1)
    assert [layout.blocks_in(0), layout.blocks_in(1)] == [4, 2]


def test_progress_and_time_left() -> None:
    assert progress(0, 0) == 0.0
    assert progress(30, 120) == 0.25
    assert progress(200, 100) == 1.0
    assert eta_s(50, 100, 10) == 5.0
    assert eta_s(150, 100, 10) == 0.0
    assert eta_s(0, 100, 0) is None
    assert eta_s(0, 0, 10) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**14))
def test_pieces_are_powers_of_two_between_64_kib_and_4_mib(file_bytes: int) -> None:
    piece_bytes = choose_piece_bytes(file_bytes)
    assert piece_bytes & (piece_bytes - 1) == 0
    assert 64 * 1024 <= piece_bytes <= 4 * 1024 * 1024
