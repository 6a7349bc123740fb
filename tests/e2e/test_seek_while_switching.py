"""Somebody chooses another quality and jumps at once, in real Chromium: the film goes on where they wanted to be."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import BrowserContext, Error, Route

from tests.e2e import pages
from tests.e2e.test_watch_together import DEMO_DURATION_S, demo_title
from tests.product import TEST_LIMIT_S, Person

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

INIT = "**/v144/init.mp4"
LATE_MS = 1_500  # a rung that has to be made has no init segment for about so long


def test_a_jump_before_the_new_quality_has_begun_is_carried_out(
    operator: Person, new_person: Callable[[], BrowserContext]
) -> None:
    title = demo_title(operator)
    page = new_person().new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(INIT, hold)
    pages.sign_in(page, operator)
    page.goto(f"/watch/{title}")
    pages.wait_until_playing(page)
    page.mouse.move(640, 300)
    page.get_by_test_id("settings").click()
    page.get_by_role("menuitem", name="Quality").click()
    with page.expect_request(INIT):
        page.get_by_role("menuitemradio", name="144p").click()
    page.keyboard.press("Escape")
    pages.seek_to_share(page, 0.7)
    page.wait_for_timeout(LATE_MS)
    assert 1 <= len(held) < 5, "the beginning of a rung is not asked for over and over"
    page.unroute(INIT)
    for route in held:
        with suppress(Error):  # its request was given up
            route.continue_()
    pages.wait_until_at(page, 0.7 * DEMO_DURATION_S, within=5)
    pages.wait_until_playing(page, beyond=0.69 * DEMO_DURATION_S)
