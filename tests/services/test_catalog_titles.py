"""Titles typed by hand, and their posters."""

import io
import threading

import pytest
from django.db import connection
from PIL import Image

from apps.catalog import selectors, services
from apps.catalog.adapters import artwork
from apps.catalog.domain.titles import ArtworkKind
from apps.catalog.models import Title
from apps.common.errors import Invalid, NotFound
from tests.tmdb_fake import picture


@pytest.mark.django_db
def test_the_same_film_typed_twice_is_one_title() -> None:
    first = services.create_manual_title(name="  Big   Buck Bunny ", year=2008)
    again = services.create_manual_title(name="big buck bunny", year=2008)
    other = services.create_manual_title(name="Big Buck Bunny", year=2009)
    assert first.pk == again.pk != other.pk
    assert first.name == "Big Buck Bunny"


@pytest.mark.django_db(transaction=True)
def test_sixty_people_who_type_the_same_name_at_once_make_one_title() -> None:
    found: list[object] = []

    def ask() -> None:
        try:
            found.append(services.create_manual_title(name="Big Buck Bunny").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    assert len(set(found)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "   ", "x" * 301])
def test_a_name_of_no_or_too_many_characters_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        services.create_manual_title(name=name)
    assert Title.objects.count() == 0


@pytest.mark.django_db
def test_names_that_grow_when_normalised_still_fit_the_index() -> None:
    assert services.create_manual_title(name="\ufdfa" * 300).pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["Big Buck Bunny", "千と千尋の神隠し", "M", "Donaudampfschifffahrtsgesellschaft " * 8, "🎬"]
)
def test_every_title_has_a_poster_at_once(name: str) -> None:
    card = selectors.card(services.create_manual_title(name=name[:300]))
    data = services.artwork_file(card["poster_url"].removeprefix("/artwork/"))
    assert Image.open(io.BytesIO(data)).size == (500, 750)
    assert data == services.artwork_file(card["poster_url"].removeprefix("/artwork/"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["", "x", "g" + "0" * 31 + ".w500.webp", "../../../etc/passwd", "g" * 32 + ".w9999.webp", "G" * 32 + ".w500.webp"],
)
def test_names_that_are_no_artwork_are_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        services.artwork_file(name)


@pytest.mark.django_db
def test_stored_artwork_is_reencoded_in_five_sizes_and_colours_the_title() -> None:
    title = services.create_manual_title(name="Red")
    key = services.store_artwork(title.pk, ArtworkKind.POSTER, picture(color=(200, 30, 20)))
    for width in artwork.WIDTHS:
        image = Image.open(io.BytesIO(services.artwork_file(f"{key}.w{width}.webp")))
        assert image.format == "WEBP"
        assert image.width == min(width, 900)
    found = selectors.title(title.pk)
    assert found.poster_key == key
    red, green, blue = (int(found.color[at : at + 2], 16) for at in (1, 3, 5))
    assert red > 2 * max(green, blue)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff\xe0cut off",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["empty", "gif", "svg", "jpeg cut off", "png cut off"],
)
def test_bytes_that_are_no_sane_picture_are_refused(data: bytes) -> None:
    title = services.create_manual_title(name="Red")
    before = selectors.title(title.pk).poster_key
    with pytest.raises(Invalid):
        services.store_artwork(title.pk, ArtworkKind.POSTER, data)
    assert selectors.title(title.pk).poster_key == before


@pytest.mark.django_db
def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_does() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < artwork.MAX_BYTES
    with pytest.raises(Invalid):
        services.store_artwork(services.create_manual_title(name="Bomb").pk, ArtworkKind.POSTER, out.getvalue())
