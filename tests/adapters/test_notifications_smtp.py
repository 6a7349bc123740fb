"""Mail over a real SMTP conversation: what the server says decides the delivery's state."""

import socket

import pytest
from accounts_cast import person
from django.utils import timezone
from smtp_sink import SmtpSink

from apps.common.mail import MailNotSent, MailUnsure, send_mail
from apps.notifications import services
from apps.notifications.domain import Kind, State
from apps.notifications.models import Delivery


@pytest.fixture
def sink(settings):
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        yield server


def tell_bob():
    bob = person("bob")
    services.notify(key="k", kind=Kind.READY, recipients=[bob.pk], title="Ready: Ünïcode", body="Now.", link="/t/1")
    return Delivery.objects.get()


def deliver_again():
    Delivery.objects.update(due_at=timezone.now())
    services.deliver_due()
    return Delivery.objects.get()


def test_a_mail_arrives_whole(sink):
    send_mail(to="bob@example.org", subject="Grüße", text="Line one\n.\nLine three ✓")
    ((recipient, message),) = sink.taken
    assert recipient == "bob@example.org"
    assert "Subject: =?utf-8?" in message
    assert message.count("To: ") == 1


def test_nobody_listening_is_surely_not_sent(settings, sink):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = unused.getsockname()[1]
        with pytest.raises(MailNotSent) as refusal:
            send_mail(to="bob@example.org", subject="x", text="x")
    assert not refusal.value.is_final


@pytest.mark.parametrize(("reply", "is_final"), [("550 no such user", True), ("451 try later", False)])
def test_a_refused_recipient_is_surely_not_sent(sink, reply, is_final):
    sink.refusals["bob@example.org"] = reply
    with pytest.raises(MailNotSent) as refusal:
        send_mail(to="bob@example.org", subject="x", text="x")
    assert refusal.value.is_final is is_final
    assert sink.taken == []


def test_a_connection_that_breaks_off_after_the_mail_is_unsure(sink):
    sink.breaks_off = True
    with pytest.raises(MailUnsure):
        send_mail(to="bob@example.org", subject="x", text="x")


def test_a_server_that_does_not_answer_in_time_is_unsure(sink, settings):
    sink.delay_s = 2
    settings.EMAIL_TIMEOUT = 0.3
    with pytest.raises(MailUnsure):
        send_mail(to="bob@example.org", subject="x", text="x")


@pytest.mark.django_db
class TestStates:
    def test_taken_is_sent(self, sink):
        tell_bob()
        services.deliver_due()
        assert Delivery.objects.get().state == State.SENT
        assert len(sink.taken) == 1

    def test_refused_for_now_is_failed_and_arrives_later(self, sink):
        sink.refusals["bob@example.org"] = "451 try later"
        tell_bob()
        assert deliver_again().state == State.FAILED
        sink.refusals.clear()
        assert deliver_again().state == State.SENT
        assert len(sink.taken) == 1

    def test_refused_for_good_is_dead_at_once(self, sink):
        sink.refusals["bob@example.org"] = "550 no such user"
        tell_bob()
        delivery = deliver_again()
        assert delivery.state == State.DEAD
        assert delivery.attempts == 1
        assert "no such user" in delivery.reason

    def test_broken_off_is_unknown_and_not_sent_again(self, sink):
        sink.breaks_off = True
        tell_bob()
        assert deliver_again().state == State.UNKNOWN
        sink.breaks_off = False
        assert deliver_again().state == State.UNKNOWN
        assert len(sink.taken) == 1
