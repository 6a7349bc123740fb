"""Registers the viewing app with Django."""

from django.apps import AppConfig


class ViewingConfig(AppConfig):
    name = "apps.viewing"
    label = "viewing"
    default_auto_field = "django.db.models.BigAutoField"
