"""Bob asks for a film that a local swarm has: live states in order, one mail, one inbox row, and a whole film."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests import films
from tests.e2e import pages
from tests.product import READY_LIMIT_S, TEST_LIMIT_S, Person, Product, run_async, wait_for

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

FILM_S = 60
MAX_SKEW_S = 0.0213
IN_ORDER = ["submitted", "approved", "searching", "queued", "downloading", "verifying", "packaging", "ready"]


async def watch_request(bob: Person, film: films.SeededFilm) -> tuple[str, list[dict[str, Any]]]:
    """Open bob's updates socket, submit, and collect the request's frames until it is ready."""
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(READY_LIMIT_S), bob.socket("/ws/updates", purpose="updates") as connection:
        file_name = f"film{film.path.suffix}.torrent"
        row = await asyncio.to_thread(bob.post, "requests", {"name": film.name}, torrent=(file_name, film.torrent))
        while not seen or seen[-1].get("state") != "ready":
            frame = json.loads(await connection.recv())
            if frame["t"] in {"req", "prog"} and frame["id"] == row["id"]:
                seen.append(frame)
                assert frame.get("state") not in {"failed", "needs_attention"}, frame
    return str(row["id"]), seen


def check_whole(master_url: str, source: Path) -> None:
    """Every rung has exactly the source's frames without a gap, and starts with the sound."""
    expected = films.count_frames(source)
    starts = []
    variants = films.playlist_urls(master_url)
    assert variants
    for playlist in variants:
        video = films.inspect(films.joined(playlist), "video")
        assert (video.frames, video.gaps) == (expected, []), playlist
        starts.append(video.start)
    for playlist in films.audio_playlists(master_url):
        sound = films.inspect(films.joined(playlist), "audio")
        assert sound.gaps == []
        starts.append(sound.start)
    assert len(starts) > len(variants), "no audio rendition"
    assert max(starts) - min(starts) <= MAX_SKEW_S, starts


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_bob_requests_a_film_and_hears_once_that_it_is_ready(
    suffix: str,
    product: Product,
    operator: Person,
    new_person: Callable[[], BrowserContext],
    tmp_path: Path,
) -> None:
    bob = Person.member(product, "bob", operator)
    with films.seeded_film(tmp_path, name=f"Bunny in {suffix[1:]}", seconds=FILM_S, suffix=suffix) as film:
        request_id, frames = run_async(watch_request(bob, film))
        states = [frame["state"] for frame in frames if frame["t"] == "req"]
        steps = [IN_ORDER.index(state) for state in states]
        assert steps == sorted(steps), states
        assert "downloading" in states
        assert "packaging" in states
        shares = [frame["p"] for frame in frames if frame["t"] == "prog"]
        assert all(0 <= share <= 1 for share in shares)

        notes = [note for note in bob.get("notifications")["results"] if note["kind"] == "ready"]
        assert len(notes) == 1

        def mails() -> list[dict[str, Any]]:
            return [mail for mail in operator.mails(bob.email) if film.name in mail["subject"]]

        wait_for("the mail that the film is ready", mails, limit_s=40)

        title_id = bob.get(f"requests/{request_id}")["title"]["id"]
        master_url = product.url + bob.post(f"titles/{title_id}/play")["master_url"].removeprefix(product.url)
        check_whole(master_url, film.path)

        page = new_person().new_page()
        pages.sign_in(page, bob)
        page.goto(f"/title/{title_id}")
        page.get_by_test_id("play").click()
        pages.wait_until_playing(page, beyond=1)
        pages.seek_to_share(page, 0.8)
        pages.wait_until_playing(page, beyond=0.75 * FILM_S)
        assert len(mails()) == 1
        assert len([note for note in bob.get("notifications")["results"] if note["kind"] == "ready"]) == 1
