"""What a foreign program may take, asked of the kernel by programs that try to take more."""

import json
import resource
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from apps.streaming.adapters import ffmpeg, process, work_size
from project.supervisor.plan import RUN_MARK

MIB = 1024**2
SMALL = process.Limits(memory_bytes=256 * MIB, file_bytes=MIB, cpu_s=1, open_files=16)


def run(program: str, cwd: Path, limits: process.Limits = SMALL) -> tuple[int, str]:
    child = process.start([sys.executable, "-c", program], cwd=cwd, limits=limits)
    try:
        out, err = child.communicate(timeout=30)
    finally:
        process.end(child)
    return child.returncode, (out + err).decode()


def test_a_program_cannot_take_more_memory_than_its_limit(tmp_path):
    assert run("bytearray(64 << 20)", tmp_path) == (0, "")
    code, said = run("bytearray(512 << 20)", tmp_path)
    assert code == 1
    assert "MemoryError" in said


def test_a_program_cannot_write_a_larger_file_than_its_limit(tmp_path):
    code, said = run("open('big', 'wb').write(bytes(4 << 20))", tmp_path)
    assert code != 0
    assert "File too large" in said
    assert (tmp_path / "big").stat().st_size <= MIB


def test_a_program_that_only_computes_is_ended(tmp_path):
    code, _ = run("while True: pass", tmp_path)
    assert code < 0


def test_a_program_cannot_open_files_without_end(tmp_path):
    code, said = run("kept = [open('/dev/null') for _ in range(100)]", tmp_path)
    assert code == 1
    assert "Too many open files" in said


def test_no_limit_is_raised_above_what_the_worker_has(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    _, said = run(
        "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))",
        tmp_path,
        replace(SMALL, open_files=before[1] * 2),
    )
    assert said.strip() == f"({before[1]}, {before[1]}) (0, 0)"


@pytest.mark.parametrize("is_networked", [True, False])
def test_only_a_program_that_may_use_the_network_reaches_a_listener(tmp_path, is_networked):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(2)
        program = f"import socket; socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}), 5)"
        code, said = run(program, tmp_path, replace(SMALL, is_networked=is_networked, memory_bytes=process.GIB))
        if is_networked:
            assert (code, said) == (0, "")
            listener.accept()[0].close()
        elif code == 0:
            pytest.skip("this kernel gives programs no network of their own; the protocol whitelist holds alone")
        else:
            assert "OSError" in said
            with pytest.raises(TimeoutError):
                listener.accept()


def test_ffmpeg_is_stopped_when_it_fills_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(work_size.refuse_overgrown, "__kwdefaults__", {"files_max": 50, "bytes_max": MIB * 50})
    endless = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25"]
    with pytest.raises(ffmpeg.FfmpegFailed, match="more than 50 files"):
        ffmpeg.run([*endless, "-f", "image2", "%06d.png"], cwd=tmp_path)
    one_file = tmp_path / "one"
    one_file.mkdir()
    with pytest.raises(ffmpeg.FfmpegFailed, match=f"more than {MIB * 50} bytes"):
        ffmpeg.run([*endless, "-c:v", "rawvideo", "-f", "nut", "film.nut"], cwd=one_file)


SECRETS = {
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "postgresql://matinee:hunter2@db/matinee",
    "REDIS_URL": "redis://:hunter2@valkey",
    "S3_ACCESS_KEY": "hunter2",
    "S3_SECRET_KEY": "hunter2",
    "SMTP_PASSWORD": "hunter2",
    "TMDB_API_KEY": "hunter2",
    "NVIDIA_API_KEY": "hunter2",
    "FFREPORT": "file=/tmp/hunter2",
    "A_NAME_OF_TOMORROW": "hunter2",
}
NEEDED = {
    "PATH": "/usr/bin:/bin",
    "TZ": "Europe/Berlin",
    "LC_ALL": "C.UTF-8",
    "LD_LIBRARY_PATH": "/opt/lib",
    "TMPDIR": "/var/tmp",
    "CUDA_VISIBLE_DEVICES": "1",
    "NVIDIA_VISIBLE_DEVICES": "all",
    "LIBVA_DRIVER_NAME": "iHD",
    RUN_MARK: "/data",
}


@pytest.fixture
def telling_environment(monkeypatch):
    for name, value in (SECRETS | NEEDED).items():
        monkeypatch.setenv(name, value)


def test_a_program_sees_what_it_needs_of_our_environment_and_no_secret(tmp_path, telling_environment):
    code, said = run("import json, os; print(json.dumps(dict(os.environ)))", tmp_path)
    assert code == 0, said
    seen = json.loads(said)
    assert NEEDED.items() <= seen.items()
    assert not SECRETS.keys() & seen.keys()
    assert {name for name in seen if not name.startswith(process.SHOWN_FAMILIES)} <= process.SHOWN


def test_the_program_between_sees_no_secret_either(tmp_path, telling_environment, monkeypatch):
    """What starts the program has nothing that it could hand on."""
    own = tmp_path / "launcher.py"
    own.write_text("import json, os; print(json.dumps(dict(os.environ)))")
    monkeypatch.setattr(process, "LAUNCHER", own)
    code, said = run("pass", tmp_path)
    assert code == 0, said
    assert not SECRETS.keys() & json.loads(said).keys()


def test_ffmpeg_encodes_with_nothing_of_our_environment(tmp_path, monkeypatch):
    for name in process.shown_environment():
        monkeypatch.delenv(name)
    film = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=1"]
    ffmpeg.run([*film, "-c:v", "libx264", "film.mp4"], cwd=tmp_path)
    assert (tmp_path / "film.mp4").stat().st_size > 0
