"""Names and queries meet in one normal form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.domain.normalise import normalise, prefix_query


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Amélie", "amelie"),
        ("  The   Third  Man ", "the third man"),
        ("Ocean's Eleven", "ocean s eleven"),
        ("WALL·E", "wall e"),
        ("Straße", "strasse"),
        ("ﬁlm Ⅳ", "film iv"),
        ("千と千尋", "千 と 千 尋"),
        ("Ночной дозор", "ночнои дозор"),
        ("!!!", ""),
        ("", ""),
        ("a\u0000b", "a b"),
    ],
)
def test_names_lose_case_marks_and_punctuation(typed: str, normal: str) -> None:
    assert normalise(typed) == normal


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=60))
def test_a_query_holds_nothing_that_a_tsquery_would_read_as_an_operator(text: str) -> None:
    for word in prefix_query(normalise(text)).removesuffix(":*").split(" & "):
        assert all(char.isalnum() or char.isnumeric() for char in word)


def test_the_last_word_is_a_prefix_when_it_is_long_enough() -> None:
    assert prefix_query("third ma") == "third & ma"
    assert prefix_query("third man") == "third & man:*"
    assert prefix_query("") == ""
