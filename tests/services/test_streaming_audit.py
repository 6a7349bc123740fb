"""The audit finds every missing, empty and altered file, and its repair keeps the title watchable."""

import pytest
from accounts_cast import person
from django.core.management import CommandError, call_command
from stored_films import COUNT, StoredFilm, bits_of, stored_film

from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, StorageEvent, WorkUnit
from apps.streaming.services import audit, demand, eviction
from apps.streaming.services.audit import Fault

pytestmark = pytest.mark.django_db


@pytest.fixture
def film(settings, tmp_path) -> StoredFilm:
    settings.MEDIA_ROOT = tmp_path
    return stored_film("A film")


def segment(film: StoredFilm, name: str, index: int):
    return store.folder(film.asset_id, 1) / name / f"{index:05d}.m4s"


def flip(film: StoredFilm, name: str, index: int) -> None:
    path = segment(film, name, index)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def damage(film: StoredFilm) -> None:
    flip(film, "v-src", 3)
    segment(film, "v-src", 20).unlink()
    segment(film, "v480", 7).write_bytes(b"")
    segment(film, "a-eng-1", 29).write_bytes(b"short")


FOUND = {("v-src", 3, Fault.ALTERED), ("v-src", 20, Fault.MISSING), ("v480", 7, Fault.EMPTY),
         ("a-eng-1", 29, Fault.ALTERED)}  # fmt: skip


def found(**options: bool) -> set[tuple[str, int, Fault]]:
    return {(finding.track.name, finding.index, finding.fault) for finding in audit.findings(**options)}


def test_a_good_store_has_no_findings(film, capsys):
    assert found() == set()
    call_command("audit_media")
    assert capsys.readouterr().out.strip() == "Every published segment is as it was published."


def test_every_kind_of_damage_is_found(film):
    damage(film)
    assert found() == FOUND


def test_the_quick_audit_reads_no_file_and_misses_only_a_flipped_byte(film):
    damage(film)
    assert found(is_deep=False) == {one for one in FOUND if one[1] != 3}


@pytest.mark.parametrize(("data", "fault"), [(None, Fault.MISSING), (b"", Fault.EMPTY), (b"tini", Fault.ALTERED)])
@pytest.mark.parametrize("is_on_demand", [False, True])
def test_a_bad_init_segment_is_found_and_made_again_with_the_first_segment(film, capsys, data, fault, is_on_demand):
    if is_on_demand:
        eviction.evict_rung(film.track("v480").pk, "")
    path = store.folder(film.asset_id, 1) / "v480" / "init.mp4"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    assert found() == {("v480", 0, fault)}
    before = bits_of(film.track("v480"))
    call_command("audit_media", "--repair")
    assert f"A film: v480's init segment is {fault}." in capsys.readouterr().out
    assert not path.exists()
    assert bits_of(film.track("v480")) == film.files("v480") == before - {0}
    unit = WorkUnit.objects.get()
    assert (unit.rungs, unit.first, unit.last) == (["v480"], 0, 1)


def test_the_command_names_what_is_wrong_and_fails(film, capsys):
    damage(film)
    with pytest.raises(CommandError, match="4 segments are wrong"):
        call_command("audit_media")
    assert "A film: v-src segment 3 is altered." in capsys.readouterr().out


def test_a_repair_has_exactly_the_bad_segments_made_again(film):
    damage(film)
    call_command("audit_media", "--repair")
    copy = film.track("v-src")
    assert bits_of(copy) == film.files("v-src") == set(range(COUNT)) - {3, 20}
    assert copy.state == RenditionState.BUILDING
    pending = WorkUnit.objects.filter(state=UnitState.PENDING, rungs=["v-src"])
    assert {index for unit in pending for index in range(unit.first, unit.last)} >= {3, 20}
    assert StorageEvent.objects.filter(kind="damage").count() == 3
    assert found() == set()


def test_the_title_stays_watchable_while_it_is_repaired(film):
    damage(film)
    call_command("audit_media", "--repair")
    assert film.asset.state == AssetState.COMPLETE
    assert services.authorise_playback(viewer_id=person("alice").pk, title_id=film.title_id).master_url
    assert demand.want_segment(film.asset_id, "v-src", 3) == demand.Answer.COMING


def test_what_cannot_be_made_again_is_told_and_left_alone(film):
    flip(film, "v-src", 3)
    MediaAsset.objects.update(has_source=False)
    with pytest.raises(CommandError, match="could not be repaired"):
        call_command("audit_media", "--repair")
    assert bits_of(film.track("v-src")) == set(range(COUNT))


def test_a_store_that_refuses_writes_is_told_and_left_alone(film, monkeypatch):
    flip(film, "v-src", 3)

    def read_only(_path):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(store, "remove_file", read_only)
    with pytest.raises(CommandError, match="could not be repaired"):
        call_command("audit_media", "--repair")
    assert bits_of(film.track("v-src")) == set(range(COUNT))
    assert film.track("v-src").state == RenditionState.READY


def test_a_file_that_cannot_be_read_is_a_finding(film, monkeypatch):
    def broken(_path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store, "sha256_of", broken)
    assert {fault for *_, fault in found()} == {Fault.UNREADABLE}
