"""A bare engine for the bench: throw-away Postgres and Valkey, a media folder, and workers that can be asked.

ffmpeg is reached through a two-line script that notes each start, so "how many encoders" is counted outside the
product.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from imageio_ffmpeg import get_ffmpeg_exe

from project import embedded

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_LIMIT_S = 30


class Child:
    """A process that answers: ``ask("work", asset=...)``."""

    def __init__(self, env: Mapping[str, str], log: Path, module: str = "tests.bench.streaming_child") -> None:
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module], cwd=ROOT, env={**os.environ, **env},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True, bufsize=1,
            )  # fmt: skip
        self.log = log

    def send(self, do: str, **request: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the bench's worker ended:\n{self.log.read_text(errors='replace')[-3000:]}")
        return json.loads(line)

    def ask(self, do: str, **request: Any) -> Any:
        self.send(do, **request)
        return self.answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Box:
    folder: Path
    env: dict[str, str]
    child: Child

    @property
    def films(self) -> Path:
        path = self.folder / "films"
        path.mkdir(exist_ok=True)
        return path

    def new_child(self) -> Child:
        return Child(self.env, self.folder / "children.log")


def noting_ffmpeg(folder: Path) -> tuple[Path, Path]:
    """An ffmpeg that writes its arguments to a file, then becomes the real one: (program, file)."""
    notes, program = folder / "ffmpeg-starts", folder / "ffmpeg"
    notes.touch()
    notes.chmod(0o666)
    program.write_text(f'#!/bin/sh\necho "$@" >> {notes}\nexec {get_ffmpeg_exe()} "$@"\n')
    program.chmod(0o755)
    return program, notes


def encodes_noted(notes: Path) -> int:
    """Starts of an encoder of pictures."""
    return sum(" libx264 " in line for line in notes.read_text().splitlines())


@contextmanager
def engine_box() -> Iterator[Box]:
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="matinee-bench-", ignore_cleanup_errors=True))
        folder = Path(name)
        folder.chmod(0o755)
        servers = folder / "servers"
        servers.mkdir(mode=0o711)
        keeper = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/embedded_pair.py"), str(servers)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        stack.callback(_stop, keeper)
        if keeper.stdout is None or keeper.stdout.readline().strip() != "ready":
            raise SystemExit("The bundled Postgres and Valkey did not start.")
        env = {
            "DATA_DIR": str(folder), "MEDIA_ROOT": str(folder / "media"), "SECRET_KEY": "bench-only-" + "x" * 40,
            "DJANGO_SETTINGS_MODULE": "project.settings", "MATINEE_DEMO": "0",
            **embedded.settings_from({}, servers),
        }  # fmt: skip
        (folder / "media").mkdir()
        child = stack.enter_context(Child(env, folder / "children.log"))
        child.ask("migrate")
        yield Box(folder, env, child)


def _stop(keeper: subprocess.Popen[str]) -> None:
    if keeper.stdin is not None:
        keeper.stdin.close()
    try:
        keeper.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        keeper.kill()
