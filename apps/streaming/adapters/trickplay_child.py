"""Makes the sheets of small pictures in a process of its own (``python -m``): ``<film> <zero> <layout as JSON>
<folder>``.

Writes ``t00.jpg`` and so on into the folder. One keyframe is decoded for each picture and no other frame; a
picture that the film does not have repeats the one before it.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from PIL import Image

from apps.streaming.adapters.film_clock import zero_of
from apps.streaming.adapters.probe_child import film_video, open_film
from apps.streaming.domain.trickplay import JPEG_QUALITY, PER_SHEET, Layout, sheet_name, tone_curve

AHEAD_S = 0.05  # a keyframe this little after the wanted time is the wanted one


def keyframes(container: InputContainer, layout: Layout, zero_s: float) -> Iterator[tuple[int, "Packet[Any]"]]:
    """For each wanted picture the first keyframe at or after its time, with the picture's number."""
    video: Any = film_video(container)
    walk = container.demux(video)
    wanted = 0
    while wanted < layout.count:
        try:
            packet = next(walk, None)
        except FFmpegError:
            return
        if packet is None:
            return
        time = packet.dts if packet.pts is None else packet.pts
        if time is None or not packet.is_keyframe or not packet.size:
            continue
        at_s = float(time * packet.time_base) - zero_s
        if at_s + AHEAD_S >= wanted * layout.interval_s:
            number = int((at_s + AHEAD_S) // layout.interval_s)
            yield max(wanted, number), packet
            wanted = max(wanted, number) + 1


def picture_of(packet: "Packet[Any]") -> VideoFrame | None:
    """One keyframe on its own: the decoder is emptied and made ready for the next one."""
    context: Any = packet.stream.codec_context
    try:
        frames = [*context.decode(packet), *context.decode(None)]
    except FFmpegError:
        frames = []
    context.flush_buffers()
    return frames[0] if frames else None


def small(frame: VideoFrame, layout: Layout) -> Image.Image:
    """The frame upright, in its shape, as an SDR screen shows it."""
    is_sideways = layout.turn % 180 != 0
    size = (layout.height, layout.width) if is_sideways else (layout.width, layout.height)
    scaled: Any = frame.reformat(width=size[0], height=size[1], format="rgb24")
    image: Image.Image = scaled.to_image()
    curve = tone_curve(layout.transfer)
    image = image.point(curve * 3) if curve else image
    return image.rotate(layout.turn, expand=True) if layout.turn else image


class Sheets:
    """Fills one sheet after the other; pictures come in order of their numbers."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.next = layout, 0
        self.sheet: Image.Image | None = None
        self.latest: Image.Image | None = None

    def put(self, number: int, image: Image.Image) -> None:
        """Numbers that were left out show the picture before them, or this one at the beginning."""
        self.fill(number, self.latest or image)
        self.latest = image
        self._place(image)

    def fill(self, until: int, image: Image.Image) -> None:
        while self.next < min(until, self.layout.count):
            self._place(image)

    def _place(self, image: Image.Image) -> None:
        sheet, x, y = self.layout.place(self.next)
        if self.sheet is None:
            self.sheet = Image.new("RGB", self.layout.sheet_size(sheet))
        self.sheet.paste(image, (x, y))
        self.next += 1
        if self.next % PER_SHEET == 0 or self.next == self.layout.count:
            self.sheet.save(sheet_name(sheet), "JPEG", quality=JPEG_QUALITY, progressive=False)
            self.sheet = None


def make_sheets(url: str, told_zero: str, layout: Layout) -> int:
    """How many keyframes were decoded."""
    sheets = Sheets(layout)
    decoded = 0
    with open_film(url) as container:
        video: Any = film_video(container)
        video.codec_context.skip_frame = "NONKEY"
        video.codec_context.thread_count = 1  # threads would hold the picture back
        for number, packet in keyframes(container, layout, zero_of(container, told_zero)):
            frame = picture_of(packet)
            if frame is not None:
                decoded += 1
                sheets.put(number, small(frame, layout))
    if sheets.latest is None:
        raise ValueError("no picture")
    sheets.fill(layout.count, sheets.latest)
    return decoded


def main(arguments: list[str]) -> int:
    film, zero, layout, folder = arguments
    os.chdir(folder)
    try:
        decoded = make_sheets(film, zero, Layout(**json.loads(layout)))
    except (FFmpegError, ValueError) as error:
        sys.stderr.write(f"The pictures of this film cannot be read ({type(error).__name__}).\n")
        return 2
    json.dump({"decoded": decoded}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
