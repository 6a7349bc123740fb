"""The audit finds every missing, empty and altered file, and its repair keeps the title watchable."""

from pathlib import Path

import pytest
from accounts_cast import person
from django.core.management import CommandError, call_command
from stored_films import COUNT, StoredFilm, bits_of, stored_film

from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, StorageEvent, WorkUnit
from apps.streaming.services import audit, demand, eviction, leases, publishing
from apps.streaming.services.audit import Fault
from apps.streaming.services.stored import note_stored, path_of

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


def test_a_store_that_refuses_writes_is_told_and_the_segment_is_made_when_it_can_be(film, monkeypatch):
    flip(film, "v-src", 3)

    def read_only(_path):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(store, "remove_file", read_only)
    with pytest.raises(CommandError, match="could not be repaired"):
        call_command("audit_media", "--repair")
    assert bits_of(film.track("v-src")) == set(range(COUNT)) - {3}, "nobody is told that it is good"
    assert film.track("v-src").state == RenditionState.BUILDING


def test_a_file_that_cannot_be_read_is_a_finding(film, monkeypatch):
    def broken(_path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store, "sha256_of", broken)
    assert {fault for *_, fault in found()} == {Fault.UNREADABLE}


def test_a_file_that_went_while_the_audit_looked_is_missing_and_no_fault_of_the_store(film, monkeypatch):
    def gone(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(store, "sha256_of", gone)
    assert {fault for *_, fault in found()} == {Fault.MISSING}


def test_a_rung_that_is_lost_whole_is_one_event(film):
    for index in range(COUNT):
        segment(film, "v480", index).unlink()
    assert audit.repair(film.track("v480").pk, list(range(COUNT)))
    assert bits_of(film.track("v480")) == set()
    [event] = StorageEvent.objects.filter(kind="damage")
    assert event.what == f"v480, {COUNT} segments"


def test_what_a_store_that_does_not_answer_holds_is_told_and_left_as_it_is(film, monkeypatch):
    def silent(_path):
        raise OSError("The bucket cannot be reached (ReadTimeoutError).")

    with monkeypatch.context() as patched:
        patched.setattr(store, "find", silent)
        with pytest.raises(CommandError, match="did not answer for"):
            call_command("audit_media", "--repair")
    assert bits_of(film.track("v480")) == film.files("v480") == set(range(COUNT))
    assert not WorkUnit.objects.exists()


def test_the_repair_of_a_segment_leaves_an_init_segment_alone_of_which_nothing_is_known(film, monkeypatch):
    flip(film, "v480", 3)

    def silent(path):
        if path.name == "init.mp4":
            raise OSError("The bucket cannot be reached (ReadTimeoutError).")
        return find(path)

    find = store.find
    monkeypatch.setattr(store, "find", silent)
    assert audit.repair(film.track("v480").pk, [3])
    assert segment(film, "v480", 3).with_name("init.mp4").exists()


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_repair_that_is_killed_is_done_by_the_next_audit(film, monkeypatch, tmp_path, is_gone):
    flip(film, "v480", 3)
    remove = store.remove_file

    def killed(path):
        if is_gone:
            remove(path)
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(store, "remove_file", killed)
        audit.repair(film.track("v480").pk, [3])
    assert found() == {("v480", 3, Fault.MISSING if is_gone else Fault.ALTERED)}
    audit.repair(film.track("v480").pk, [3])
    unit, track = leases.claim(), film.track("v480")
    assert (unit.rungs, unit.first, unit.last) == (["v480"], 3, 4)
    assert bits_of(track) == film.files("v480") == set(range(COUNT)) - {3}
    part = tmp_path / "part"
    part.write_bytes(b"good")
    publishing.publish_segment(unit, track, 3, [part], track.segments.duration_s(3))
    assert segment(film, "v480", 3).read_bytes() == b"good"
    assert found() == set()


def test_a_repair_removes_nothing_that_was_made_meanwhile(film, monkeypatch, tmp_path):
    """A viewer's wish, or a woken worker, may be quicker than the removal of many files."""
    flip(film, "v480", 3)
    track, remove, left = film.track("v480"), store.remove_file, [True]

    def make() -> None:
        demand.want_segment(film.asset_id, "v480", 3)
        part = tmp_path / "part"
        part.write_bytes(b"good")
        unit = leases.claim() or WorkUnit(asset=film.asset, rungs=["v480"], first=3, last=4)
        publishing.publish_segment(unit, film.track("v480"), 3, [part], track.segments.duration_s(3))

    def meanwhile(path):
        if left.pop() if left else False:
            make()
        remove(path)

    with monkeypatch.context() as patched:
        patched.setattr(store, "remove_file", meanwhile)
        assert audit.repair(track.pk, [3])
    make()
    assert segment(film, "v480", 3).read_bytes() == b"good"
    assert found() == set()


def test_what_was_taken_away_since_the_audit_looked_is_left_to_its_makers(film):
    """A maker may have stored it already, and not yet said so."""
    eviction.evict_rung(film.track("v480").pk, "")
    assert 20 not in bits_of(film.track("v480"))
    store.publish_bytes(b"good", segment(film, "v480", 20))
    assert audit.repair(film.track("v480").pk, [20])
    assert segment(film, "v480", 20).read_bytes() == b"good"
    assert not WorkUnit.objects.exists()


def test_what_is_recorded_is_not_replaced(film, tmp_path):
    before = segment(film, "v480", 3).read_bytes()
    unit = WorkUnit.objects.create(asset=film.asset, kind="video", rungs=["v480"], first=3, last=4, state="leased")
    part = tmp_path / "part"
    part.write_bytes(b"another worker's")
    track = film.track("v480")
    publishing.publish_segment(unit, track, 3, [part], track.segments.duration_s(3))
    assert (segment(film, "v480", 3).read_bytes(), part.exists()) == (before, False)


def test_a_segment_is_recorded_without_a_look_at_the_store(film, monkeypatch):
    """A bucket may take long, and the rendition's row is held meanwhile."""
    audit.repair(film.track("v480").pk, [3])
    unit, track = leases.claim(), film.track("v480")
    published = store.publish_bytes(b"made again", segment(film, "v480", 3))

    def asked(*_):
        raise AssertionError("the store was asked")

    with monkeypatch.context() as patched:
        for question in ("find", "chunks", "sha256_of", "read_bytes"):
            patched.setattr(store, question, asked)
        assert publishing.record_segment(unit, track, 3, published, track.segments.duration_s(3))
    assert found() == set()


KINDS = {"p-eng-3": ("image", "pictures"), "trickplay": ("trickplay", "trickplay")}
FILES = {
    "p-eng-3": ("p-eng-3.json", ["p-eng-3/00000.png", "p-eng-3/00007.png"]),
    "trickplay": ("trickplay.vtt", ["trickplay/t00.jpg", "trickplay/t01.jpg"]),
}


def with_pictures(film: StoredFilm, name: str, *, is_noted: bool = True) -> Rendition:
    """A list, and the pictures that it names."""
    copy, (text, pictures) = film.track("v-src"), FILES[name]
    track = Rendition.objects.create(
        asset=film.asset, name=name, kind=KINDS[name][0], state="ready", recipe_data=copy.recipe_data,
        segment_data=copy.segment_data, segment_count=1, bitmap=b"\1", size_bytes=200,
    )  # fmt: skip
    folder = store.folder(film.asset_id, 1)
    published = {0: store.publish_bytes("\n".join(pictures).encode(), folder / text)}
    for picture in pictures:
        index = 1 + int(Path(picture).stem.lstrip("t"))
        published[index] = store.publish_bytes(f"picture {picture}".encode(), folder / picture)
    note_stored(track, published if is_noted else {0: published[0]})
    return track


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("data", "fault"), [(None, Fault.MISSING), (b"", Fault.EMPTY), (b"other", Fault.ALTERED), ("flip", Fault.ALTERED)]
)
def test_a_bad_picture_is_found_and_its_track_made_again(film, capsys, name, data, fault):
    track = with_pictures(film, name)
    assert found() == set()
    path = store.folder(film.asset_id, 1) / FILES[name][1][1]
    good = path.read_bytes()
    path.unlink()
    if data is not None:
        path.write_bytes(good[::-1] if data == "flip" else data)
    (finding,) = audit.findings()
    assert (finding.track.name, path_of(track, 1, finding.index), finding.fault) == (name, path, fault)
    call_command("audit_media", "--repair")
    assert f"A film: {name}'s file {path.name} is {fault}." in capsys.readouterr().out
    assert not path.exists()
    assert bits_of(film.track(name)) == set()
    unit = WorkUnit.objects.get()
    assert (unit.kind, unit.rungs) == (KINDS[name][1], [name])


@pytest.mark.parametrize("name", FILES)
def test_pictures_of_older_versions_are_known_by_their_list(film, name):
    track = with_pictures(film, name, is_noted=False)
    path = store.folder(film.asset_id, 1) / FILES[name][1][1]
    path.unlink()
    (finding,) = audit.findings()
    assert (path_of(track, 1, finding.index), finding.fault) == (path, Fault.MISSING)
    assert track.size_bytes > track.stored.get().size_bytes
    assert audit.repair(track.pk, [finding.index])
    track.refresh_from_db()
    assert (track.size_bytes, track.claim_bytes) == (0, 200), "the room is kept for what is made again"
