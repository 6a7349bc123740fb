"""Workers killed with -9 while they deliver: no mail twice, none silently lost, every inbox row there once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from accounts_cast import person
from django.db import connection
from django.utils import timezone
from smtp_sink import SmtpSink

from apps.notifications import services
from apps.notifications.domain import Kind, State
from apps.notifications.models import Delivery, Notification

MESSAGES = int(os.environ.get("KILL_TEST_MESSAGES", "60"))
ROUNDS = int(os.environ.get("KILL_TEST_ROUNDS", "6"))
# Loads Django once and forks a fresh worker for each line on its input, so that twenty kills do not cost twenty starts.
NURSERY = """
import django, os, sys
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", int(sys.argv[2]), False
from apps.notifications import services
for _ in sys.stdin:
    worker = os.fork()
    while worker == 0:
        services.deliver_due()
    print(worker, flush=True)
    os.waitpid(worker, 0)
"""


class Nursery:
    """Starts workers in another process and kills them with -9; none survives the ``with`` block."""

    def __init__(self, port: int) -> None:
        command = [sys.executable, "-c", NURSERY, connection.settings_dict["NAME"], str(port)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.worker = 0

    def __enter__(self) -> "Nursery":
        return self

    def start(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.worker = int(self.process.stdout.readline())

    def kill(self) -> None:
        if self.worker:
            os.kill(self.worker, signal.SIGKILL)
        self.worker = 0

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.process.communicate(timeout=30)


def states():
    return Counter(Delivery.objects.values_list("state", flat=True))


def wait_until(is_done):
    deadline = time.monotonic() + 120
    while not is_done():
        assert time.monotonic() < deadline, states()
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_nothing_visible_and_double_nothing():
    random.seed(20)
    people = [person(f"bob{number}") for number in range(MESSAGES)]
    for turn in range(2):  # the announcing side is repeated too, as a retried job would
        for number, bob in enumerate(people):
            services.notify(
                key=f"ready:{number}", kind=Kind.READY, recipients=[bob.pk], title="Ready", body=f"{turn}", link=""
            )
    with SmtpSink(delay_s=0.02) as sink, Nursery(sink.port) as nursery:
        for _ in range(ROUNDS):
            goal = len(sink.taken) + random.randint(1, 5)
            nursery.start()
            wait_until(lambda goal=goal: len(sink.taken) >= goal)
            time.sleep(random.uniform(0, 0.04))  # before, while or after the server answers, or in the next one
            nursery.kill()
        nursery.start()
        wait_until(lambda: not states()[State.QUEUED])
        # What the killed left in hand is judged after its time; an hour is put on the clock of the rows.
        in_hand = Delivery.objects.filter(state__in=[State.SENDING, State.HANDED])
        in_hand.update(moved_at=timezone.now() - timedelta(hours=1))
        wait_until(lambda: not set(states()) - {State.SENT, State.UNKNOWN})
    mails = Counter(recipient for recipient, _ in sink.taken)
    assert Notification.objects.count() == MESSAGES
    assert max(mails.values()) == 1
    assert set(states()) <= {State.SENT, State.UNKNOWN}
    assert states()[State.UNKNOWN] <= ROUNDS
    sent = Delivery.objects.filter(state=State.SENT).values_list("notification__user__email", flat=True)
    assert set(sent) <= set(mails)
    print(f"{MESSAGES} messages, {ROUNDS} kills: {dict(states())}, mails {sum(mails.values())}")
