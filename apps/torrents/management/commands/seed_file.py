"""Shares one file from this machine, to this machine only: the demo film, and trying out the whole way of a request.

Prints ``seeding <info-hash> on 127.0.0.1:<port>``; runs until SIGTERM, Ctrl-C, or the end of its standard input.
"""

import os
import select
import signal
import stat
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.torrents.adapters.engine import Seeder
from apps.torrents.adapters.sharing import make_torrent


class Command(BaseCommand):
    help = "Write a .torrent for one file and seed it on 127.0.0.1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the file to share")
        parser.add_argument("--torrent", type=Path, help="write the .torrent here")
        parser.add_argument("--tracker", action="append", default=[], help="announce address; may be repeated")
        parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
        parser.add_argument("--rate", type=int, default=0, help="bytes per second; 0 means no limit")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"].resolve()
        if not path.is_file():
            raise CommandError(f"There is no file at {path}.")
        metainfo = make_torrent(path, options["tracker"])
        if options["torrent"] is not None:
            options["torrent"].write_bytes(metainfo)
        seeder = Seeder(path, metainfo, port=options["port"], bytes_per_s=options["rate"])
        if seeder.port == 0:
            raise CommandError(f"Port {options['port']} of 127.0.0.1 is taken.")
        self.stdout.write(f"seeding {seeder.info_hash} on 127.0.0.1:{seeder.port}")
        self.stdout.flush()
        _wait_for_the_end()


def _wait_for_the_end() -> None:
    signal.signal(signal.SIGTERM, _stop)
    # Only a pipe says something by closing; a terminal or /dev/null does not.
    watched = [sys.stdin] if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode) else []
    try:
        while not select.select(watched, [], [], None)[0] or os.read(sys.stdin.fileno(), 4096):
            pass
    except KeyboardInterrupt:
        return


def _stop(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
