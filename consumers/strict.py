"""JSON text to frames and back. Only finite numbers, known types and declared sizes pass; unknown fields are ignored.

Invariant: whatever ``parse`` returns can be stored, compared and sent on without another check.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, cast, get_args, get_origin, get_type_hints

from apps.common.errors import Invalid
from consumers.protocol import ROOM_CLIENT, RoomClientFrame, ServerFrame
from consumers.protocol.bounds import MAX_FRAME_BYTES, Length, Range

Reader = Callable[[Any, str], Any]


class BadFrame(Invalid):
    """A frame that cannot be read; ``cid`` is the sender's name for it, when it could be read."""

    code = "bad_frame"
    cid: str | None = None


def parse(text: str, known: Mapping[str, type[Any]] = ROOM_CLIENT) -> RoomClientFrame:
    """Read one client frame. Raises BadFrame with a sentence that names the field."""
    raw = _load(text)
    if not isinstance(raw, dict):
        raise BadFrame("A frame must be a JSON object.")
    kind = known.get(raw["t"]) if isinstance(raw.get("t"), str) else None
    if kind is None:
        raise BadFrame("This frame type is not known here.", code="unknown_type")
    try:
        return cast(RoomClientFrame, read(kind, raw, ""))
    except BadFrame as error:
        cid = raw.get("cid")
        error.cid = cid if isinstance(cid, str) and len(cid) <= 40 and _is_clean(cid) else None
        raise


def is_too_large(text: str) -> bool:
    """Counting characters first: nobody makes us encode megabytes."""
    return len(text) > MAX_FRAME_BYTES or len(text.encode(errors="surrogatepass")) > MAX_FRAME_BYTES


def _load(text: str) -> Any:
    if is_too_large(text):
        raise BadFrame("The frame is larger than 8 KiB.", code="too_large")
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError):  # RecursionError: thousands of nested brackets fit into one frame
        raise BadFrame("The frame is not valid JSON.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise BadFrame(f"{name} is not a number.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadFrame("A number is too large.")
    return number


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


@dataclass(frozen=True, slots=True)
class FieldPlan:
    name: str
    wire: str
    read: Reader
    is_required: bool


_plans: dict[Any, tuple[FieldPlan, ...]] = {}


def plan(kind: type[Any]) -> tuple[FieldPlan, ...]:
    """How each field of a dataclass is read; worked out once."""
    if kind not in _plans:
        hints = get_type_hints(kind, include_extras=True)
        _plans[kind] = tuple(
            FieldPlan(
                item.name,
                item.name.rstrip("_"),
                reader(hints[item.name]),
                item.default is MISSING and item.default_factory is MISSING,
            )
            for item in fields(kind)
        )
    return _plans[kind]


def read(kind: type[Any], raw: Any, path: str) -> Any:
    """Build dataclass ``kind`` from a JSON object; ``path`` names the place in error messages."""
    if not isinstance(raw, dict):
        raise BadFrame(f"{path or 'The frame'} must be an object.")
    values: dict[str, Any] = {}
    for item in plan(kind):
        where = f"{path}.{item.wire}" if path else item.wire
        if item.wire in raw:
            values[item.name] = item.read(raw[item.wire], where)
        elif item.is_required:
            raise BadFrame(f"{where} is missing.", fields={where: "missing"})
    return kind(**values)


@cache
def reader(hint: Any) -> Reader:
    """The checking function of one type hint."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(reader(args[0]), args[1])
    if origin in (Union, UnionType):
        inner = reader(next(arg for arg in args if arg is not NoneType))
        return lambda raw, path: None if raw is None else inner(raw, path)
    if origin is Literal:
        return lambda raw, path: raw if _is_one_of(raw, args) else _fail(path, f"must be one of {list(args)}")
    if origin is list:
        return _list_reader(reader(args[0]))
    if origin is dict:
        return _dict_reader(reader(args[1]))
    if is_dataclass(hint):
        return lambda raw, path: read(cast(type[Any], hint), raw, path)
    return _scalar_readers[hint]


def _fail(path: str, fault: str) -> NoReturn:
    raise BadFrame(f"{path} {fault}.", fields={path: fault})


def _is_one_of(raw: Any, choices: tuple[Any, ...]) -> bool:
    return any(type(raw) is type(choice) and raw == choice for choice in choices)


def _list_reader(inner: Reader) -> Reader:
    def read_list(raw: Any, path: str) -> list[Any]:
        if not isinstance(raw, list):
            _fail(path, "must be a list")
        return [inner(item, f"{path}.{index}") for index, item in enumerate(raw)]

    return read_list


def _dict_reader(inner: Reader) -> Reader:
    def read_dict(raw: Any, path: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            _fail(path, "must be an object")
        return {key: inner(value, f"{path}.{key}") for key, value in raw.items()}

    return read_dict


def _bounded(inner: Reader, bound: Length | Range) -> Reader:
    def read_bounded(raw: Any, path: str) -> Any:
        value = inner(raw, path)
        if isinstance(bound, Range) and not bound.low <= value <= bound.high:
            _fail(path, f"must be from {bound.low:g} to {bound.high:g}")
        if isinstance(bound, Length) and not bound.least <= len(value.strip()) <= len(value) <= bound.most:
            _fail(path, f"must have {bound.least} to {bound.most} characters")
        return value

    return read_bounded


def _is_clean(text: str) -> bool:
    """No control characters but line breaks and tabs (Postgres refuses NUL), no half surrogate pairs."""
    return all(char in "\n\t" or (char >= " " and not "\ud800" <= char <= "\udfff" and char != "\x7f") for char in text)


def _text(raw: Any, path: str) -> str:
    if not isinstance(raw, str) or not _is_clean(raw):
        _fail(path, "must be a text without control characters")
    return raw


def _integer(raw: Any, path: str) -> int:
    if type(raw) is not int:
        _fail(path, "must be a whole number")
    return raw


def _number(raw: Any, path: str) -> float:
    if type(raw) not in (int, float) or abs(raw) > 2**53:
        _fail(path, "must be a number")
    return float(raw)


def _boolean(raw: Any, path: str) -> bool:
    if type(raw) is not bool:
        _fail(path, "must be true or false")
    return raw


_scalar_readers: dict[Any, Reader] = {str: _text, int: _integer, float: _number, bool: _boolean}


_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
PLAIN = frozenset({str, int, float, bool, NoneType})  # nearly all values of nearly all frames


def encode(frame: ServerFrame) -> str:
    """The JSON text of a server frame. Raises ValueError on a number that is not finite."""
    return _encoder.encode({"t": frame.t, **as_json(frame)})


def as_json(value: Any) -> Any:
    kind = type(value)
    if kind in PLAIN:
        return value
    if is_dataclass(kind):
        return {
            item.wire: found if type(found) in PLAIN else as_json(found)
            for item in plan(kind)
            if (found := getattr(value, item.name)) is not None or item.is_required
        }
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return value
