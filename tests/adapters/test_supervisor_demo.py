"""The demo film of a new server, and what a kill in the middle of making it leaves behind: nothing, and no damage."""

from collections.abc import Iterator

import pytest

from tests.adapters.test_supervisor_life import processes_of
from tests.product import Person, Product, is_alive, open_folder, wait_for

DEMO_LIMIT_S = 600
GONE_LIMIT_S = 25
DEMO_LINE = "Demo film, made, fetched and packaged"

pytestmark = pytest.mark.timeout(DEMO_LIMIT_S * 2)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with open_folder("matinee-demo-") as folder:
        server = Product(folder / "data", env={"MATINEE_DEMO": "1", "MATINEE_ALLOW_LOOPBACK_PEERS": "0"})
        server.start()
        yield server
        server.stop()


def test_kill_9_of_the_supervisor_takes_ffmpeg_with_it(product) -> None:
    wait_for("ffmpeg to work", lambda: product.pids(r"ffmpeg"), limit_s=60, every_s=0.05)
    family = list(product.processes())
    product.process.kill()
    product.process.wait()
    product.process = None
    wait_for("all to be gone", lambda: not [pid for pid in family if is_alive(pid)], limit_s=GONE_LIMIT_S)
    assert processes_of(product.data_dir) == []


def test_the_demo_film_is_ready_after_the_next_start(product) -> None:
    product.start()
    wait_for("the demo film\n" + product.log[-2000:], lambda: DEMO_LINE in product.log, limit_s=DEMO_LIMIT_S)
    olivia = Person.operator(product)
    (card,) = olivia.get("library")["ready"]
    assert card["name"] == "A Matinee for Two"
    playback = olivia.post(f"titles/{card['id']}/play")
    assert abs(playback["duration_s"] - 120) < 0.1
    assert sorted(track["lang"] for track in playback["subtitles"]) == ["de", "en"]
    assert not (product.data_dir / "demo").exists()


def test_a_third_start_does_not_make_it_again(product) -> None:
    product.stop()
    before = product.log.count(DEMO_LINE)
    product.start()
    wait_for("the demo step", lambda: product.log.count(DEMO_LINE) > before, limit_s=60)
    assert (product.data_dir / "logs/demo.log").read_text().splitlines()[-2:] == ["ready", "ready"]
