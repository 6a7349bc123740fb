"""Who loses the right to a film loses its bytes: at the next playlist at once, everywhere when the short link ends."""

import asyncio
import time
from datetime import timedelta
from errno import ENOSPC
from pathlib import Path
from uuid import uuid4

import pytest
from accounts_cast import client_of, guest, person
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from django.utils import timezone
from rooms_party import guest_of, room_of
from streaming_rows import SEGMENT, ready_asset

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.common.errors import Forbidden
from apps.rooms.models import Room
from apps.rooms.services import kick
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState
from apps.streaming.models import Admission, MediaAsset
from apps.streaming.services.playback import forget_admissions

pytestmark = pytest.mark.django_db(transaction=True)  # the media view reads rows from another thread


@pytest.fixture(autouse=True)
def closing():
    """Connections of the view's thread would keep the test database from being dropped."""
    yield
    asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture
def asset():
    return ready_asset()


@pytest.fixture
def alice():
    return person("alice")


def links_of(viewer: User, asset: MediaAsset) -> tuple[str, str]:
    playback = services.authorise_playback(viewer_id=viewer.pk, title_id=asset.title_id)
    return playback.master_url, playback.lasting_url


def answer(path: str) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        response = await AsyncClient().get(path)
        body = b"".join([part async for part in response]) if response.streaming else response.content
        return response.status_code, body

    return asyncio.run(ask())


def statuses(links: tuple[str, str]) -> dict[str, int]:
    """A playlist and a segment, by the short link and by the lasting one."""
    names = {"playlist": "master.m3u8", "segment": "v-src/00000.m4s"}
    return {
        f"{kind} {name}": answer(link.replace("master.m3u8", file))[0]
        for kind, link in zip(("short", "lasting"), links, strict=True)
        for name, file in names.items()
    }


OPEN = {"short playlist": 200, "short segment": 200, "lasting playlist": 200, "lasting segment": 200}
# A segment by a short link is nginx's to give; it ends with the link, ten minutes after the last answer at most.
ENDED = {"short playlist": 403, "short segment": 200, "lasting playlist": 403, "lasting segment": 403}


def test_alice_who_was_let_in_gets_everything(asset, alice):
    assert statuses(links_of(alice, asset)) == OPEN


def disable(viewer: User) -> None:
    User.objects.filter(pk=viewer.pk).update(is_active=False)


def sign_out_everywhere(viewer: User) -> None:
    accounts.sign_out_everywhere(viewer.pk)


def lapse(viewer: User) -> None:
    """Nobody let them in again: their plan ended, their room is closed, their page is gone."""
    Admission.objects.filter(viewer=viewer).update(until=timezone.now() - timedelta(seconds=1))


def delete(viewer: User) -> None:
    User.objects.filter(pk=viewer.pk).delete()


@pytest.mark.parametrize("end", [disable, sign_out_everywhere, lapse, delete])
def test_whoever_lost_the_right_gets_no_playlist_and_nothing_by_a_lasting_link(asset, alice, end):
    links = links_of(alice, asset)
    end(alice)
    assert statuses(links) == ENDED
    assert b'"link_revoked"' in answer(links[0])[1]


def test_a_person_who_is_disabled_is_let_in_by_nothing(asset, alice):
    disable(alice)
    with pytest.raises(Forbidden):
        services.authorise_playback(viewer_id=alice.pk, title_id=asset.title_id)


def test_charlie_with_a_link_of_his_own_making_is_refused(asset):
    charlie = person("charlie")
    links = tuple(link.replace(str(charlie.pk), str(uuid4())) for link in links_of(charlie, asset))
    assert set(statuses(links).values()) == {403}


def test_one_viewer_being_let_in_says_nothing_about_another(asset, alice):
    bob = person("bob")
    links = links_of(bob, asset)
    lapse(bob)
    links_of(alice, asset)
    assert statuses(links) == ENDED


def test_being_let_in_to_one_film_says_nothing_about_another(asset, alice):
    other = ready_asset("Another film")
    links = links_of(alice, other)
    Admission.objects.filter(asset=other).delete()
    links_of(alice, asset)
    assert statuses(links) == ENDED


def test_being_let_in_again_is_one_row_that_moves_on(asset, alice):
    links_of(alice, asset)
    lapse(alice)
    links = links_of(alice, asset)
    admission = Admission.objects.get()
    assert 590 < admission.until.timestamp() - time.time() <= 600
    assert statuses(links) == OPEN


def test_what_ended_yesterday_is_forgotten(asset, alice):
    bob = person("bob")
    links_of(alice, asset)
    links_of(bob, asset)
    Admission.objects.filter(viewer=bob).update(until=timezone.now() - timedelta(days=2))
    forget_admissions()
    assert [admission.viewer_id for admission in Admission.objects.all()] == [alice.pk]


def test_a_full_disk_is_no_reason_not_to_watch(asset, alice, monkeypatch):
    def full(data: bytes, target: Path) -> None:
        raise OSError(ENOSPC, "No space left on device")

    links_of(alice, asset)
    MediaAsset.objects.get(pk=asset.pk).renditions.filter(name="v-src").update(peak_bps=123_456)
    monkeypatch.setattr(store, "publish_bytes", full)
    assert statuses(links_of(alice, asset)) == OPEN


def test_signing_in_again_after_signing_out_everywhere_opens_the_film_again(asset, alice):
    links_of(alice, asset)
    sign_out_everywhere(alice)
    body = client_of(User.objects.get(pk=alice.pk)).post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json")
    assert answer(body.json()["master_url"])[0] == 200


@pytest.mark.parametrize("state", [AssetState.EVICTED, AssetState.FAILED])
def test_a_film_that_was_removed_has_no_playlist_any_more(asset, alice, state):
    links = links_of(alice, asset)
    MediaAsset.objects.filter(pk=asset.pk).update(state=state)
    assert statuses(links) == ENDED


def test_a_film_that_was_made_anew_has_no_playlist_under_its_old_epoch(asset, alice):
    links = links_of(alice, asset)
    MediaAsset.objects.filter(pk=asset.pk).update(epoch=2)
    assert statuses(links) == ENDED


def test_a_deleted_film_is_gone_with_its_bytes(asset, alice):
    links = links_of(alice, asset)
    services.remove_asset(asset.pk)
    assert set(statuses(links).values()) == {403, 404}


def test_a_kicked_guest_is_out_at_the_next_playlist_and_cannot_come_back(asset, alice):
    room = room_of(alice)
    Room.objects.filter(pk=room.pk).update(title=asset.title_id)
    gwen = guest_of(room)
    path = f"/api/v1/rooms/{room.pk}/play"
    body = client_of(gwen).post(path, {}, format="json").json()
    links = (body["master_url"], body["lasting_url"])
    assert statuses(links) == OPEN
    kick(room_id=room.pk, by=alice.pk, user_id=gwen.pk)
    assert statuses(links) == ENDED
    assert client_of(gwen).post(path, {}, format="json").status_code in {403, 404}


def test_a_guest_whose_room_closed_is_out(asset):
    gwen = guest(uuid4())
    links = links_of(gwen, asset)
    accounts.close_guests(gwen.guest_room_id)
    assert statuses(links) == ENDED


def test_a_segment_by_a_lasting_link_is_the_same_segment(asset, alice):
    lasting = links_of(alice, asset)[1].replace("master.m3u8", "v-src/00000.m4s")
    assert answer(lasting) == (200, SEGMENT)


def test_behind_nginx_the_view_names_the_file_instead_of_sending_it(asset, alice, settings):
    settings.MEDIA_BY_NGINX = True
    lasting = links_of(alice, asset)[1].replace("master.m3u8", "v-src/00000.m4s")

    response = asyncio.run(AsyncClient().get(lasting))
    assert response["X-Accel-Redirect"] == f"/_media/{asset.pk}/1/v-src/00000.m4s"
    assert response["Content-Type"] == "video/mp4"
    assert (response.status_code, response.content) == (200, b"")
