"""Registers the movie_requests app with Django."""

from django.apps import AppConfig


class MovieRequestsConfig(AppConfig):
    name = "apps.movie_requests"
    label = "movie_requests"
    default_auto_field = "django.db.models.BigAutoField"
