"""Search over stored titles: prefix first, then words, whatever the spelling."""

import pytest
from django.db import connection

from apps.catalog import selectors, services
from apps.catalog.domain.titles import Availability
from apps.catalog.models import Title

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf() -> None:
    for name, popularity in [
        ("Big Buck Bunny", 5),
        ("Big Fish", 9),
        ("The Big Sleep", 7),
        ("Amélie", 4),
        ("千と千尋の神隠し", 3),
        ("100% Wolf", 1),
    ]:
        title = services.create_manual_title(name=name)
        Title.objects.filter(pk=title.pk).update(popularity=popularity)


def names(query: str, limit: int = 20) -> list[str]:
    return [title.name for title in selectors.search(query, limit)]


def test_prefix_hits_come_first_and_the_popular_before_the_rest() -> None:
    assert names("big") == ["Big Fish", "Big Buck Bunny", "The Big Sleep"]


def test_accents_case_and_punctuation_do_not_matter() -> None:
    assert names("AMELIE") == ["Amélie"]
    assert names("big-buck") == ["Big Buck Bunny"]


def test_words_are_found_in_any_order_and_the_last_may_be_unfinished() -> None:
    assert names("sleep big") == ["The Big Sleep"]
    assert names("bunny bu") == []  # two letters are no prefix
    assert names("big bun") == ["Big Buck Bunny"]


def test_characters_of_cjk_are_words() -> None:
    assert names("千尋") == ["千と千尋の神隠し"]


@pytest.mark.parametrize("query", ["", "   ", "!!!", "&|:*", "zzz", "%", "_", "a' OR '1'='1"])
def test_odd_queries_find_nothing_and_break_nothing(query: str) -> None:
    assert names(query) == []


def test_wildcards_of_like_are_plain_characters() -> None:
    assert names("100%") == ["100% Wolf"]


def test_a_limit_is_kept() -> None:
    assert names("big", limit=1) == ["Big Fish"]


def test_original_names_are_searched_too() -> None:
    Title.objects.filter(name="Amélie").update(search_text="amelie le fabuleux destin")
    assert names("fabuleux") == ["Amélie"]


def test_availability_is_kept_by_value() -> None:
    title = Title.objects.get(name="Big Fish")
    services.set_availability(title.pk, Availability.READY)
    services.set_availability(title.pk, Availability.READY)
    assert [found.name for found in selectors.with_availability(Availability.READY, limit=5)] == ["Big Fish"]
    assert selectors.card(selectors.title(title.pk))["availability"] == "ready"


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Title.objects.filter(normalised__startswith="big"), "catalog_title_normalised"),
        (selectors.words_of("big sleep"), "title_words"),
    ],
)
def test_both_searches_can_use_their_index(rows, index: str) -> None:
    """With a million rows a search that cannot use its index costs a hundred times more."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = rows.order_by().explain()
    assert index in plan, plan
