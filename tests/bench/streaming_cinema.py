"""The whole product with films in it and one person at a Chromium page: how long until the picture moves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as PageTimeout

from tests.bench.streaming_box import Child, encodes_noted, noting_ffmpeg
from tests.e2e import pages
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.product import Person, Product, open_folder, wait_for

PLAYABLE_LIMIT_S = 240
FRAME_LIMIT_MS = 60_000
ENV_FILES = ("secrets.env", "addresses.env")

# Times are ms on the page's own clock. The first frame counts from the click on Play to the first presented picture;
# a seek from setting the position to a presented picture of that place.
STOPWATCH = """() => {
  if (window.__bench) return;
  const bench = window.__bench = {clicked: 0, first: 0};
  document.addEventListener('click', event => {
    if (!event.target.closest('[data-testid=play]')) return;
    bench.clicked = performance.now();
    bench.first = 0;
    const look = () => {
      const video = document.querySelector('[data-testid=video]');
      if (video) video.requestVideoFrameCallback(() => { bench.first = performance.now(); });
      else requestAnimationFrame(look);
    };
    look();
  }, true);
  bench.seek = (to, limit) => new Promise(done => {
    setTimeout(() => done(limit), limit);
    const video = document.querySelector('[data-testid=video]');
    const began = performance.now();
    const look = (now, meta) => {
      if (Math.abs(meta.mediaTime - to) < 2 && !video.seeking) done(performance.now() - began);
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    video.currentTime = to;
  });
}"""


@dataclass
class Cinema:
    product: Product
    operator: Person
    back_door: Child
    notes: Path
    page: Page
    films: Path
    durations_s: dict[str, float] = field(default_factory=dict)

    def show(self, path: Path) -> tuple[str, str]:
        """Put a film into the house; (title, asset) once it can be played."""
        path.chmod(0o644)
        added = self.back_door.ask("add", name=path.stem, path=str(path))
        title, asset = added["title"], added["asset"]
        wait_for(f"{path.name} to be playable", lambda: self.can_play(title), limit_s=PLAYABLE_LIMIT_S, every_s=0.05)
        return title, asset

    def can_play(self, title: str) -> bool:
        answer = self.operator.http.post(f"titles/{title}/play", json={})
        if answer.is_success:
            self.durations_s[title] = float(answer.json()["duration_s"])
        return answer.is_success

    def wait_until_made(self, asset: str) -> None:
        def is_complete() -> bool:
            return bool(self.back_door.ask("state_of", asset=asset)["state"] == "complete")

        wait_for("the film to be complete", is_complete, limit_s=PLAYABLE_LIMIT_S)

    def is_there(self, title: str, position_s: float, kind: str = "video") -> bool:
        return bool(self.back_door.ask("is_there", title=title, position_s=position_s, kind=kind)["is_there"])

    def encodes(self) -> int:
        return encodes_noted(self.notes)

    def leave_off(self, title: str, position_s: float) -> None:
        person, length_s = self.operator.get("me")["id"], self.durations_s[title]
        self.back_door.ask("leave_off", person=person, title=title, position_s=position_s, duration_s=length_s)

    def first_frame_s(self, title: str, position_s: float) -> float:
        """From the click on Play to the first picture; the film opens where the person left it."""
        self.page.goto("/")
        self.page.wait_for_load_state("networkidle")  # a player that is left says where it was
        self.leave_off(title, position_s)
        self.page.goto(f"/title/{title}")
        button = self.page.get_by_test_id("play").first
        button.wait_for()
        self.page.evaluate(STOPWATCH)
        button.click()
        try:
            self.page.wait_for_function("() => window.__bench.first > 0", timeout=FRAME_LIMIT_MS)
        except PageTimeout:
            return FRAME_LIMIT_MS / 1000  # it shows in the row as what it is: no picture within the limit
        return float(self.page.evaluate("() => window.__bench.first - window.__bench.clicked")) / 1000

    def seek_s(self, position_s: float) -> float:
        self.page.evaluate(STOPWATCH)
        return (
            float(self.page.evaluate("([to, limit]) => window.__bench.seek(to, limit)", [position_s, FRAME_LIMIT_MS]))
            / 1000
        )


@contextmanager
def open_cinema() -> Iterator[Cinema]:
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder("matinee-bench-"))
        program, notes = noting_ffmpeg(folder)
        product = Product(folder / "data", env={"FFMPEG": str(program), "AUTH_HOME_CALLS_PER_HOUR": "100000"})
        product.start()
        stack.callback(product.stop)
        operator = Person.operator(product)
        back_door = stack.enter_context(Child(settings_of(product), folder / "child.log"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        stack.callback(browser.close)
        context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 800})
        page = context.new_page()
        pages.sign_in(page, operator)
        films = folder / "films"
        films.mkdir(mode=0o755)
        yield Cinema(product, operator, back_door, notes, page, films)


def settings_of(product: Product) -> dict[str, str]:
    """What `manage.py` typed by hand would find: the server's own addresses and secrets."""
    env = {"DATA_DIR": str(product.data_dir), "MEDIA_ROOT": str(product.data_dir / "media"), "MATINEE_DEMO": "0",
           "DJANGO_SETTINGS_MODULE": "project.settings"}  # fmt: skip
    for name in ENV_FILES:
        lines = (product.data_dir / name).read_text().splitlines()
        env |= {key: value for key, found, value in (line.partition("=") for line in lines) if found}
    return env
