"""Registers the torrents app with Django."""

from django.apps import AppConfig


class TorrentsConfig(AppConfig):
    name = "apps.torrents"
    label = "torrents"
    default_auto_field = "django.db.models.BigAutoField"
