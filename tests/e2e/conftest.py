"""One real server with the demo film, real Chromium, and the people who use them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.pages import PAGE_LIMIT_MS
from tests.product import Person, Product, open_folder

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
]


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    with open_folder("matinee-e2e-") as folder:
        server = Product(folder / "data", env={"MATINEE_DEMO": "1"})
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def operator(product: Product) -> Person:
    return Person.operator(product)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is missing: apt-get install chromium"
    return found


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One for each file of tests: Playwright keeps a loop running in this thread, beside which Django refuses to work,
    so it ends before any other file begins."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS, headless=True)
        yield chromium
        chromium.close()


@pytest.fixture
def new_person(
    browser: Browser, product: Product, request: pytest.FixtureRequest
) -> Iterator[Callable[[], BrowserContext]]:
    """Opens a fresh browser profile; keeps a screenshot of every open page when the test fails."""
    opened: list[BrowserContext] = []

    def open_context() -> BrowserContext:
        context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 800})
        context.set_default_timeout(PAGE_LIMIT_MS)
        opened.append(context)
        return context

    yield open_context
    folder = Path(request.config.rootpath) / "test-results"
    for index, context in enumerate(opened):
        for number, page in enumerate(context.pages):
            folder.mkdir(exist_ok=True)
            page.screenshot(path=folder / f"{request.node.name}-{index}-{number}.png")
        context.close()
