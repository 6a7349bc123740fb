"""Paths of streaming. ``media_urlpatterns`` hang at the root: signed links are not part of the API."""

from django.urls import path, register_converter

from apps.streaming.api.jobs import CancelJobView, JobsView, RetryJobView
from apps.streaming.api.media import media
from apps.streaming.api.storage import KeepView, StorageView
from apps.streaming.api.subtitles import AddSubtitleView, SubtitleView
from apps.streaming.api.views import PlayView


class SignatureConverter:
    """Base64url of 32 bytes, and of 16 more in a short link."""

    regex = "[A-Za-z0-9_-]{43}(?:[A-Za-z0-9_-]{22})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class NumberConverter:
    """A number short enough for any integer column; Django's ``int`` takes a thousand digits."""

    regex = "[0-9]{1,11}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(SignatureConverter, "signature")
register_converter(NumberConverter, "number")

MEDIA_PATH = "media/<signature:signature>,<number:expires_at>/<uuid:viewer>/<uuid:asset>.<number:epoch>/<path:name>"

urlpatterns = [
    path("titles/<uuid:title_id>/play", PlayView.as_view(), name="play_title"),
    path("titles/<uuid:title_id>/subtitles", AddSubtitleView.as_view(), name="add_subtitle"),
    path("subtitles/<uuid:subtitle_id>", SubtitleView.as_view(), name="subtitle"),
    path("titles/<uuid:title_id>/keep", KeepView.as_view()),
    path("storage", StorageView.as_view()),
    path("jobs", JobsView.as_view(), name="jobs"),
    path("jobs/<uuid:asset_id>/retry", RetryJobView.as_view(), name="job_retry"),
    path("jobs/<uuid:asset_id>/cancel", CancelJobView.as_view(), name="job_cancel"),
]
media_urlpatterns = [path(MEDIA_PATH, media, name="media")]
