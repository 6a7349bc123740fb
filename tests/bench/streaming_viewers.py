"""What viewers feel: first frame and seeks with parts there and not there, encoders for a party, file to playable."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import httpx

from tests.bench.streaming_cinema import Cinema
from tests.bench.streaming_films import AC3, clip_film, large_film, run_ffmpeg
from tests.bench.streaming_table import Row, times_row
from tests.films import playlist_urls
from tests.product import Person, wait_for
from tests.swarm import Seeder, make_torrent, tracker

COPY_S, TRANSCODE_S, SOUND_S, CACHED_S, PARTY_S, ARRIVAL_S = 900, 900, 2400, 60, 120, 600
SAMPLES = 6
GOALS_S = {"cached": (1.0, 0.3), "cold copy": (2.0, 1.0), "cold sound": (2.5, 4.0), "cold transcode": (2.5, 4.0)}
PLAYABLE_GOAL_S = 10
GUESTS = 19
STARTS_MORE = 2  # for a party than for one: a place may be asked for a moment earlier or later in its unit's life
LIGHTEST = ("-an", "-vf", "scale=854:480", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23")


def times_rows(cinema: Cinema) -> Iterator[Row]:
    cached = clip_film(cinema.films / "cached.mp4", seconds=CACHED_S, is_copyable=True)
    title, asset = cinema.show(cached)
    cinema.wait_until_made(asset)
    cinema.first_frame_s(title, 0)  # the browser's own caches: scripts of the page
    yield from look_at(cinema, "cached", title, [5 * n % 50 for n in range(2 * SAMPLES)], is_cold=False)
    copy = clip_film(cinema.films / "copy.mkv", seconds=COPY_S, is_copyable=True)
    title, asset = cinema.show(copy)
    cinema.wait_until_made(asset)
    # Copying is too quick to be overtaken by a person.
    assert cinema.back_door.ask("evict", asset=asset, track="v-src")["on_demand"], "the copy was not evicted"
    yield from cold_rows(cinema, "cold copy", title, copy, COPY_S)
    sound = clip_film(cinema.films / "sound.mkv", seconds=SOUND_S, is_copyable=True, sound_codec=AC3)
    title, _ = cinema.show(sound)
    yield from cold_rows(cinema, "cold sound", title, sound, SOUND_S, kind="audio")
    size = "1280x720"
    transcode = large_film(cinema.films / "transcode.mkv", size=size, seconds=TRANSCODE_S, is_copyable=False)
    bare_s = bare_segment_s(transcode)  # before the workers know of it
    title, _ = cinema.show(transcode)
    yield from cold_rows(cinema, "cold transcode", title, transcode, TRANSCODE_S, bare=f"{bare_s:.2f} s, idle machine")


def bare_segment_s(path: Path) -> float:
    """What a bare ffmpeg takes, median of three, for the 4 s of the lightest rung that a picture has to wait for."""
    times = []
    for place in ("301", "303", "305"):
        began = time.monotonic()
        run_ffmpeg("-ss", place, "-i", str(path), *LIGHTEST, "-frames:v", "120", "-f", "null", "-")
        times.append(time.monotonic() - began)
    return sorted(times)[1]


def cold_rows(
    cinema: Cinema, name: str, title: str, path: Path, seconds: int, bare: str = "-", *, kind: str = "video"
) -> list[Row]:
    """From the end towards the beginning, where the workers come last: nothing of it is there yet."""
    step = seconds / (4 * SAMPLES)
    places = [seconds - 20 - step * n for n in range(2 * SAMPLES)]
    rows = look_at(cinema, name, title, places, is_cold=True, bare=bare, kind=kind)
    cinema.page.goto("/")
    cinema.back_door.ask("forget", title=title)
    path.unlink()
    return rows


def look_at(
    cinema: Cinema, name: str, title: str, places: list[float], *, is_cold: bool, bare: str = "-", kind: str = "video"
) -> list[Row]:
    """Every other place is opened, the one after it is sought; ``kind`` is what is there, or is not, beforehand."""
    first, seek, late = [], [], 0
    for start, target in zip(places[::2], places[1::2], strict=True):
        for place, times, measure in (
            (start, first, lambda at: cinema.first_frame_s(title, at)),
            (target, seek, cinema.seek_s),
        ):
            was_there = cinema.is_there(title, place, kind)
            taken = measure(place)
            if was_there == is_cold:
                late += 1
            else:
                times.append(taken)
    note = f"({late} places left out: already made)" if late else ""
    return [
        times_row(f"first frame, {name}", first, GOALS_S[name][0], note, bare),
        times_row(f"seek, {name}", seek, GOALS_S[name][1], note, bare),
    ]


# --- one encoder, however many watch --------------------------------------------------------------------------


def party_rows(cinema: Cinema) -> list[Row]:
    alone = encoders_for(cinema, guests=0)
    together = encoders_for(cinema, guests=GUESTS)
    rows = [
        Row(f"encoders for {viewers} viewer{'s' if viewers > 1 else ''} of a room", f"{starts} started",
            "1 per part", most == 1, f"{viewers} (one each)", f"a part was made {most} time(s) at most; {parts} parts")
        for viewers, (starts, most, parts) in ((1, alone), (GUESTS + 1, together))
    ]  # fmt: skip
    return [*rows, starts_row(alone[0], together[0])]


def starts_row(alone: int, together: int) -> Row:
    """Of the programs themselves: rows of units do not show an encoder that was begun and given up."""
    most = alone + STARTS_MORE
    return Row(
        f"encoders started, {GUESTS + 1} viewers beside 1", f"{together} beside {alone}", f"<= {most}",
        together <= most, f"{(GUESTS + 1) * alone}", "programs that ran, with those that were given up",
    )  # fmt: skip


def encoders_for(cinema: Cinema, *, guests: int) -> tuple[int, int, int]:
    """Everybody opens the room's film at once, then at a place nobody made: (encoders, makers of a part, parts)."""
    path = clip_film(cinema.films / f"party-{guests}.mp4", seconds=PARTY_S, is_copyable=False)
    before = cinema.encodes()
    title, asset = cinema.show(path)
    room = cinema.operator.post("rooms", {"title_id": title, "name": "Bench"})["id"]
    people = [cinema.operator, *(guest_of(cinema, room, number) for number in range(guests))]
    with ThreadPoolExecutor(len(people)) as crowd:
        for place in (0.0, 0.6):
            list(crowd.map(partial(watch, cinema, room, place), people))
    cinema.wait_until_made(asset)
    units = cinema.back_door.ask("units", asset=asset)["units"]
    makers: dict[tuple[str, int], int] = {}
    for unit in units:
        if unit["kind"] == "video":
            for part in ((rung, index) for rung in unit["rungs"] for index in range(unit["first"], unit["last"])):
                makers[part] = makers.get(part, 0) + 1
    cinema.back_door.ask("forget", title=title)
    return cinema.encodes() - before, max(makers.values()), len(makers)


def guest_of(cinema: Cinema, room: str, number: int) -> Person:
    invite = cinema.operator.post(f"rooms/{room}/invites", {"uses": 1})["token"]
    guest = Person(cinema.product, f"guest {number}")
    guest.http.headers["Authorization"] = (
        f"Bearer {guest.post('auth/guest', {'invite': invite, 'name': guest.name})['access']}"
    )
    return guest


def watch(cinema: Cinema, room: str, place: float, person: Person) -> None:
    """Three segments of every rung's first choice from ``place`` (a share of the film) on, as a player asks."""
    master = urljoin(cinema.product.url, person.post(f"rooms/{room}/play")["master_url"])
    parts = playlist_urls(playlist_urls(master)[0])[1:]
    start = int(place * len(parts))
    with httpx.Client(timeout=60) as http:
        for url in parts[start : start + 3]:
            http.get(url).raise_for_status()


# --- from the last byte to the first picture --------------------------------------------------------------------


def arrival_rows(cinema: Cinema) -> list[Row]:
    copy = clip_film(cinema.films / "arrives-copy.mkv", seconds=ARRIVAL_S, is_copyable=True)
    coded = large_film(cinema.films / "arrives-encode.mkv", size="1280x720", seconds=60, is_copyable=False)
    rows = []
    for name, path in (("copy", copy), ("transcode", coded)):
        path.chmod(0o644)
        with tracker() as announce_url:
            torrent = make_torrent(path, [announce_url])
            with Seeder(path, torrent):
                taken_s = arrival_s(cinema, path.stem, torrent)
        rows.append(Row(f"file complete to playable, {name}", f"{taken_s:.1f} s", f"<= {PLAYABLE_GOAL_S} s",
                        taken_s <= PLAYABLE_GOAL_S, note="a torrent of the house's own swarm"))  # fmt: skip
    return rows


def arrival_s(cinema: Cinema, name: str, torrent: bytes) -> float:
    """From the request's first state after the download to its being playable."""
    file_name = f"{name}.torrent"
    row = cinema.operator.post("requests", {"name": name}, torrent=(file_name, torrent))
    complete_at = 0.0

    def is_playable() -> bool:
        nonlocal complete_at
        now = cinema.operator.get(f"requests/{row['id']}")
        if now["state"] in {"failed", "needs_attention"}:
            raise SystemExit(f"{name}: {now['reason']}")
        if not complete_at and now["state"] in {"verifying", "packaging", "ready"}:
            complete_at = time.monotonic()
        return bool(now["playable"] or now["state"] == "ready")

    wait_for(f"{name} to be playable", is_playable, limit_s=180, every_s=0.1)
    return time.monotonic() - complete_at
