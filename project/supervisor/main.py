"""`manage.py up`: the steps of a start, in order, each with its line and its time."""

import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from project import embedded
from project.supervisor import console, frontend, keys, lock, privileges, roster, watchdog
from project.supervisor.child import follow_make
from project.supervisor.family import Family
from project.supervisor.plan import ROOT, RUN_MARK, Plan, child_environment, make_plan

PREPARE_LIMIT_S = 300


def up() -> int:
    """Run until asked to stop. Gives the exit code."""
    began = time.monotonic()
    os.umask(0o022)
    data_dir = Path(os.environ["DATA_DIR"])
    media_root = Path(os.environ["MEDIA_ROOT"])
    print(f"Matinee in {ROOT}, data in {data_dir}", flush=True)
    _check_disk_tools()
    frontend.prepare()
    plan = make_plan(data_dir=data_dir, server_user=privileges.settle(data_dir, media_root))
    lock_fd = lock.take(plan.data_dir, plan.local_url)
    _refuse_taken_port(plan)
    plan.logs.mkdir(exist_ok=True, mode=0o700)
    mark = f"{RUN_MARK}={plan.data_dir}"
    watchdog.end_strays(mark.encode())
    family = Family(mark=mark, lock_fd=lock_fd)
    family.handle_signals()
    follow_make()
    try:
        _start(family, plan, began)
        family.live()
    finally:
        console.say("Stopping")
        stopping = time.monotonic()
        family.stop()
        console.step("Everything stopped", time.monotonic() - stopping)
    return 0


def _start(family: Family, plan: Plan, began: float) -> None:
    env = child_environment(plan, keys.load_or_make(plan.data_dir))
    addresses = ("DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "HOST", "PORT")
    keys.write_private(plan.data_dir / keys.ADDRESSES_FILE, {name: env[name] for name in addresses})
    _start_servers(family, plan)
    if family.stop_requests:
        return
    setup_link = _prepare(env)
    ours = roster.processes(plan, env)
    family.start(ours)
    family.wait_until_ready({child.name for child in ours})
    if family.stop_requests:
        return
    lan = console.lan_address() if plan.host in roster.LOOPBACK else None
    console.welcome(
        local_url=plan.local_url,
        lan_url=f"http://{lan}:{plan.port}" if lan else None,
        setup_link=setup_link,
        seconds=time.monotonic() - began,
    )
    if plan.wants_demo:
        family.start([roster.demo(plan, env)])


def _start_servers(family: Family, plan: Plan) -> None:
    if not plan.own_database and not plan.own_broker:
        return
    embedded.make_private_dir(plan.sockets, plan.server_user)
    home = embedded.reachable_postgres_home(plan.server_user) if plan.own_database else Path()
    if plan.own_database:
        began = time.monotonic()
        plan.database_dir.parent.mkdir(parents=True, exist_ok=True)
        if embedded.init_postgres(plan.database_dir, home=home, owner=plan.server_user):
            console.step("Database folder (initdb)", time.monotonic() - began)
    children = roster.servers(plan, home)
    family.start(children)
    family.wait_until_ready({child.name for child in children})
    if plan.own_database and not family.stop_requests:
        embedded.create_database(plan.sockets, embedded.DATABASE, home=home, owner=plan.server_user)


def _prepare(env: dict[str, str]) -> str | None:
    """Migrations and checks; gives the set-up link when the server has no operator yet."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "project.supervisor.prepare"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=PREPARE_LIMIT_S,
    )  # fmt: skip
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise SystemExit(f"matinee: preparing the database failed:\n{tail}")
    console.step("Migrations and checks", time.monotonic() - began)
    return done.stdout.strip() or None


def _refuse_taken_port(plan: Plan) -> None:
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((plan.host, plan.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SystemExit(f"matinee: port {plan.port} is taken by another program; set PORT.") from None
            raise SystemExit(f"matinee: cannot listen at {plan.host}:{plan.port}: {error.strerror}.") from None


def _check_disk_tools() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < 500_000_000:
        raise SystemExit(f"matinee: only {free // 1_000_000} MB are free on the disk; 500 MB are needed to start.")
