"""The golden frames: what is valid parses and survives a round trip, what is not is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from consumers import protocol, schema, strict
from consumers.protocol.room_server import ClockAnswer

FRAMES = {path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("frames/*.json"))}
KNOWN = {
    ("room", "client"): protocol.ROOM_CLIENT,
    ("room", "server"): protocol.ROOM_SERVER,
    ("updates", "server"): protocol.UPDATES_SERVER,
}


def known_for(golden: dict[str, Any]) -> dict[str, type]:
    return KNOWN[golden["socket"], golden["direction"]]


@pytest.mark.parametrize("name", FRAMES)
def test_valid_frames_parse(name: str) -> None:
    golden = FRAMES[name]
    for frame in golden["valid"]:
        assert strict.parse(json.dumps(frame), known_for(golden)).t == frame["t"]


@pytest.mark.parametrize("name", [name for name, golden in FRAMES.items() if golden["direction"] == "server"])
def test_server_frames_survive_a_round_trip(name: str) -> None:
    golden = FRAMES[name]
    for frame in golden["valid"]:
        assert json.loads(strict.encode(strict.parse(json.dumps(frame), known_for(golden)))) == frame


@pytest.mark.parametrize(
    ("name", "why", "raw"),
    [(name, bad["why"], bad["raw"]) for name, golden in FRAMES.items() for bad in golden["invalid"]],
    ids=lambda value: value[:40],
)
def test_invalid_frames_are_refused_with_a_sentence(name: str, why: str, raw: str) -> None:
    with pytest.raises(strict.BadFrame) as caught:
        strict.parse(raw, known_for(FRAMES[name]))
    assert caught.value.message.endswith("."), why


def test_every_frame_type_has_a_golden_file() -> None:
    for (socket, direction), kinds in KNOWN.items():
        seen = {
            frame["t"]
            for golden in FRAMES.values()
            if (golden["socket"], golden["direction"]) == (socket, direction)
            for frame in golden["valid"]
        }
        assert seen >= set(kinds) - {"bye"}, (socket, direction)


def test_golden_frames_agree_with_the_published_schema() -> None:
    schemas = schema.asyncapi_document()["components"]["schemas"]
    for name, golden in FRAMES.items():
        for frame in golden["valid"]:
            published = schemas[known_for(golden)[frame["t"]].__name__]
            assert set(published["required"]) <= set(frame), name
            if golden["direction"] == "server":
                assert set(frame) <= set(published["properties"]), name


def test_every_reference_in_the_asyncapi_document_resolves() -> None:
    document = schema.asyncapi_document()

    def visit(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target: Any = document
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for value in node.values():
                visit(value)
        elif isinstance(node, list):
            for value in node:
                visit(value)

    visit(document)


def test_a_number_that_is_not_finite_is_never_sent() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        strict.encode(ClockAnswer(n=1, c=float("nan"), r=0, x=0))


def test_typescript_has_one_interface_per_frame() -> None:
    text = schema.ts_document()
    for kind in schema.ROOTS:
        assert f"export interface {kind.__name__} {{" in text
    assert "  for: string[];" in text
