"""Which worker does which job: settings, supervisor and container say the same."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import settings

from apps.common.jobs import QUEUES, Job, Queue
from project.supervisor import roster
from project.supervisor.plan import Plan

ENTRYPOINT = Path(__file__).resolve().parent.parent.parent / "docker" / "entrypoint.sh"
MAIL = {
    Job.SEND_ACCOUNT_MAIL,
    Job.DELIVER_NOTIFICATIONS,
    Job.SWEEP_ACCOUNTS,
    Job.SWEEP_NOTIFICATIONS,
    Job.SEND_PARTY_LETTER,
}


def served(command: str) -> set[str]:
    return {name for names in re.findall(r"worker .*?-Q (\S+)", command) for name in names.split(",")}


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=lambda entry: entry["task"])
def test_the_clock_sends_a_sweep_where_a_wake_up_would_go(entry: dict[str, Any]) -> None:
    assert entry["options"]["queue"] == QUEUES.get(Job(entry["task"]), Queue.DEFAULT)


def test_a_silent_mail_server_holds_only_the_threads_of_mail() -> None:
    assert {job for job, queue in QUEUES.items() if queue == Queue.MAIL} == MAIL
    commands = [" ".join(child.command) for child in children()]
    assert [served(command) for command in commands if "mail" in served(command)] == [{"mail"}]


def test_every_queue_has_a_worker_at_home_and_in_containers() -> None:
    queues = {queue.value for queue in Queue}
    assert {queue.name for queue in settings.CELERY_TASK_QUEUES} == queues
    assert set.union(*(served(" ".join(child.command)) for child in children())) == queues
    assert served(ENTRYPOINT.read_text()) == queues


def test_the_container_counts_threads_for_films_as_at_home() -> None:
    [program] = re.findall(r"-Q transcode .*--concurrency \"\$\(python -c '(.*)'\)\"", ENTRYPOINT.read_text())
    said = subprocess.run([sys.executable, "-c", program], cwd=ENTRYPOINT.parent.parent, capture_output=True, text=True)
    assert said.stdout.strip() == str(roster.FILM_THREADS), said.stderr


def children() -> list[roster.Child]:
    plan = SimpleNamespace(host="127.0.0.1", port=8000, logs=Path("/nowhere"))
    return roster.processes(cast(Plan, plan), {})
