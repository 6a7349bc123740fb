"""One film with everything beside the picture, in real Chromium: sound, subtitles of all kinds, previews, chapters."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import pages
from tests.product import READY_LIMIT_S, TEST_LIMIT_S, Person, Product, wait_for
from tests.track_films import CHAPTERS, IMAGE, IMAGE_FROM_S, SECONDS, seeded_film_with_tracks

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

SRT = "1\r\n00:00:01,000 --> 00:00:39,000\r\nGr\xfc\xdfe aus dem Zug\r\n"
CANVAS_WIDTH, CANVAS_HEIGHT = 1920, 1080


@pytest.fixture(scope="module")
def bob(product: Product, operator: Person) -> Person:
    return Person.member(product, "bob", operator)


@pytest.fixture(scope="module")
def title_id(bob: Person, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with seeded_film_with_tracks(tmp_path_factory.mktemp("film"), name="Night Train") as film:
        row = bob.post("requests", {"name": film.name}, torrent=("film.mkv.torrent", film.torrent))

        def is_ready() -> bool:
            state = bob.get(f"requests/{row['id']}")["state"]
            assert state not in {"failed", "needs_attention"}, bob.get(f"requests/{row['id']}")
            return bool(state == "ready")

        wait_for("the film to be ready", is_ready, limit_s=READY_LIMIT_S)
        yield bob.get(f"requests/{row['id']}")["title"]["id"]


@pytest.fixture
def page(bob: Person, title_id: str, new_person: Callable[[], BrowserContext]) -> Page:
    """The film, playing, with the mouse over it."""
    page = new_person().new_page()
    pages.sign_in(page, bob)
    page.goto(f"/watch/{title_id}")
    pages.wait_until_playing(page)
    page.mouse.move(640, 300)
    return page


def open_settings(page: Page, line: str) -> None:
    page.mouse.move(600, 300)
    page.mouse.move(640, 310)
    page.get_by_test_id("settings").click()
    page.get_by_role("menuitem", name=line).click()


def choose(page: Page, line: str, choice: str) -> None:
    open_settings(page, line)
    page.get_by_role("menuitemradio", name=choice).click()
    page.keyboard.press("Escape")


def heard_hz(page: Page) -> float:
    """The loudest pitch of the film's sound now."""
    return float(
        page.evaluate(
            """async () => {
        const video = document.querySelector('[data-testid=video]');
        if (!window.__ear) {
          const context = new AudioContext();
          const analyser = context.createAnalyser();
          analyser.fftSize = 8192;
          context.createMediaElementSource(video).connect(analyser);
          window.__ear = {context, analyser};
        }
        const {context, analyser} = window.__ear;
        await context.resume();
        await new Promise(done => setTimeout(done, 400));
        const bins = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(bins);
        return bins.indexOf(Math.max(...bins)) * context.sampleRate / analyser.fftSize;
      }"""
        )
    )


def test_bob_switches_the_language(page: Page) -> None:
    wait_for("English", lambda: abs(heard_hz(page) - 220) < 15, limit_s=15)
    choose(page, "Sound track", "German")
    wait_for("German", lambda: abs(heard_hz(page) - 880) < 15, limit_s=20)


def test_bob_reads_text_and_image_subtitles_and_moves_them(page: Page) -> None:
    choose(page, "Subtitles", "English")
    expect(page.get_by_test_id("captions")).to_have_text("A line of text")

    choose(page, "Subtitles", "French")
    expect(page.get_by_test_id("captions")).to_be_empty()
    picture = page.get_by_test_id("image-captions").locator("img")
    expect(picture).to_have_count(0)
    pages.seek_to_share(page, (IMAGE_FROM_S + 2) / SECONDS)
    expect(picture).to_have_count(1)
    video, shown = page.get_by_test_id("video").bounding_box(), picture.bounding_box()
    assert video is not None
    assert shown is not None
    scale = min(video["width"] / CANVAS_WIDTH, video["height"] / CANVAS_HEIGHT)
    middle = video["y"] + video["height"] / 2
    assert shown["width"] == pytest.approx(IMAGE.width * scale, abs=2)
    assert shown["x"] == pytest.approx(video["x"] + video["width"] / 2 - IMAGE.width * scale / 2, abs=2)
    assert shown["y"] == pytest.approx(middle + (IMAGE.y - CANVAS_HEIGHT / 2) * scale, abs=2)
    expect(picture).to_have_js_property("naturalWidth", IMAGE.width)  # its place is known before its file is here

    pages.toggle_play(page)
    pages.wait_until_paused(page)
    for _ in range(20):  # later than the film is now
        page.keyboard.press("Shift+H")
    expect(picture).to_have_count(0)


def test_bob_brings_his_own_subtitles(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "Night.Train.ger.srt"
    file.write_bytes(SRT.encode("cp1252"))
    open_settings(page, "Subtitles")
    page.get_by_test_id("upload-subtitles").click()
    page.get_by_test_id("subtitle-file").set_input_files(file)
    expect(page.get_by_test_id("subtitle-language")).to_have_value("de")
    page.get_by_test_id("subtitle-submit").click()
    expect(page.get_by_test_id("captions")).to_have_text("Grüße aus dem Zug")

    file.write_bytes(b"\x00\x01 no subtitles in here")
    open_settings(page, "Subtitles")
    page.get_by_test_id("upload-subtitles").click()
    page.get_by_test_id("subtitle-file").set_input_files(file)
    page.get_by_test_id("subtitle-submit").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_bob_sees_small_pictures_and_goes_by_chapter(page: Page) -> None:
    bar = page.get_by_test_id("seek")
    box = bar.bounding_box()
    assert box is not None
    expect(page.get_by_test_id("chapter-mark")).to_have_count(len(CHAPTERS) - 1)
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("scrub-preview")).to_contain_text("The chase")
    sprite = page.get_by_test_id("sprite")
    expect(sprite).to_be_visible()
    address = sprite.evaluate("element => element.style.backgroundImage.slice(5, -2)")
    assert page.request.get(address).ok

    page.mouse.move(640, 300)
    page.get_by_test_id("chapters").click()
    page.get_by_role("menuitemradio", name="Home").click()
    pages.wait_until_playing(page, beyond=25)
    expect(bar).to_have_attribute("aria-valuetext", re.compile("Home"))
