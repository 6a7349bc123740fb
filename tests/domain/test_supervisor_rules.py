"""What must not end the supervisor: a full disk, a machine under load."""

import errno
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from project import embedded
from project.supervisor import child


def test_a_log_is_cut_even_when_the_disk_is_too_full_to_keep_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    log = tmp_path / "web.log"
    log.write_bytes(b"line\n" * 10)
    monkeypatch.setattr(child, "LOG_LIMIT_BYTES", 20)
    monkeypatch.setattr(Path, "write_bytes", full)
    child.Child("web", "Web", [], {}, log, is_ready=lambda _: True).trim_log()
    assert log.stat().st_size == 0
    assert not log.with_suffix(".log.1").exists()


def test_a_postgres_that_does_not_say_in_time_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(command: list[str], **_: object) -> NoReturn:
        raise subprocess.TimeoutExpired(command, 5)

    monkeypatch.setattr(subprocess, "run", slow)
    assert embedded.is_postgres_ready(tmp_path, home=tmp_path) is False
