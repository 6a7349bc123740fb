"""JSON Schema, AsyncAPI 3 and TypeScript, all generated from the dataclasses in ``protocol``.

Invariant: nothing about a frame is written down twice; ``make schema`` checks the copies in docs/ and frontend/.
"""

import inspect
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from consumers import protocol
from consumers.protocol import bounds
from consumers.protocol.bounds import Length, Range

Json = dict[str, Any]
ROOTS = (*protocol.ROOM_CLIENT.values(), *protocol.ROOM_SERVER.values(), *protocol.UPDATES_SERVER.values())


def all_types() -> list[type[Any]]:
    """Every dataclass of the protocol, parts before the frames that use them."""
    found: list[type[Any]] = []

    def visit(hint: Any) -> None:
        if is_dataclass(hint) and isinstance(hint, type):
            for inner in get_type_hints(hint, include_extras=True).values():
                visit(inner)
            if hint not in found:
                found.append(hint)
        else:
            for inner in get_args(hint):
                visit(inner)

    for root in ROOTS:
        visit(root)
    return found


def _wire_fields(kind: type[Any]) -> list[tuple[str, Any, bool]]:
    """(name in JSON, type hint, is required) of each field."""
    hints = get_type_hints(kind, include_extras=True)
    return [(item.name.rstrip("_"), hints[item.name], _is_required(item)) for item in fields(kind)]


def _is_required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


# --- JSON Schema -----------------------------------------------------------------------------------------------
_SCALARS: dict[Any, Json] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
}


def type_schema(hint: Any) -> Json:
    origin, args = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if origin is Annotated:
        return type_schema(args[0]) | _bounds(args[1])
    if origin in (Union, UnionType):
        return {"oneOf": [type_schema(arg) for arg in args]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is list:
        return {"type": "array", "items": type_schema(args[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": type_schema(args[1])}
    return {"$ref": f"#/components/schemas/{hint.__name__}"}


def _bounds(bound: Length | Range) -> Json:
    if isinstance(bound, Length):
        return {"minLength": bound.least, "maxLength": bound.most}
    return {"minimum": bound.low, "maximum": bound.high}


def object_schema(kind: type[Any]) -> Json:
    tag = getattr(kind, "t", None)
    properties: Json = {"t": {"const": tag}} if tag else {}
    required = ["t"] if tag else []
    for name, hint, is_required in _wire_fields(kind):
        properties[name] = type_schema(hint)
        required += [name] if is_required else []
    return {"type": "object", "description": _doc(kind), "properties": properties, "required": required}


def _doc(kind: type[Any]) -> str:
    text = inspect.getdoc(kind) or ""
    return "" if text.startswith(f"{kind.__name__}(") else " ".join(text.split())


# --- AsyncAPI --------------------------------------------------------------------------------------------------
def asyncapi_document() -> Json:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Matinee sockets",
            "version": str(bounds.VERSION),
            "description": "JSON text frames; `t` is the type; unknown fields are ignored. Subprotocols: "
            "matinee.v1 and ticket.<value> from POST /api/v1/ws/ticket. Close codes: "
            + " ".join(f"{code} {why}" for code, why in protocol.CLOSE_CODES.items()),
        },
        "defaultContentType": "application/json",
        "channels": {
            "room": {
                "address": "/ws/rooms/{room_id}",
                "parameters": {"room_id": {"description": "UUID of the room"}},
                "messages": _refs([*protocol.ROOM_CLIENT.values(), *protocol.ROOM_SERVER.values()]),
            },
            "updates": {"address": "/ws/updates", "messages": _refs(protocol.UPDATES_SERVER.values())},
        },
        "operations": {
            "sendToRoom": _operation("receive", "room", protocol.ROOM_CLIENT.values()),
            "hearRoom": _operation("send", "room", protocol.ROOM_SERVER.values()),
            "hearUpdates": _operation("send", "updates", protocol.UPDATES_SERVER.values()),
        },
        "components": {
            "messages": {
                kind.__name__: {"name": kind.t, "payload": {"$ref": f"#/components/schemas/{kind.__name__}"}}
                for kind in dict.fromkeys(ROOTS)
            },
            "schemas": {kind.__name__: object_schema(kind) for kind in all_types()},
        },
    }


def _refs(kinds: Any) -> Json:
    return {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"} for kind in kinds}


def _operation(action: str, channel: str, kinds: Any) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{kind.__name__}"} for kind in kinds],
    }


# --- TypeScript ------------------------------------------------------------------------------------------------
_TS_SCALARS = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}


def ts_type(hint: Any) -> str:
    origin, args = get_origin(hint), get_args(hint)
    if hint in _TS_SCALARS:
        return _TS_SCALARS[hint]
    if origin is Annotated:
        return ts_type(args[0])
    if origin in (Union, UnionType):
        return " | ".join(ts_type(arg) for arg in args)
    if origin is Literal:
        return " | ".join(f'"{arg}"' if isinstance(arg, str) else str(arg) for arg in args)
    if origin is list:
        inner = ts_type(args[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<string, {ts_type(args[1])}>"
    return str(hint.__name__)


def ts_interface(kind: type[Any]) -> str:
    tag = getattr(kind, "t", None)
    lines = [f'  t: "{tag}";'] if tag else []
    lines += [f"  {name}{'' if must else '?'}: {ts_type(hint)};" for name, hint, must in _wire_fields(kind)]
    doc = _doc(kind)
    head = f"/** {doc} */\n" if doc else ""
    return head + f"export interface {kind.__name__} {{\n" + "\n".join(lines) + "\n}\n"


def ts_document() -> str:
    unions = {
        "RoomClientFrame": protocol.ROOM_CLIENT,
        "RoomServerFrame": protocol.ROOM_SERVER,
        "UpdatesServerFrame": protocol.UPDATES_SERVER,
    }
    parts = ["// Generated from consumers/protocol by `make schema`. Do not edit.\n"]
    parts += [f"export const FRAMES_VERSION = {bounds.VERSION};\n"]
    parts += [ts_interface(kind) for kind in all_types()]
    for name, kinds in unions.items():
        parts.append(f"export type {name} =\n" + "\n".join(f"  | {kind.__name__}" for kind in kinds.values()) + ";\n")
    return "\n".join(parts)
