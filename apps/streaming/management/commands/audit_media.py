"""Checks every published segment against what was published; exits 1 when something is wrong and was not repaired."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.streaming.services import audit


class Command(BaseCommand):
    help = "Find missing, empty and altered segments; --repair has them made again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="have what is wrong made again")
        parser.add_argument("--quick", action="store_true", help="compare sizes only, do not read the files")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong: defaultdict[UUID, list[int]] = defaultdict(list)
        unreached = 0
        for finding in audit.findings(is_deep=not options["quick"]):
            self.stdout.write(str(finding))
            if finding.fault == audit.Fault.UNREACHABLE:
                unreached += 1
            else:
                wrong[finding.track.pk].append(finding.index)
        total = sum(len(indexes) for indexes in wrong.values())
        complaints: list[str] = []
        if total and options["repair"]:
            complaints += self._repair(wrong)
        elif total:
            complaints.append(f"{total} segments are wrong; --repair has them made again.")
        if unreached:
            complaints.append(f"The store did not answer for {unreached} segments. Run this again when it does.")
        if complaints:
            raise CommandError(" ".join(complaints))
        if not total:
            self.stdout.write("Every published segment is as it was published.")

    def _repair(self, wrong: dict[UUID, list[int]]) -> list[str]:
        lost = [track for track, indexes in wrong.items() if not audit.repair(track, indexes)]
        self.stdout.write(f"{len(wrong) - len(lost)} renditions are being made again.")
        reason = "the film's source is gone or the disk refuses writes"
        return [f"{len(lost)} renditions could not be repaired: {reason}."] if lost else []
