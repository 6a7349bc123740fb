"""Every shape of film plays in real Chromium, from the start and after a seek: the right picture at the right time.

One web process serves the films over real signed links; a small page holds hls.js as the product ships it, several
films at once; two films then play on the product's own page, by a member who signs in.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from accounts_cast import person
from media_matrix import MATRIX, NUMBER_BITS, NUMBER_HEIGHT, Kind
from packaged import ready_film
from playwright.sync_api import Browser, Page, sync_playwright
from rooms_servers import Server, free_port, running, test_database_url

from apps.accounts.models import User
from apps.streaming import services
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset
from project.supervisor import frontend
from tests.e2e import pages
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.product import PASSWORD, TEST_LIMIT_S, Person, Product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(TEST_LIMIT_S)]

ROOT = Path(__file__).resolve().parents[2]
HLS_JS = ROOT / "frontend/node_modules/hls.js/dist/hls.min.js"
AT_ONCE = 2
GROUP = 4  # films in one test
GROUPS = [list(MATRIX)[first : first + GROUP] for first in range(0, len(MATRIX), GROUP)]
SEEK_TO = 0.7  # of the film
FRAMES_OFF_MAX = 1  # the clock of a player counts in floating point
HOLD_FRAMES_MAX = 3  # how long a film of varying rate shows one picture
LENGTH_OFF_MAX_S = 0.15
ON_THE_PRODUCTS_PAGE = ("HDR10", "several languages, MKV")

WORKER = """
import time, django; django.setup()
from apps.streaming import services
while True:
    services.run_next_unit() or time.sleep(0.2)
"""
PAGE = f"""<!doctype html><title>Harness</title><script src="/harness/hls.js"></script><script>
function numberOf(video) {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const paper = canvas.getContext("2d");
  paper.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < {NUMBER_BITS}; bit++) {{
    const x = Math.floor((bit + 0.5) * canvas.width / {NUMBER_BITS});
    const y = Math.floor(canvas.height / {NUMBER_HEIGHT} / 2);
    if (paper.getImageData(x, y, 1, 1).data[1] > 110) number += 2 ** bit;
  }}
  return number;
}}
function nextPicture(video) {{
  return new Promise((found) => video.requestVideoFrameCallback((_, meta) =>
    found({{ at: meta.mediaTime, number: numberOf(video), width: meta.width, height: meta.height }})));
}}
async function beyond(video, position) {{
  while (video.currentTime <= position) await new Promise((later) => setTimeout(later, 50));
  return await nextPicture(video);
}}
async function play([url, share]) {{
  const video = document.body.appendChild(document.createElement("video"));
  const retry = {{ maxNumRetry: 4, retryDelayMs: 500, maxRetryDelayMs: 8000 }};
  const patient = {{ maxTimeToFirstByteMs: 30000, maxLoadTimeMs: 120000, timeoutRetry: retry, errorRetry: retry }};
  const hls = new Hls({{ maxBufferLength: 30, backBufferLength: 90, enableWebVTT: false, capLevelToPlayerSize: true,
    fragLoadPolicy: {{ default: patient }} }});
  const seen = {{ pictures: [], fatal: [], levels: [] }};
  hls.on(Hls.Events.ERROR, (_, data) => data.fatal && seen.fatal.push(`${{data.type}} ${{data.details}}`));
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, {{ level }}) => seen.levels.push(hls.levels[level].url[0].split("/").at(-1)));
  const work = async () => {{
    hls.loadSource(url);
    hls.attachMedia(video);
    video.muted = true;
    await video.play();
    seen.pictures.push(await beyond(video, 0.3));
    const target = video.duration * share;
    video.currentTime = target;
    await new Promise((ok) => video.addEventListener("seeked", ok, {{ once: true }}));
    seen.pictures.push(await beyond(video, target + 0.3));
    seen.duration = video.duration;
    seen.sound = hls.audioTracks.map((track) => track.lang);
  }};
  const limit = new Promise((_, refuse) => setTimeout(refuse, 150000, new Error("150 s are over")));
  try {{
    await Promise.race([work(), limit]);
  }} catch (error) {{
    seen.fatal.push(`${{error}} at ${{video.currentTime}}, state ${{video.readyState}}`);
  }}
  hls.destroy();
  video.remove();
  return seen;
}}
</script>"""


@pytest.fixture(scope="module")
def built_pages() -> None:
    """The product's own pages and hls.js; a server of the product's would have built them at its start."""
    frontend.prepare()


@pytest.fixture(scope="module")
def web(django_db_setup: None, built_pages: None) -> Iterator[Server]:
    """One web process on the rows and files of these tests."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "daphne",
        "-b",
        "127.0.0.1",
        "-p",
        str(port),
        "-v",
        "0",
        "project.asgi:application",
    ]
    env = {"DATABASE_URL": test_database_url(), "SITE_URL": f"http://localhost:{port}"}
    server = Server(command, port, env)
    with running(server):
        yield server


@contextmanager
def worker(web: Server) -> Iterator[None]:
    """Makes the rungs that exist only when somebody asks for them: a slow first guess of the line chooses those.

    It begins when the films are whole: what it had leased of them would be missing.
    """
    process = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=os.environ | web.env)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def alice() -> User:
    return person("alice", password=PASSWORD)


@pytest.fixture
def in_chromium(chromium_path: str) -> Callable[[Callable[[Browser], Any]], Any]:
    """Runs work in a browser, in a thread of its own: Playwright keeps a loop running, beside which Django refuses."""

    def run(work: Callable[[Browser], Any]) -> Any:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS, headless=True)
            try:
                return work(chromium)
            finally:
                chromium.close()

    def run_in_thread(work: Callable[[Browser], Any]) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run, work).result()

    return run_in_thread


def open_harness(browser: Browser, url: str) -> Page:
    page = browser.new_context(base_url=url).new_page()
    page.route("**/harness", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.route("**/harness/hls.js", lambda route: route.fulfill(path=HLS_JS, content_type="text/javascript"))
    page.goto("/harness")
    return page


def play_all(browser: Browser, url: str, links: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What was seen of each film, several at a time."""
    page = open_harness(browser, url)
    seen: dict[str, dict[str, Any]] = {}
    names = list(links)
    for first in range(0, len(names), AT_ONCE):
        some = names[first : first + AT_ONCE]
        answers = page.evaluate("(films) => Promise.all(films.map(play))", [[links[name], SEEK_TO] for name in some])
        seen |= dict(zip(some, answers, strict=True))
    return seen


def first_number(name: str, asset: MediaAsset) -> int:
    """The number of the packaged film's first picture: an edit list hides some of the source's."""
    kind = MATRIX[name]
    shown = round(asset.duration_s * kind.fps)
    return round(kind.seconds * kind.fps) - shown if kind.begins_hidden else 0


def faults_of(name: str, kind: Kind, asset: MediaAsset, seen: dict[str, Any]) -> list[str]:
    """What was wrong, one line each; empty when the film played as it should."""
    if seen["fatal"] or len(seen["pictures"]) != 2:
        return [f"{name}: {seen}"]
    found = []
    if abs(seen["duration"] - asset.duration_s) > LENGTH_OFF_MAX_S:
        found.append(f"{name}: lasts {seen['duration']} s instead of {asset.duration_s} s")
    for picture in seen["pictures"]:
        due = first_number(name, asset) + picture["at"] * float(kind.fps)
        early = HOLD_FRAMES_MAX if kind.is_varying else FRAMES_OFF_MAX
        if not due - early - 0.01 <= picture["number"] <= due + FRAMES_OFF_MAX + 0.01:
            found.append(f"{name}: picture {picture['number']} instead of {due:.2f}: {seen}")
    if kind.audio and len(seen["sound"]) < len(set(kind.audio_languages)):
        found.append(f"{name}: {seen['sound']} instead of {kind.audio_languages}")
    return found


@pytest.mark.parametrize("names", GROUPS, ids=" + ".join)
def test_every_shape_of_film_plays_from_the_start_and_after_a_seek(
    in_chromium: Callable[[Callable[[Browser], Any]], Any], web: Server, alice: User, names: list[str]
) -> None:
    films = {name: ready_film(name) for name in names}
    assert {name: film.reason for name, film in films.items() if film.state != AssetState.COMPLETE} == {}
    links = {
        name: services.authorise_playback(viewer_id=alice.pk, title_id=film.title_id).master_url
        for name, film in films.items()
    }
    with worker(web):
        seen = in_chromium(lambda browser: play_all(browser, f"http://localhost:{web.port}", links))
    faults = [line for name in films for line in faults_of(name, MATRIX[name], films[name], seen[name])]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", ON_THE_PRODUCTS_PAGE)
def test_the_products_own_page_plays_it(
    in_chromium: Callable[[Callable[[Browser], Any]], Any], web: Server, alice: User, name: str
) -> None:
    film = ready_film(name)
    product = Product(ROOT, port=web.port)
    member = Person(product, "alice")
    member.email = alice.email

    def watch(browser: Browser) -> dict[str, Any]:
        page = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 800}).new_page()
        pages.sign_in(page, member)
        page.goto(f"/title/{film.title_id}")
        page.get_by_test_id("play").click()
        pages.wait_until_playing(page, beyond=0.5)
        pages.seek_to_share(page, SEEK_TO)
        pages.wait_until_playing(page, beyond=SEEK_TO * film.duration_s - 0.5)
        return pages.film(page)

    with worker(web):
        shown = in_chromium(watch)
    assert shown["error"] is None
    assert shown["duration"] == pytest.approx(film.duration_s, abs=LENGTH_OFF_MAX_S)
