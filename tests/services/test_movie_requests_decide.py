"""Follow, leave, cancel, retry, approve, decline: who may, when, and what is left."""

import threading
from uuid import UUID, uuid4

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.catalog import services as catalog
from apps.catalog.models import Title
from apps.common.errors import Conflict, Invalid, NotFound
from apps.movie_requests import selectors, services
from apps.movie_requests.models import Acquisition, Follow
from apps.movie_requests.services.sources import release_leftovers
from apps.notifications.models import Notification
from apps.torrents.models import Torrent
from tests import acquisitions as at
from tests.accounts_cast import person


@pytest.fixture
def alice(db) -> User:
    return person("alice")


@pytest.fixture
def bob(db) -> User:
    return person("bob")


@pytest.fixture
def acquisition(alice: User) -> Acquisition:
    title = catalog.create_manual_title(name="Big Buck Bunny")
    return services.submit(user_id=alice.pk, title_id=title.pk, torrent=at.metainfo())[0]


def follow(acquisition: Acquisition, user: User) -> None:
    services.submit(user_id=user.pk, title_id=acquisition.title_id)


def fail(acquisition: Acquisition) -> None:
    at.fail_download(acquisition, "No peers.")
    services.advance(acquisition.pk)
    acquisition.refresh_from_db()
    assert acquisition.state == "failed"


def test_the_last_follower_who_leaves_ends_the_request(acquisition: Acquisition, alice: User, bob: User) -> None:
    follow(acquisition, bob)
    assert services.unfollow(acquisition_id=acquisition.pk, user_id=alice.pk).state == "queued"
    assert services.unfollow(acquisition_id=acquisition.pk, user_id=bob.pk).state == "cancelled"
    services.advance(acquisition.pk)
    assert Torrent.objects.get().state == "removed"
    assert Title.objects.get().availability == "none"


@pytest.mark.django_db(transaction=True)
def test_two_last_followers_who_leave_at_once_end_it_once() -> None:
    alice, bob = person("alice"), person("bob")
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=at.metainfo())
    follow(acquisition, bob)
    gate = threading.Barrier(2)

    def leave(user_id: UUID) -> None:
        try:
            gate.wait()
            services.unfollow(acquisition_id=acquisition.pk, user_id=user_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(one.pk,)) for one in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    acquisition.refresh_from_db()
    assert acquisition.state == "cancelled"
    assert acquisition.log.filter(kind="cancelled").count() == 1


def test_leaving_twice_is_leaving_once(acquisition: Acquisition, alice: User, bob: User) -> None:
    follow(acquisition, bob)
    services.unfollow(acquisition_id=acquisition.pk, user_id=bob.pk)
    with pytest.raises(NotFound):
        services.unfollow(acquisition_id=acquisition.pk, user_id=bob.pk)
    assert services.unfollow(acquisition_id=acquisition.pk, user_id=alice.pk).state == "cancelled"


def test_somebody_who_left_may_come_back(acquisition: Acquisition, bob: User) -> None:
    follow(acquisition, bob)
    services.unfollow(acquisition_id=acquisition.pk, user_id=bob.pk)
    services.follow(acquisition_id=acquisition.pk, user_id=bob.pk)
    version = services.follow(acquisition_id=acquisition.pk, user_id=bob.pk).version
    assert bob.pk in at.followers_of(acquisition)
    assert acquisition.log.filter(seq__lte=version).count() == version
    assert Follow.objects.filter(user=bob).count() == 1


def test_a_stranger_can_do_nothing(acquisition: Acquisition) -> None:
    charlie = person("charlie").pk
    with pytest.raises(NotFound):
        services.follow(acquisition_id=acquisition.pk, user_id=charlie)
    with pytest.raises(NotFound):
        services.unfollow(acquisition_id=acquisition.pk, user_id=charlie)
    with pytest.raises(NotFound):
        services.cancel(acquisition_id=acquisition.pk, user_id=charlie, is_operator=False)
    with pytest.raises(NotFound):
        services.retry(acquisition_id=acquisition.pk, user_id=charlie, is_operator=False)
    assert selectors.visible_to(charlie).count() == 0


def test_the_requester_who_cancels_leaves_alone_those_who_still_want_it(
    acquisition: Acquisition, alice: User, bob: User
) -> None:
    follow(acquisition, bob)
    assert services.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False).state == "queued"
    assert at.followers_of(acquisition) == {bob.pk}
    assert services.cancel(acquisition_id=acquisition.pk, user_id=bob.pk, is_operator=False).state == "cancelled"


def test_the_requester_whom_nobody_followed_cancels(acquisition: Acquisition, alice: User) -> None:
    done = services.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
    assert (done.state, done.reason) == ("cancelled", "Cancelled by the person who asked for it.")
    with pytest.raises(Conflict):
        services.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)


def test_a_requester_who_left_cannot_cancel_what_others_still_want(
    acquisition: Acquisition, alice: User, bob: User
) -> None:
    follow(acquisition, bob)
    services.unfollow(acquisition_id=acquisition.pk, user_id=alice.pk)
    done = services.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
    assert done.state == "queued"
    assert at.followers_of(acquisition) == {bob.pk}


def test_for_a_follower_cancelling_is_leaving(acquisition: Acquisition, alice: User, bob: User) -> None:
    follow(acquisition, bob)
    done = services.cancel(acquisition_id=acquisition.pk, user_id=bob.pk, is_operator=False)
    assert done.state == "queued"
    assert at.followers_of(acquisition) == {alice.pk}


def test_the_operator_cancels_anything_for_everybody(acquisition: Acquisition, bob: User) -> None:
    follow(acquisition, bob)
    olivia = person("olivia", is_staff=True)
    done = services.cancel(acquisition_id=acquisition.pk, user_id=olivia.pk, is_operator=True)
    assert (done.state, done.reason) == ("cancelled", "Cancelled by the operator.")


def test_a_cancelled_film_can_be_asked_for_again(acquisition: Acquisition, alice: User) -> None:
    services.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
    services.advance(acquisition.pk)
    again, is_new = services.submit(user_id=alice.pk, title_id=acquisition.title_id, torrent=at.metainfo())
    assert is_new
    assert again.state == "queued"
    assert Torrent.objects.exclude(state="removed").get().pk == again.torrent_id


def test_a_failed_request_is_retried_with_its_own_torrent(acquisition: Acquisition, alice: User) -> None:
    first = at.torrent_of(acquisition).pk
    fail(acquisition)
    done = services.retry(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
    assert done.state == "queued"
    assert done.torrent_id != first
    assert at.torrent_of(acquisition).state == "wanted"
    assert Title.objects.get().availability == "requested"
    fail(acquisition)
    assert Notification.objects.filter(announcement__kind="failed").count() == 1


def test_cleaning_up_after_the_first_try_spares_the_second(acquisition: Acquisition, alice: User) -> None:
    fail(acquisition)
    seen_before_the_retry = Acquisition.objects.get()
    services.retry(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
    release_leftovers(seen_before_the_retry)
    assert at.torrent_of(acquisition).state == "wanted"


def test_there_is_nothing_to_retry_while_it_works(acquisition: Acquisition, alice: User) -> None:
    with pytest.raises(Conflict, match="queued"):
        services.retry(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)


def test_a_retry_beside_a_newer_request_is_a_conflict(acquisition: Acquisition, alice: User, bob: User) -> None:
    fail(acquisition)
    _, is_new = services.submit(user_id=bob.pk, title_id=acquisition.title_id)
    assert is_new
    with pytest.raises(Conflict, match="already"):
        services.retry(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
    acquisition.refresh_from_db()
    assert acquisition.state == "failed"


def test_coming_and_going_at_an_old_failed_request_leaves_the_newer_one_on_the_shelves(
    acquisition: Acquisition, alice: User, bob: User
) -> None:
    fail(acquisition)
    services.submit(user_id=bob.pk, title_id=acquisition.title_id, torrent=at.metainfo("other.mkv"))
    assert Title.objects.get().availability == "requested"
    services.unfollow(acquisition_id=acquisition.pk, user_id=alice.pk)
    services.follow(acquisition_id=acquisition.pk, user_id=alice.pk)
    assert Title.objects.get().availability == "requested"


def test_approval_is_asked_for_when_the_operator_wants_it(alice: User, settings) -> None:
    settings.REQUESTS_NEED_APPROVAL = True
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=at.metainfo())
    assert acquisition.state == "pending_approval"
    assert Torrent.objects.count() == 0  # nothing is downloaded before somebody agrees
    assert selectors.item(acquisition, alice.pk)["reason"]
    assert services.approve(acquisition_id=acquisition.pk).state == "queued"
    with pytest.raises(Conflict):
        services.approve(acquisition_id=acquisition.pk)
    with pytest.raises(NotFound):
        services.approve(acquisition_id=uuid4())


def test_declining_needs_a_reason_which_reaches_the_follower(alice: User, settings) -> None:
    settings.REQUESTS_NEED_APPROVAL = True
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=at.metainfo())
    with pytest.raises(Invalid):
        services.decline(acquisition_id=acquisition.pk, reason="  ")
    assert services.decline(acquisition_id=acquisition.pk, reason="We have no rights to it.").state == "declined"
    note = Notification.objects.get()
    assert note.announcement.kind == "declined"
    assert "We have no rights to it." in note.announcement.body
    services.sweep()
    assert Torrent.objects.count() == 0


def test_operators_hear_of_a_request_that_waits_for_them(alice: User, settings) -> None:
    settings.REQUESTS_NEED_APPROVAL = True
    olivia = person("olivia", is_staff=True)
    services.submit(user_id=alice.pk, title_id=catalog.create_manual_title(name="Big Buck Bunny").pk)
    note = Notification.objects.get()
    assert (note.user_id, note.announcement.kind) == (olivia.pk, "approval_needed")


@pytest.mark.django_db(transaction=True)
def test_followers_who_come_and_a_requester_who_cancels_at_once_leave_one_clear_end() -> None:
    alice = person("alice")
    people = [person(f"p{number}") for number in range(10)]
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=at.metainfo())
    gate = threading.Barrier(11)
    faults: list[Exception] = []

    def run(number: int) -> None:
        try:
            gate.wait()
            if number == 10:
                services.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
            else:
                services.submit(user_id=people[number].pk, title_id=title.pk)
        except Exception as error:  # noqa: BLE001 - whatever it is, it fails the test below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    acquisition.refresh_from_db()
    waiting = Follow.objects.filter(left_at=None, acquisition__state__in=["queued", "searching"])
    assert set(waiting.values_list("user_id", flat=True)) == {one.pk for one in people}
    assert acquisition.state == ("queued" if waiting.filter(acquisition=acquisition).exists() else "cancelled")
    assert Acquisition.objects.filter(state="searching").count() <= 1
