"""Bencode and .torrent files: what is understood, and how cheaply what is hostile is refused."""

import hashlib
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.errors import DomainError, Invalid, TooLarge
from apps.torrents.domain import bencode
from apps.torrents.domain.bencode import Value, decode, encode
from apps.torrents.domain.metainfo import parse_metainfo, single_file_torrent

PIECE = 16_384


def v1_info(sizes: list[int], **changes: Value) -> dict[bytes, Value]:
    files: list[Value] = [{b"length": size, b"path": [b"part", b"f%d.mkv" % at]} for at, size in enumerate(sizes)]
    pieces = b"\x01" * 20 * -(-sum(sizes) // PIECE)
    info: dict[bytes, Value] = {b"files": files, b"name": b"Film", b"piece length": PIECE, b"pieces": pieces}
    return info | {key.replace("_", " ").encode(): value for key, value in changes.items()}


def torrent(info: Value, **outer: Value) -> bytes:
    return encode({b"info": info} | {key.replace("_", "-").encode(): value for key, value in outer.items()})


values = st.recursive(
    st.integers(-(1 << 63), 1 << 63) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.binary(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.binary(max_size=8), values, max_size=5))
def test_what_is_encoded_is_decoded(outer: dict[bytes, Value]) -> None:
    found, raw = decode(encode(outer))
    assert found == outer
    assert raw == {key: encode(value) for key, value in outer.items()}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"i1e", b"le", b"d", b"de junk", b"d1:a", b"d1:ai1e", b"d1:ai01ee", b"d1:ai-0ee", b"d1:aiee",
        b"d1:ai1.5ee", b"d01:ai1ee", b"d1:ai1e1:ai2ee", b"di1ei1ee", b"d1:a5:xe", b"d1:a-1:xe",
        b"d1:a" + b"9" * 30 + b":xe",
        b"d1:ai" + b"9" * 40 + b"ee", b"d1:a" + b"l" * 60 + b"e" * 61,
    ],
)  # fmt: skip
def test_malformed_bencode_is_refused(data: bytes) -> None:
    with pytest.raises(bencode.BadBencode):
        decode(data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_but_never_crash(data: bytes) -> None:
    with suppress(DomainError):
        parse_metainfo(data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_torrent_with_a_flipped_byte_is_read_or_refused_but_never_crashes(data: st.DataObject) -> None:
    whole = bytearray(torrent(v1_info([PIECE, 5]), announce=b"http://tracker.example/announce"))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DomainError):
        parse_metainfo(bytes(whole))


def test_a_version_1_torrent_is_understood() -> None:
    info = v1_info([PIECE, 7])
    found = parse_metainfo(torrent(info, announce=b"http://a.example/announce") + b"\n")
    assert found.v1_hash == hashlib.sha1(encode(info), usedforsecurity=False).hexdigest()
    assert found.v2_hash is None
    assert [(file.index, file.path, file.size) for file in found.files] == [
        (0, ("part", "f0.mkv"), PIECE),
        (1, ("part", "f1.mkv"), 7),
    ]
    assert (found.name, found.bytes_total, found.trackers) == ("Film", PIECE + 7, ("http://a.example/announce",))


def test_the_info_hash_is_taken_over_the_bytes_as_they_came() -> None:
    pieces = b"\x01" * 20
    unsorted = b"d6:pieces20:%b12:piece lengthi16384e4:name5:a.mkv6:lengthi5ee" % pieces
    found = parse_metainfo(b"d4:info%be" % unsorted)
    assert found.v1_hash == hashlib.sha1(unsorted, usedforsecurity=False).hexdigest()


def test_a_version_2_torrent_is_understood() -> None:
    leaf: Value = {b"": {b"length": 5, b"pieces root": b"r" * 32}}
    info: Value = {
        b"meta version": 2,
        b"name": b"Film",
        b"piece length": PIECE,
        b"file tree": {b"b.mkv": leaf, b"a": {b"a.txt": leaf}},
    }
    found = parse_metainfo(torrent(info))
    assert found.v1_hash is None
    assert found.v2_hash == hashlib.sha256(encode(info)).hexdigest()
    assert [file.path for file in found.files] == [("a", "a.txt"), ("b.mkv",)]


def test_a_hybrid_torrent_has_both_hashes() -> None:
    found = parse_metainfo(torrent(v1_info([5], meta_version=2)))
    assert found.v1_hash
    assert found.v2_hash


def test_padding_is_marked() -> None:
    info = v1_info([5, 5])
    files = info[b"files"]
    assert isinstance(files, list)
    assert isinstance(files[1], dict)
    files[1][b"attr"] = b"p"
    assert [file.is_padding for file in parse_metainfo(torrent(info)).files] == [False, True]


def test_trackers_of_all_tiers_are_kept_once_and_only_where_they_can_be_asked() -> None:
    tiers: Value = [[b"http://a.example/announce"], [b"udp://b.example:80", b"wss://c.example"], b"junk", [7]]
    found = parse_metainfo(torrent(v1_info([5]), announce=b"http://a.example/announce", announce_list=tiers))
    assert found.trackers == ("http://a.example/announce", "udp://b.example:80")


def test_names_are_display_text() -> None:
    found = parse_metainfo(torrent(v1_info([5], name=b"../\x00\xff" + b"n" * 400)))
    assert "/" not in found.name
    assert "\x00" not in found.name
    assert len(found.name) <= 200


@pytest.mark.parametrize(
    ("info", "says"),
    [
        pytest.param(7, "description of files", id="info is a number"),
        pytest.param(v1_info([5], piece_length=0), "piece length", id="no piece length"),
        pytest.param(v1_info([5], piece_length=-4), "piece length", id="negative piece length"),
        pytest.param(v1_info([5], pieces=b"x" * 19), "checksums", id="odd hashes"),
        pytest.param(v1_info([5], pieces=b"x" * 40), "checksums", id="too many hashes"),
        pytest.param(v1_info([5], pieces=7), "checksums", id="hashes are a number"),
        pytest.param(v1_info([0]), "no bytes", id="empty"),
        pytest.param(v1_info([5], files=[]), "list of files is empty", id="no files"),
        pytest.param(v1_info([5], files=[7]), "malformed", id="file is a number"),
        pytest.param(v1_info([5], files=[{b"length": 5}]), "no name", id="file without name"),
        pytest.param(v1_info([5], files=[{b"length": -5, b"path": [b"a"]}]), "not a size", id="negative size"),
        pytest.param(v1_info([5], files=[{b"length": 1 << 60, b"path": [b"a"]}]), "not a size", id="absurd size"),
        pytest.param({b"piece length": PIECE, b"meta version": 2}, "list of files", id="no file tree"),
    ],
)
def test_a_damaged_torrent_is_refused_with_the_reason(info: Value, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        parse_metainfo(torrent(info))
    assert refused.value.code == "bad_torrent"


def test_a_torrent_of_200_000_files_is_refused_cheaply() -> None:
    plain = b"d4:infod5:filesl" + b"d6:lengthi1e4:pathl1:aeee" * 200_000 + b"eee"
    tree: Value = {b"%x" % at: {b"": {b"length": 1}} for at in range(20_000)}
    dense = torrent({b"meta version": 2, b"name": b"x", b"piece length": PIECE, b"file tree": tree})
    assert len(plain) > bencode.MAX_BYTES > len(dense)
    started = time.process_time()
    with pytest.raises(TooLarge, match="1 MiB"):
        parse_metainfo(plain)
    assert time.process_time() - started < 0.01
    with pytest.raises(TooLarge, match="2,000 files"):
        parse_metainfo(dense)
    assert time.process_time() - started < 1.0


def test_2_000_files_are_accepted_and_one_more_is_not() -> None:
    assert len(parse_metainfo(torrent(v1_info([1] * 2_000))).files) == 2_000
    with pytest.raises(TooLarge, match="2,000 files"):
        parse_metainfo(torrent(v1_info([1] * 2_001)))


def test_our_own_torrents_are_understood() -> None:
    data = single_file_torrent(
        name="Füm.mkv", size=PIECE + 1, piece_bytes=PIECE, hashes=b"h" * 40, trackers=["http://a/announce"]
    )
    found = parse_metainfo(data)
    assert (found.name, found.bytes_total, found.trackers) == ("Füm.mkv", PIECE + 1, ("http://a/announce",))
