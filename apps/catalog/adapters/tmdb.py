"""TMDb over our own outgoing client. Whatever it sends, only bounded, checked values leave this module.

This product uses the TMDB API but is not endorsed or certified by TMDB.
"""

import json
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from apps.catalog.domain.titles import (
    NAME_MAX,
    OVERVIEW_MAX,
    RUNTIME_MAX_MIN,
    YEAR_MAX,
    YEAR_MIN,
    ArtworkKind,
    ProviderName,
    ProviderState,
    TitleFacts,
    is_image_path,
)
from apps.common.errors import NotFound, Unavailable
from apps.common.http import Answer, fetch

SEARCH_S = 2.5  # a person waits for this one
DETAILS_S = 8.0
IMAGE_S = 20.0
JSON_MAX_BYTES = 2 * 1024 * 1024
IMAGE_MAX_BYTES = 10 * 1024 * 1024
REQUESTS_PER_S = 20  # TMDb refuses above about 50
REST_AFTER_FAULT_S = 15.0  # so that a slow provider costs one slow search, not each
CONFIGURATION_S = 24 * 3600.0
SIZES = {ArtworkKind.POSTER: "w780", ArtworkKind.BACKDROP: "w1280"}


class Tmdb:
    """One per process and key; safe in threads."""

    name = ProviderName.TMDB
    resting_state = ProviderState.OK

    def __init__(self, *, base_url: str, key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._bucket = Bucket(per_second=REQUESTS_PER_S)
        self._rests_until = 0.0
        self._image_base = ("", 0.0)

    def search(self, query: str) -> list[TitleFacts]:
        """Films whose name fits, best first. Raises Unavailable, at once while a fault is recent."""
        if time.monotonic() < self._rests_until:
            raise Unavailable("The film database did not answer a moment ago.")
        try:
            rows = self._rows(query)
        except Unavailable:
            self._rests_until = time.monotonic() + REST_AFTER_FAULT_S
            raise
        return [facts for row in rows[:20] if (facts := facts_of(row)) is not None]

    def _rows(self, query: str) -> list[Any]:
        found = self._get("/search/movie", {"query": query, "include_adult": "false"}, max_seconds=SEARCH_S)
        rows = found.get("results")
        if not isinstance(rows, list):
            raise Unavailable("The film database answered something that cannot be read.")
        return rows

    def details(self, provider_id: str) -> TitleFacts:
        """Everything about one film. Raises NotFound, Unavailable."""
        facts = facts_of(self._get(f"/movie/{int(provider_id)}", {}, max_seconds=DETAILS_S))
        if facts is None or facts.provider_id != str(int(provider_id)):
            raise Unavailable("The film database answered something that cannot be read.")
        return facts

    def image(self, path: str, kind: ArtworkKind) -> bytes:
        """The bytes of a picture, unchecked. Raises NotFound, Unavailable."""
        if not is_image_path(path):
            raise NotFound("This is not the path of a picture.")
        answer = fetch(f"{self._images()}{SIZES[kind]}{path}", max_bytes=IMAGE_MAX_BYTES, max_seconds=IMAGE_S)
        if answer.status == 404:
            raise NotFound("The film database has no such picture.")
        if answer.status != 200:
            raise Unavailable(f"The film database answered {answer.status}.")
        return answer.body

    def _images(self) -> str:
        base, read_at = self._image_base
        if not base or time.monotonic() - read_at > CONFIGURATION_S:
            images = self._get("/configuration", {}, max_seconds=DETAILS_S).get("images")
            base = text_of(images, "secure_base_url", 200) if isinstance(images, dict) else ""
            if urlsplit(base).scheme not in {"https", urlsplit(self._base_url).scheme}:
                raise Unavailable("The film database named no usable place for pictures.")
            base = base.rstrip("/") + "/"
            self._image_base = (base, time.monotonic())
        return base

    def _get(self, path: str, params: dict[str, str], *, max_seconds: float) -> dict[str, Any]:
        self._bucket.take(wait_s=max_seconds / 2)
        is_token = self._key.startswith("eyJ")  # the v4 read token is a JWT and goes into a header
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {self._key}"} if is_token else {})
        answer = fetch(
            self._base_url + path,
            params=params if is_token else params | {"api_key": self._key},
            headers=headers,
            max_bytes=JSON_MAX_BYTES,
            max_seconds=max_seconds,
        )
        return _object_of(answer)


def _object_of(answer: Answer) -> dict[str, Any]:
    if answer.status == 404:
        raise NotFound("The film database has no such film.")
    if answer.status == 401:
        raise Unavailable("The film database refuses the key; the operator can set a new TMDB_API_KEY.")
    if answer.status == 429:
        raise Unavailable("The film database asks us to slow down.", retry_after_s=answer.retry_after_s or 10)
    found: Any = None
    with suppress(ValueError, RecursionError):
        found = json.loads(answer.body)
    if answer.status != 200 or not isinstance(found, dict):
        raise Unavailable("The film database answered something that cannot be read.")
    return found


def facts_of(row: Any) -> TitleFacts | None:
    """A film from one JSON object of TMDb; None when it has no usable number or name."""
    if not isinstance(row, dict):
        return None
    number, name = row.get("id"), text_of(row, "title", NAME_MAX)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31 or not name:
        return None
    genres = row.get("genres") if isinstance(row.get("genres"), list) else []
    return TitleFacts(
        provider_id=str(number),
        name=name,
        original_name=text_of(row, "original_title", NAME_MAX),
        year=number_of(text_of(row, "release_date", 4), YEAR_MIN, YEAR_MAX),
        overview=text_of(row, "overview", OVERVIEW_MAX),
        runtime_min=number_of(row.get("runtime"), 1, RUNTIME_MAX_MIN),
        genres=[
            text for genre in (genres or [])[:12] if isinstance(genre, dict) and (text := text_of(genre, "name", 40))
        ],
        poster_path=_path_of(row, "poster_path"),
        backdrop_path=_path_of(row, "backdrop_path"),
        popularity=_popularity(row.get("popularity")),
    )


def text_of(row: dict[str, Any], key: str, limit: int) -> str:
    """A string without control characters, at most ``limit`` long; "" for anything else."""
    value = row.get(key)
    if not isinstance(value, str):
        return ""
    clean = "".join(char if char.isprintable() else " " for char in value[: limit * 2])
    return " ".join(clean.split())[:limit].encode("utf-8", "ignore").decode()


def number_of(value: Any, low: int, high: int) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() else None
    return value if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high else None


def _path_of(row: dict[str, Any], key: str) -> str:
    path = text_of(row, key, 80)
    return path if is_image_path(path) else ""


def _popularity(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e9 else 0.0


class Bucket:
    """At most ``per_second`` takes in a second on average; the waiting is bounded."""

    def __init__(self, *, per_second: int) -> None:
        self._every_s = 1 / per_second
        self._burst_s = 1.0
        self._free_at = 0.0
        self._lock = threading.Lock()

    def take(self, *, wait_s: float) -> None:
        """Raises Unavailable when the turn would come later than ``wait_s``."""
        now = time.monotonic()
        with self._lock:
            turn = max(self._free_at, now - self._burst_s)
            if turn - now > wait_s:
                raise Unavailable("Too many questions to the film database at once.", retry_after_s=2)
            self._free_at = turn + self._every_s
        time.sleep(max(0.0, turn - now))
