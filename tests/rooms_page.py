"""A page in a room, as the machine of rooms plays it: it asserts that what it hears is whole and in order."""

from dataclasses import dataclass, field

from tests.rooms_double import ROOM
from tests.rooms_world import Frame, Line, Process, person_of


@dataclass
class Page:
    """A page's own rules: a timeline counts when it is newer, history continues by number, chat is said until heard."""

    number: int
    line: Line | None = None
    timeline: Frame | None = None
    seq: int = 0
    shown_rev: int = -1  # the newest on this line
    lines: dict[int, Frame] = field(default_factory=dict)
    unheard: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    sent: list[Frame] = field(default_factory=list)
    answers: dict[str, Frame] = field(default_factory=dict)

    @property
    def rev(self) -> int:
        return self.timeline["rev"] if self.timeline else 0

    def enter(self, process: Process) -> None:
        self.line, self.shown_rev = Line(process, person_of(self.number)), -1
        last = {"last": {"epoch": 1, "rev": self.rev, "seq": self.seq}} if self.timeline else {}
        self.line.send({"t": "hello", "v": 1, "room": str(ROOM), "sid": "tab", "vis": True} | last)

    def send(self, frame: Frame) -> None:
        if self.line is not None:
            self.line.send(frame)

    def say(self, cid: str) -> None:
        self.said.append(cid)
        self.unheard[cid] = f"text of {cid}"
        self.deliver(cid)

    def deliver(self, cid: str) -> None:
        self.send({"t": "chat", "cid": cid, "text": self.unheard[cid], "mt": 1.0})

    def hear(self, most: int = 1_000) -> bool:
        """Read what has come; whether there was anything."""
        was_any = False
        for _ in range(most):
            if self.line is None or not self.line.inbox:
                break
            was_any = True
            self._take(self.line.inbox.pop(0))
        return was_any

    def _take(self, frame: Frame) -> None:
        handle = {"welcome": self._enter, "tl": self._move, "ev": self._add, "res": self._answer}.get(frame["t"])
        if handle is not None:
            handle(frame)
        elif frame["t"] == "closed":
            self.hang_up()

    def hang_up(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            line.end()

    def _enter(self, frame: Frame) -> None:
        assert frame["tl"]["rev"] >= self.rev, "the room went back"
        if frame["resumed"]:
            assert [event["seq"] for event in frame["events"]] == list(range(self.seq + 1, frame["seq"] + 1))
        else:
            self.lines.clear()
        self.seq, self.shown_rev = frame["seq"], frame["tl"]["rev"]
        self._adopt(frame["tl"])
        for event in frame["events"]:
            self._keep(event)
        for cid in list(self.unheard):
            self.deliver(cid)

    def _move(self, frame: Frame) -> None:
        assert frame["rev"] > self.shown_rev, "an older timeline after a newer one"
        self.shown_rev = frame["rev"]
        self._adopt({name: value for name, value in frame.items() if name not in {"t", "ack"}})

    def _adopt(self, timeline: Frame) -> None:
        if self.timeline is None or timeline["rev"] > self.timeline["rev"]:
            self.timeline = timeline

    def _add(self, frame: Frame) -> None:
        assert frame["seq"] == self.seq + 1, "events come once and in order"
        self.seq = frame["seq"]
        self._keep(frame)

    def _keep(self, event: Frame) -> None:
        self.lines[event["seq"]] = {name: value for name, value in event.items() if name != "t"}
        if event["by"] == str(person_of(self.number).id):
            self.unheard.pop(event.get("cid") or "", None)

    def _answer(self, frame: Frame) -> None:
        self.answers[frame["cid"] or ""] = frame
        if frame["ok"]:  # said by an earlier tab, and further back in the history than this one was told
            self.unheard.pop(frame["cid"] or "", None)
