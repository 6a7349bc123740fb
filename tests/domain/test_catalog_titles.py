"""Pure facts about titles: identity, colours, image paths."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.domain.titles import color_of, generated_key, is_image_path, manual_id


def test_the_same_name_typed_differently_is_the_same_film() -> None:
    assert manual_id("Amélie", 2001) == manual_id("  AMELIE ", 2001)
    assert manual_id("Amélie", 2001) != manual_id("Amélie", None)
    assert manual_id("???", None) != manual_id("!!!", None)


@given(st.text(max_size=40))
def test_the_colour_of_a_name_is_stable_and_dark_enough_for_white_text(name: str) -> None:
    color = color_of(name)
    assert re.fullmatch(r"#[0-9a-f]{6}", color)
    assert color == color_of(name)
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 140


def test_generated_keys_fit_the_pattern_of_the_artwork_route() -> None:
    assert re.fullmatch(r"g[0-9a-f]{31}", generated_key("M", 1931))


@pytest.mark.parametrize("path", ["/kqjL17yufvn9OVLyXYpvtyrFfak.jpg", "/aaaaaaaaaa.png", "/AAAAAAAAAA.webp"])
def test_bare_image_paths_are_accepted(path: str) -> None:
    assert is_image_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/x.svg",
        "/kqjL17yufvn9OVLyXYpvtyrFfak.svg",
        "//evil.example/aaaaaaaaaa.jpg",
        "/../../etc/passwd.jpg",
        "/aaaaaaaaaa.jpg?x=1",
        "/aaaaaaaaaa.jpg\n",
        "http://evil.example/aaaaaaaaaa.jpg",
        "/a%2faaaaaaaaaa.jpg",
    ],
)
def test_anything_else_is_not_an_image_path(path: str) -> None:
    assert not is_image_path(path)
