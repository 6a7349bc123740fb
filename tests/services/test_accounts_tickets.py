import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from accounts_cast import guest, person
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connections
from django.utils import timezone

from apps.accounts import live, selectors, services
from apps.accounts.domain import Person
from apps.accounts.models import SocketTicket, User
from apps.common.errors import Unauthenticated
from apps.common.events import user_group

HOME = services.Origin()


def redeem(value, purpose="updates", room_id=None) -> Person:
    return services.redeem_ticket(value=value, purpose=purpose, room_id=room_id)


def is_welcome(who) -> bool:
    return who in selectors.still_welcome([who])


@pytest.fixture
async def _closed_connections():
    """Async tests talk to the database from a thread of their own, which must let go of it at the end."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.mark.django_db
class TestTickets:
    def test_a_ticket_works_once(self):
        ticket = services.issue_ticket(user=person("alice"), purpose="updates", room_id=None)
        assert redeem(ticket).name == "Alice"
        with pytest.raises(Unauthenticated):
            redeem(ticket)

    def test_a_ticket_works_for_thirty_seconds(self):
        ticket = services.issue_ticket(user=person("alice"), purpose="updates", room_id=None)
        SocketTicket.objects.update(expires_at=timezone.now() - timedelta(milliseconds=1))
        with pytest.raises(Unauthenticated):
            redeem(ticket)

    def test_a_ticket_for_one_thing_is_nothing_for_another(self):
        alice, room = person("alice"), uuid4()
        ticket = services.issue_ticket(user=alice, purpose="room", room_id=room)
        for purpose, room_id in (("updates", None), ("room", uuid4()), ("room", None)):
            with pytest.raises(Unauthenticated):
                redeem(ticket, purpose, room_id)
        assert redeem(ticket, "room", room).id == alice.pk

    @pytest.mark.parametrize("value", ["", "x", "é", "x" * 10_000])
    def test_charlie_is_refused_with_a_guess(self, value):
        with pytest.raises(Unauthenticated):
            redeem(value)

    def test_the_table_holds_no_ticket(self):
        ticket = services.issue_ticket(user=person("alice"), purpose="updates", room_id=None)
        assert ticket not in str(list(SocketTicket.objects.values()))

    def test_a_ticket_of_an_ended_session_is_worthless(self):
        alice = person("alice")
        tokens = services.open_session(alice, HOME)
        ticket = services.issue_ticket(user=alice, purpose="updates", room_id=None, family=tokens.family)
        services.sign_out(token=tokens.refresh)
        with pytest.raises(Unauthenticated):
            redeem(ticket)

    def test_old_tickets_are_swept_away(self):
        services.issue_ticket(user=person("alice"), purpose="updates", room_id=None)
        SocketTicket.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
        services.sweep()
        assert not SocketTicket.objects.exists()


@pytest.mark.django_db
class TestWelcome:
    def test_a_person_is_welcome_until_their_session_ends(self):
        alice = person("alice")
        here, there = services.open_session(alice, HOME), services.open_session(alice, HOME)
        at_desk, on_phone = (alice.as_person(family=tokens.family) for tokens in (here, there))
        services.sign_out(token=there.refresh)
        assert is_welcome(at_desk)
        assert not is_welcome(on_phone)

    def test_signing_out_everywhere_ends_sockets_without_a_session_too(self):
        alice = person("alice")
        assert is_welcome(alice.as_person())
        services.sign_out_everywhere(alice.pk)
        assert not is_welcome(alice.as_person())

    def test_many_are_asked_about_at_once(self, django_assert_num_queries):
        alice, bob = person("alice"), person("bob")
        here, there = services.open_session(alice, HOME), services.open_session(alice, HOME)
        stays, goes = (alice.as_person(family=tokens.family) for tokens in (here, there))
        stolen = bob.as_person(family=here.family)
        services.sign_out(token=there.refresh)
        with django_assert_num_queries(2):
            found = selectors.still_welcome([stays, goes, bob.as_person(), stolen])
        assert found == {stays, bob.as_person()}

    def test_a_disabled_person_is_not_welcome(self):
        alice = person("alice")
        User.objects.update(is_active=False)
        assert not is_welcome(alice.as_person())

    def test_closing_a_room_ends_its_guests_and_no_others(self):
        room, other_room = uuid4(), uuid4()
        gwen, greg, alice = guest(room), guest(other_room, "Greg"), person("alice")
        assert services.close_guests(room) == 1
        assert [is_welcome(who.as_person()) for who in (gwen, greg, alice)] == [False, True, True]
        assert User.objects.get(pk=gwen.pk).name == "Gwen"

    def test_a_guest_ends_with_their_time(self):
        gwen = guest(uuid4())
        User.objects.update(guest_until=timezone.now() - timedelta(seconds=1))
        services.sweep()
        assert not is_welcome(gwen.as_person())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_closed_connections")
async def test_of_eight_sockets_with_one_ticket_one_gets_in():
    alice = await sync_to_async(person)("alice")
    ticket = await sync_to_async(services.issue_ticket)(user=alice, purpose="updates", room_id=None)

    async def try_it():
        try:
            await live.redeem_ticket(value=ticket, purpose="updates", room_id=None)
        except Unauthenticated:
            return 0
        return 1

    assert sum(await asyncio.gather(*(try_it() for _ in range(8)))) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_closed_connections")
@pytest.mark.parametrize("end", ["sign_out", "everywhere", "replay"])
async def test_revocation_wakes_the_sockets_of_the_person(end):
    alice = await sync_to_async(person)("alice")
    tokens = await sync_to_async(services.open_session)(alice, HOME)
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(user_group(alice.pk), channel)
    await sync_to_async(END[end])(alice, tokens)
    message = await asyncio.wait_for(layer.receive(channel), 5)
    assert message["frame"] == {"t": "signed_out"}


def _replay(_, tokens):
    services.refresh(token=tokens.refresh, origin=HOME)
    from apps.accounts.models import RefreshToken

    RefreshToken.objects.exclude(used_at=None).update(used_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(Unauthenticated):
        services.refresh(token=tokens.refresh, origin=HOME)


END = {
    "sign_out": lambda _, tokens: services.sign_out(token=tokens.refresh),
    "everywhere": lambda alice, _: services.sign_out_everywhere(alice.pk),
    "replay": _replay,
}
