"""Makes the demo film on this machine: two minutes of moving colour with the time and the frame number burnt in.

A bar runs across the picture once in five seconds and clicks alternate between left and right twice a second, so that
two screens side by side, or sound against picture, can be judged by eye and ear.
"""

import subprocess
from pathlib import Path

from django.conf import settings
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import ImageFont

from apps.common.errors import Unavailable

DURATION_S = 120
FRAME_RATE = 24
KEYFRAME_FRAMES = 72  # every 3 s
MAKE_LIMIT_S = 300
FONT_FILE = "font.ttf"
SAME_BYTES = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")  # made again: the same torrent
SUBTITLES = (
    ("eng", "English", "This is second {second} of the demo film."),
    ("deu", "Deutsch", "Dies ist Sekunde {second} des Demofilms."),
)

# The colours are drawn small and stretched: drawn at full size they cost ten times the encoding.
COLOURS = (
    f"gradients=s=160x90:r={FRAME_RATE}:d={DURATION_S}:n=4:speed=0.02:c0=0x241a12:c1=0xb5541c:c2=0xf2b134:c3=0x2a4858"
)
BAR = f"color=c=0xf5efe2:s=40x8:r={FRAME_RATE}:d={DURATION_S}"
LEFT = "0.15*sin(2*PI*440*t)*lt(mod(t\\,1)\\,0.08)+0.05*sin(2*PI*110*t)"
RIGHT = "0.10*sin(2*PI*660*t)*lt(mod(t+0.5\\,1)\\,0.08)+0.05*sin(2*PI*165*t)"
TONES = f"aevalsrc='{LEFT}|{RIGHT}':s=48000:d={DURATION_S}"
WORDS = f"drawtext=fontfile={FONT_FILE}:fontsize=40:y=h-145"
PICTURE = (
    "[0]format=yuv420p,scale=1280:720:flags=fast_bilinear[colours];[1]format=yuv420p[bar];"
    "[colours][bar]overlay=x='mod(t*256\\,W)':y=H-90,"
    "drawbox=x=0:y=ih-150:w=iw:h=50:color=black@0.45:t=fill,"
    f"{WORDS}:fontcolor=0xf5efe2:x=60:text='%{{pts\\:hms}}',"
    f"{WORDS}:fontcolor=0xf2b134:x=w-tw-60:text='frame %{{frame_num}}'[picture]"
)


def make_demo_film(folder: Path) -> Path:
    """The film in ``folder``, made unless it is there complete. Raises Unavailable with ffmpeg's last words."""
    film = folder / "A.Matinee.for.Two.mkv"
    if film.exists():
        return film
    folder.mkdir(parents=True, exist_ok=True)
    # Pillow carries this font; a bare machine has none that ffmpeg could find.
    font = ImageFont.load_default(40)
    (folder / FONT_FILE).write_bytes(font.font_bytes)  # type: ignore[union-attr]  # given a size, it is a FreeType font
    for language, _, sentence in SUBTITLES:
        (folder / f"{language}.srt").write_text(subtitles(sentence), encoding="utf-8")
    half_made = folder / "half-made.mkv"
    done = subprocess.run(
        command(half_made.name), cwd=folder, capture_output=True, text=True, check=False, timeout=MAKE_LIMIT_S
    )
    if done.returncode != 0:
        raise Unavailable(f"ffmpeg could not make the demo film: {done.stderr.strip()[-500:]}")
    half_made.rename(film)
    return film


def command(output: str) -> list[str]:
    """ffmpeg's arguments; every file is named relative to the folder it runs in."""
    inputs = [part for source in (COLOURS, BAR, TONES) for part in ("-f", "lavfi", "-i", source)]
    tracks = ["-map", "[picture]", "-map", "2:a"]
    for index, (language, name, _) in enumerate(SUBTITLES):
        inputs += ["-i", f"{language}.srt"]
        tracks += ["-map", f"{3 + index}:s", f"-metadata:s:s:{index}", f"language={language}"]
        tracks += [f"-metadata:s:s:{index}", f"title={name}"]
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-g", str(KEYFRAME_FRAMES), "-pix_fmt", "yuv420p"]
    sound = ["-c:a", "aac", "-b:a", "128k", "-metadata:s:a:0", "language=eng", "-c:s", "srt"]
    start = [settings.FFMPEG or get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *inputs]
    return [*start, "-filter_complex", PICTURE, *tracks, *video, *sound, *SAME_BYTES, "-t", str(DURATION_S), output]


def subtitles(sentence: str) -> str:
    """SubRip text with one cue every two seconds."""
    cues = []
    for number, second in enumerate(range(0, DURATION_S, 2), start=1):
        span = f"{clock(second)},000 --> {clock(second + 1)},800"
        cues.append(f"{number}\n{span}\n{sentence.format(second=second)}\n")
    return "\n".join(cues)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
