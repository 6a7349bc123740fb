"""The Celery application: names come from ``apps.common.jobs``, settings from ``CELERY_*``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("matinee")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
