"""`manage.py schema [--check]`: the checked-in API documents and socket types, written or compared."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consumers.schema import asyncapi_document, ts_document
from project.pages import openapi_document


def documents() -> Iterator[tuple[Path, str]]:
    """(file, what it must contain)."""
    docs = settings.BASE_DIR / "docs"
    yield docs / "openapi.json", json.dumps(openapi_document(), indent=2) + "\n"
    yield docs / "asyncapi.json", json.dumps(asyncapi_document(), indent=2) + "\n"
    yield settings.BASE_DIR / "frontend/src/types/frames.gen.ts", ts_document()


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; fail when a copy is old")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        old = []
        for path, text in documents():
            if path.exists() and path.read_text() == text:
                continue
            old.append(str(path.relative_to(settings.BASE_DIR)))
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        if check and old:
            raise CommandError(f"{', '.join(old)} differ from the code; run `make schema`.")
        self.stdout.write(f"wrote {', '.join(old)}" if old else "The API documents are up to date.")
