"""Wiring only: settings, routes, processes. No product rule lives here."""

from project.celery import app as celery_app

__all__ = ["celery_app"]
