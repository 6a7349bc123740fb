"""Who is in the family: the command line, readiness test and stop signal of every process of a run."""

import http.client
import signal
import sys
from pathlib import Path

from apps.common.machine import cores
from apps.streaming.domain.priorities import slots_for
from project import embedded
from project.supervisor.child import Child, log_says
from project.supervisor.plan import ROOT, RUN_MARK, Plan

WORKER_OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--pool=threads")
FILM_THREADS = slots_for(cores()).threads  # they watch ffmpeg; most stay free for viewers who wait
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - keys only


def servers(plan: Plan, home: Path) -> list[Child]:
    """The embedded Postgres and Valkey, as far as this run has them."""
    env = embedded.plain_environment(plan.data_dir) | {RUN_MARK: str(plan.data_dir)}
    found = []
    if plan.own_database:
        found.append(
            Child(
                name="postgres",
                title="Postgres",
                command=embedded.postgres_command(plan.database_dir, plan.sockets, home=home),
                env=env,
                log=plan.logs / "postgres.log",
                is_ready=lambda _: embedded.is_postgres_ready(plan.sockets, home=home),
                order=1,
                polite_signal=signal.SIGINT,  # fast shutdown; SIGTERM would wait for idle clients
                run_as=embedded.run_as(plan.server_user),
            )
        )
    if plan.own_broker:
        found.append(
            Child(
                name="valkey",
                title="Valkey",
                command=embedded.valkey_command(plan.sockets),
                env=env,
                log=plan.logs / "valkey.log",
                is_ready=lambda _: embedded.is_valkey_ready(plan.sockets),
                order=1,
                run_as=embedded.run_as(plan.server_user),
            )
        )
    return found


def processes(plan: Plan, env: dict[str, str]) -> list[Child]:
    """Ours: the web server, the torrent engine, the three workers and the clock."""
    # In memory: the file of the default scheduler is spoilt by a kill, and every entry here is a short interval.
    beat = ["-m", "celery", "-A", "project", "beat", "-S", "celery.beat:Scheduler", "--pidfile="]
    rows = [
        ("web", "Web (daphne)", _daphne(plan), lambda _: answers_http(plan)),
        ("torrentd", "Torrent engine", ["manage.py", "torrentd"], log_says("torrentd.ready")),
        ("worker", "Worker (metadata, requests)", _worker("default,fetch", 4), log_says(" ready.")),
        ("mail", "Worker (mail)", _worker("mail", 2), log_says(" ready.")),
        ("transcode", "Worker (films)", _worker("transcode", FILM_THREADS), log_says(" ready.")),
        (
            "beat",
            "Clock (beat)",
            beat,
            log_says("scheduler ->"),
        ),
    ]
    return [
        Child(
            name=name,
            title=title,
            command=[sys.executable, *arguments],
            env=env,
            log=plan.logs / f"{name}.log",
            is_ready=is_ready,
            cwd=str(ROOT),
        )
        for name, title, arguments, is_ready in rows
    ]


def demo(plan: Plan, env: dict[str, str]) -> Child:
    return Child(
        name="demo",
        title="Demo film, made, fetched and packaged",
        command=[sys.executable, "manage.py", "seed_demo"],
        env=env,
        log=plan.logs / "demo.log",
        is_ready=lambda _: False,
        cwd=str(ROOT),
        once=True,
    )


def _daphne(plan: Plan) -> list[str]:
    """Sockets may last for ever (`--websocket_timeout -1`); a peer that answers no ping for 30 s is gone.

    `-v 0`: its log of requests would hold the signatures of films.
    """
    host = plan.host or "0.0.0.0"  # noqa: S104 - the operator's HOST; this is its default
    return [
        "-m", "daphne", "-v", "0", "-b", host, "-p", str(plan.port), "--websocket_timeout", "-1",
        "--ping-interval", "20", "--ping-timeout", "30", "--no-server-name", "project.asgi:application",
    ]  # fmt: skip


def _worker(queues: str, concurrency: int) -> list[str]:
    """Threads: the work is waiting for the network and for ffmpeg, and one process is one thing to heal."""
    name = f"{queues.partition(',')[0]}@matinee"
    return [
        "-m", "celery", "-A", "project", "worker", "-n", name, "-Q", queues, "-c", str(concurrency), "-l", "INFO",
        *WORKER_OPTIONS,
    ]  # fmt: skip


def answers_http(plan: Plan) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK.get(plan.host, plan.host), plan.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
