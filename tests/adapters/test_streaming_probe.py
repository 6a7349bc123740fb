"""Files that are no films, each with a reason in plain words; and that nothing behind a file's text is opened."""

import http.server
import os
import threading
from pathlib import Path

import pytest
from odd_films import odd_film

import media
from apps.streaming.adapters import probe
from apps.streaming.adapters.source import LocalFile
from apps.streaming.domain.ladder import choose_ladder


@pytest.fixture
def secret_server():
    """A server that remembers whether anybody came."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/secret.ts", seen
    server.shutdown()
    server.server_close()


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(probe.NotAFilm) as caught:
        probe.probe(LocalFile(path))
    return str(caught.value)


def test_a_playlist_called_movie_mp4_is_refused_and_not_followed(tmp_path, secret_server):
    url, seen = secret_server
    text = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{url}\n#EXT-X-ENDLIST\n"
    assert refused(tmp_path / "movie.mp4", text.encode()) == "This file is a streaming playlist, not a film."
    assert refused(tmp_path / "bom.mp4", b"\xef\xbb\xbf\n " + text.encode()).endswith("not a film.")
    assert seen == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"ffconcat version 1.0\nfile 'other.mp4'\n", "This file is a list of other files, not a film."),
        (b'<?xml version="1.0"?><MPD></MPD>', "This file is an XML document, not a film."),
        (b"\xff\xd8\xff\xe0" + bytes(2000), "This file is a picture, not a film."),
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), "This file is a picture, not a film."),
        (b"", "This file is empty."),
        (b"hello, I am text", "This file cannot be read as a film."),
        (bytes(100_000), "This file cannot be read as a film."),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(5000), "This file cannot be read as a film."),
    ],
)
def test_other_disguises_are_refused(tmp_path, content, reason):
    assert refused(tmp_path / "movie.mp4", content).startswith(reason.removesuffix("."))


@pytest.mark.parametrize("hidden", ["concat:{0}|{0}", "subfile,,start,0,end,0,,:{0}"])
def test_a_name_is_never_taken_for_a_protocol(tmp_path, hidden, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(probe.NotAFilm):
        probe.probe(LocalFile(Path(hidden.format(media.film("mp4")))))


def test_a_concat_script_inside_a_whitelisted_container_name_is_not_opened(tmp_path, secret_server):
    url, seen = secret_server
    refused(tmp_path / "movie.mkv", b"   \n" + b"ffconcat version 1.0\nfile " + url.encode())
    assert seen == []


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(probe.NotAFilm, match="cannot be opened"):
        probe.probe(LocalFile(tmp_path / "gone.mp4"))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(probe.NotAFilm, match="not a plain file"):
        probe.probe(LocalFile(tmp_path / "pipe.mp4"))


def test_sound_alone_is_not_a_film(tmp_path):
    path = tmp_path / "song.mp4"
    media.run_ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac", str(path))
    with pytest.raises(probe.NotAFilm, match="This file has no video"):
        probe.probe(LocalFile(path))


def test_a_truncated_film_is_a_sentence(tmp_path):
    whole = media.film("mp4").read_bytes()
    assert refused(tmp_path / "cut.mp4", whole[: len(whole) // 2]).startswith("This file cannot be read")


def test_a_probe_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(probe, "PROBE_LIMIT_S", 0.05)
    with pytest.raises(probe.ProbeTimeout):
        probe.probe(LocalFile(media.film("mp4")))


def test_facts_of_a_plain_film():
    facts = probe.probe(LocalFile(media.film("two subtitles")))
    assert (facts.video.codec, facts.video.width, facts.video.height, facts.video.fps) == ("h264", 320, 180, "25")
    assert [track.language for track in facts.subtitles] == ["eng", "fre"]
    assert facts.audio[0].codec == "aac"
    assert facts.duration_s == pytest.approx(12, abs=0.1)


def test_a_scan_counts_every_packet():
    times = probe.scan(LocalFile(media.film("mp4")))
    assert len(times.video_pts) == 300
    assert times.keyframes == list(range(0, 300, 50))
    assert times.sounds[1].pts[0] == -1024


def test_a_film_without_colours_of_its_own_is_dolby_vision_5(tmp_path):
    """The four letters of its sample description say that only Dolby's metadata give it colours."""
    plain = odd_film("hevc 10 bit").read_bytes()
    assert plain.count(b"hvc1") >= 1
    at = plain.rindex(b"hvc1")  # the first is in the list of brands
    film = tmp_path / "dolby.mp4"
    film.write_bytes(plain[:at] + b"dvh1" + plain[at + 4 :])
    found = probe.probe(LocalFile(film))
    assert found.video.dolby_vision == 5
    assert probe.probe(LocalFile(odd_film("hevc 10 bit"))).video.dolby_vision == 0
    ladder = choose_ladder(found, probe.scan(LocalFile(film)))
    assert "v-src" not in [track.name for track in ladder.tracks]
    assert "The picture is Dolby Vision that browsers cannot show; its colours are approximate here." in ladder.reasons


@pytest.mark.parametrize(
    ("name", "transfer", "interlaced", "rotation", "aspect"),
    [
        ("hdr10", 16, False, 0, "1:1"),
        ("hlg", 18, False, 0, "1:1"),
        ("mpeg-2 interlaced", 0, True, 0, "1:1"),
        ("rotated", 0, False, 90, "1:1"),
        ("anamorphic", 0, False, 0, "64:45"),
    ],
)
def test_what_decides_about_a_copy_is_seen(name, transfer, interlaced, rotation, aspect):
    video = probe.probe(LocalFile(odd_film(name))).video
    assert (video.transfer, video.is_interlaced, video.rotation, video.pixel_aspect) == (
        transfer, interlaced, rotation, aspect,
    )  # fmt: skip


def test_the_languages_and_kinds_of_sound_tracks_are_seen():
    found = probe.probe(LocalFile(odd_film("languages")))
    assert [(track.language, track.codec, track.channels, track.label) for track in found.audio] == [
        ("eng", "aac", 2, ""), ("fre", "ac3", 6, ""), ("eng", "aac", 2, "Commentary"),
    ]  # fmt: skip
