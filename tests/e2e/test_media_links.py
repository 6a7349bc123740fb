"""A film outlives its links, in real Chromium: the address that a page opened with ends, and the film goes on."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Route

from tests.e2e import pages
from tests.e2e.test_watch_together import DEMO_DURATION_S, demo_title
from tests.product import TEST_LIMIT_S, Person, Product

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

ENDED = '{"code": "link_expired"}'


def test_a_film_goes_on_when_its_link_has_ended(
    product: Product, operator: Person, new_person: Callable[[], BrowserContext]
) -> None:
    title_id = demo_title(operator)
    page = new_person().new_page()
    used: list[str] = []
    ended: set[str] = set()
    refused: list[str] = []

    def answer(route: Route) -> None:
        """What the server says ten minutes later: a link that has ended gives nothing."""
        path = urlsplit(route.request.url).path
        if path.split("/")[2] in ended:
            refused.append(path)
            route.fulfill(status=403, body=ENDED, content_type="application/problem+json")
            return
        if path.endswith(".m4s"):
            used.append(path.split("/")[2])
        route.continue_()

    page.route("**/media/**", answer)
    pages.sign_in(page, Person.member(product, "dana", operator))
    page.goto(f"/watch/{title_id}")
    pages.wait_until_playing(page)
    first = set(used)
    assert len(first) == 1, "one link serves the whole film until it ends"
    ended |= first
    pages.seek_to_share(page, 0.7)
    pages.wait_until_playing(page, beyond=0.7 * DEMO_DURATION_S)
    assert refused, "the film asked under its old link first"
    assert set(used) - first, "and went on under a new one, without being opened again"
