"""Magnets and file lists: what is kept, which file is the film, and why the rest is refused."""

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.errors import Invalid
from apps.torrents.domain.sources import MAX_TRACKERS, TorrentFile, choose_video, parse_magnet

V1, V2 = "c9e15763f722f23e98a29decdfae341b98d53056", "ab" * 32
GIB = 1 << 30


def files(*listed: tuple[str, int]) -> list[TorrentFile]:
    return [TorrentFile(index, tuple(path.split("/")), size) for index, (path, size) in enumerate(listed)]


def test_a_magnet_keeps_its_hash_and_trackers_and_nothing_else() -> None:
    found = parse_magnet(
        f"  magnet:?xt=urn:btih:{V1.upper()}&dn=Some+Name&tr={quote('http://t.example/announce', safe='')}"
        "&x.pe=10.0.0.1:80&x.pe=[::1]:99&so=1&kt=word&as=http://x/f.torrent&xs=http://x/f.torrent"
    )
    assert (found.v1_hash, found.v2_hash, found.trackers) == (V1, None, ("http://t.example/announce",))
    assert found.uri == f"magnet:?xt=urn:btih:{V1}"


def test_a_base32_hash_is_the_same_torrent() -> None:
    assert parse_magnet("magnet:?xt=urn:btih:ZHQVOY7XELZD5GFCTXWN7LRUDOMNKMCW").v1_hash == V1


def test_a_hybrid_magnet_has_both_hashes() -> None:
    found = parse_magnet(f"MAGNET:?xt.1=urn:btih:{V1}&xt.2=urn:btmh:1220{V2}")
    assert (found.v1_hash, found.v2_hash) == (V1, V2)
    assert parse_magnet(found.uri) == found


def test_web_seeds_are_kept_when_they_are_http() -> None:
    found = parse_magnet(f"magnet:?xt=urn:btih:{V1}&ws=https%3A%2F%2Fa.example%2Ff.mkv&ws=file%3A%2F%2F%2Fetc%2Fpasswd")
    assert found.web_seeds == ("https://a.example/f.mkv",)
    assert parse_magnet(found.uri).web_seeds == found.web_seeds


def test_trackers_are_bounded_and_only_of_kinds_that_can_be_asked() -> None:
    many = "".join(f"&tr=udp%3A%2F%2Ft{at}.example%3A80" for at in range(60))
    odd = "&tr=ftp%3A%2F%2Fx&tr=http%3A%2F%2F&tr=http%3A%2F%2Fa%0Ab&tr=" + "x" * 500
    found = parse_magnet(f"magnet:?xt=urn:btih:{V1}{odd}{many}")
    assert len(found.trackers) == MAX_TRACKERS
    assert all(tracker.startswith("udp://t") for tracker in found.trackers)


@pytest.mark.parametrize(
    "text",
    [
        "", "http://example.org/x.torrent", "magnet:", "magnet:?dn=none", "magnet:?xt=urn:btih:zz",
        "magnet:?xt=urn:sha1:x", f"magnet:?xt=urn:btih:{V1[:-1]}", f"magnet:?xt=urn:btmh:1120{V2}",
        f"magnet:?xt=urn:btih:{V1}&dn=" + "x" * 9000, "magnet:?xt=urn:btih:" + "é" * 40,
    ],
)  # fmt: skip
def test_what_is_no_magnet_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_magnet(text)
    assert refused.value.code == "bad_magnet"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_any_text_behind_magnet_is_read_or_refused_but_never_crashes(text: str) -> None:
    with suppress(Invalid):
        parse_magnet(f"magnet:?xt=urn:btih:{V1}&{text}")


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        pytest.param([("film.mkv", GIB)], 0, id="one video"),
        pytest.param([("readme.txt", 2 * GIB), ("film.MP4", 1)], 1, id="size does not make a text a video"),
        pytest.param([("a.mkv", GIB), ("b.mkv", 2 * GIB)], 1, id="the largest"),
        pytest.param([("Sample/s.mkv", 3 * GIB), ("film.mkv", GIB)], 1, id="never from a sample folder"),
        pytest.param([("Film/Extras/making.of.mkv", 2 * GIB), ("Film/film.mkv", GIB)], 1, id="never from extras"),
        pytest.param([("film-sample.mkv", 2 * GIB), ("film.mkv", GIB)], 1, id="a name that says sample"),
        pytest.param([("Trailer.Park.mkv", 9 * GIB), ("intro.mkv", GIB)], 0, id="a title that says trailer"),
        pytest.param([("The.Sample.2020.mkv", GIB)], 0, id="the only video may be called anything"),
        pytest.param([("setup.exe", GIB), ("film.avi", 1)], 1, id="programs beside a film are left alone"),
    ],
)
def test_the_film_is_the_largest_plausible_video(listed: list[tuple[str, int]], chosen: int) -> None:
    assert choose_video(files(*listed)).index == chosen


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        pytest.param([("film.rar", GIB), ("film.r00", GIB)], "archives", id="archives"),
        pytest.param([("film.r17", GIB)], "archives", id="a volume of an archive"),
        pytest.param([("film.mkv.exe", GIB)], "program", id="program"),
        pytest.param([("a.txt", 5), ("b.jpg", 5)], "no video", id="neither"),
        pytest.param([("film.mkv", 0)], "no video", id="an empty video"),
        pytest.param([("Sample/s.mkv", 5)], "only samples", id="only a sample folder"),
        pytest.param([("s-sample.mkv", 5), ("trailer.mp4", 6)], "only samples", id="only samples by name"),
        pytest.param([], "no video", id="nothing"),
    ],
)
def test_what_holds_no_film_is_refused_with_the_reason(listed: list[tuple[str, int]], says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        choose_video(files(*listed))
    assert refused.value.code == "no_video"


def test_padding_is_no_film() -> None:
    with pytest.raises(Invalid):
        choose_video([TorrentFile(0, (".pad", "1.mkv"), 5, is_padding=True)])
