"""What readers who stopped reading cost the server and the others: the same chatty room with and without them."""

from dataclasses import dataclass
from pathlib import Path

from consumers.line import PATIENCE_S
from tests.bench.fanout_dialects import client_frame
from tests.bench.fanout_load import Crowd, Step, resident_kib
from tests.bench.fanout_measure import fill
from tests.bench.fanout_servers import Layout, Matinee
from tests.bench.fanout_table import Table

ROOM = Layout(1, 100)
STUCK = 30
SECONDS = 10.0
BROADCASTS_PER_S = 60.0  # each speaker may say one line a second
LINE = "\N{GRINNING FACE}" * 500  # the longest there is: 2,000 bytes
MEMORY_GOAL_KIB = 256.0
OTHERS_GOAL = 1.1
CLOSING_S = 3.0  # daphne waits a second for an answer to its close frame
SLACK_MS = 2.0  # below this a tenth of it is noise


@dataclass(frozen=True)
class Flood:
    step: Step
    grown_kib: float
    cut_off: int


def flood(matinee: Matinee, stuck: int) -> Flood:
    """Everybody who reads types and says a long line in turn; the memory is the highest of that time."""
    gathering = matinee.gather(ROOM)
    with gathering.opened() as crowd:
        fill(crowd, gathering.batches)
        crowd.stick(stuck)
        crowd.beside = lambda count: client_frame(f'{{"t":"chat","cid":"c{count}","text":"{LINE}","mt":0}}'.encode())
        before = forget_peak_kib(crowd)
        step = crowd.step(BROADCASTS_PER_S * (ROOM.size - 1 - stuck), ROOM.size - 1 - stuck, SECONDS)
        crowd.rest(PATIENCE_S + CLOSING_S if stuck else 0)
        return Flood(step, peak_kib(crowd) - before, crowd.cut_off())


def forget_peak_kib(crowd: Crowd) -> float:
    Path(f"/proc/{crowd.pid}/clear_refs").write_text("5")
    return resident_kib(crowd.pid)


def peak_kib(crowd: Crowd) -> float:
    lines = Path(f"/proc/{crowd.pid}/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


def stuck_rows(table: Table, matinee: Matinee) -> None:
    alone, beside = flood(matinee, 0), flood(matinee, STUCK)
    each_kib = max(0.0, beside.grown_kib - alone.grown_kib) / STUCK
    table.row(
        "memory per stuck reader", [f"{each_kib:.0f} KiB"], f"<= {MEMORY_GOAL_KIB:.0f} KiB", each_kib <= MEMORY_GOAL_KIB
    )
    table.row("  cut off", [f"{beside.cut_off} of {STUCK}"], "all", beside.cut_off == STUCK)
    limit_ms = max(alone.step.p95_ms * OTHERS_GOAL, alone.step.p95_ms + SLACK_MS)
    times = f"{beside.step.p95_ms:.1f} ({alone.step.p95_ms:.1f}) ms"
    table.row("  the others' p95 (without stuck readers)", [times], "+10 %", beside.step.p95_ms <= limit_ms)
