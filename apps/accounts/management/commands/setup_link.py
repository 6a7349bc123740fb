"""Prints the one-time link that makes the first operator; prints nothing once there is one."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts import services


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        token = services.create_setup_token()
        if token is not None:
            self.stdout.write(f"{settings.SITE_URL}/setup/{token}")
