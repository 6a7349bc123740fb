"""What happens to a picture between decoding and encoding, in the order that costs least and keeps every frame.

Invariant: deinterlacing sees whole source frames, the rate is fixed before any scaling, and colours are mapped once,
at the size of the largest rung, before the smaller ones are scaled from it.
"""

from collections.abc import Sequence
from fractions import Fraction

from apps.streaming.domain.copying import HLG, PQ
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Recipe
from apps.streaming.domain.source import LONGEST_HOLD_S

HDR_NAMES = {PQ: "smpte2084", HLG: "arib-std-b67"}
# 100 cd/m2 is where SDR's white lies; hable keeps detail in the lights, desat=0 keeps their colour.
TONE_MAP = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)


def filter_graph(
    recipes: Sequence[Recipe], segments: Segments, first: int, *, origin_s: float, upload: str = ""
) -> str:
    """Decode once, scale in a chain: each rung from the next larger one, so that only the first sees every pixel.

    ``recipes`` largest first; rung n leaves the graph as ``[rungn]``. ``upload``: what an encoder wants at the end.
    """
    largest = recipes[0]
    feed = f"[0:{largest.stream}]" + "".join(f"{name}," for name in shared_filters(largest, segments, first, origin_s))
    graph = []
    for number, recipe in enumerate(recipes):
        size = "" if number == 0 and largest.tonemap else f"scale={recipe.width}:{recipe.height},"
        is_last = number + 1 == len(recipes)
        graph.append(f"{feed}{size}setsar=1{_ends(number, upload, is_last=is_last)}")
        feed = f"[feed{number}]"
    return ";".join(graph)


def _ends(number: int, upload: str, *, is_last: bool) -> str:
    """The next rung is scaled from memory that every filter can read; only what is encoded is uploaded."""
    if is_last:
        return f"{upload}[rung{number}]"
    if upload:
        return f",split=2[cut{number}][feed{number}];[cut{number}]{upload.removeprefix(',')}[rung{number}]"
    return f",split=2[rung{number}][feed{number}]"


def shared_filters(recipe: Recipe, segments: Segments, first: int, origin_s: float) -> list[str]:
    """What all rungs have in common; ``recipe`` is the largest."""
    chain = [f"setpts=round(PTS-{origin_s:.6f}/TB)"] if origin_s else []
    if recipe.has_strays:
        chain.append(_times_in_film(recipe, segments, first))
    if recipe.deinterlace:
        chain.append("bwdif=mode=send_frame")
    if recipe.fixed:
        chain.append(f"fps=fps={recipe.fps}:start_time={_seconds(segments.start_s(first))}")
        chain.append(f"tpad=stop_mode=clone:stop_duration={LONGEST_HOLD_S}")
    if recipe.tonemap:
        chain += [f"scale={recipe.width}:{recipe.height}", _colours_of(recipe.transfer), TONE_MAP]
    return chain


def _times_in_film(recipe: Recipe, segments: Segments, first: int) -> str:
    """A picture with a time that no film has follows the one before it; the rate filter would fill hours with it."""
    latest = _seconds(segments.total_s + LONGEST_HOLD_S)
    start = f"round({_seconds(segments.start_s(first))}/TB)"
    follows = f"if(isnan(PREV_OUTPTS),{start},PREV_OUTPTS+round(1/({recipe.fps})/TB))"
    return f"setpts='if(between(T,-{LONGEST_HOLD_S},{latest}),PTS,{follows})'"


def _colours_of(transfer: int) -> str:
    """Say what the pictures are: files forget to, and zscale refuses to guess. Without a transfer: Dolby Vision 5."""
    matrix = "bt2020nc" if transfer in HDR_NAMES else "ictcp"
    curve = HDR_NAMES.get(transfer, HDR_NAMES[PQ])
    return f"setparams=color_primaries=bt2020:color_trc={curve}:colorspace={matrix}"


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f}"
