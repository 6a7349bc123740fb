"""What a person sees: one line a step with its time, then the addresses."""

import socket
import sys
from io import StringIO

TITLE_WIDTH = 46


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def step(title: str, seconds: float) -> None:
    print(f"  {title:<{TITLE_WIDTH}} {seconds:6.1f} s", flush=True)


def lan_address() -> str | None:
    """The address other machines at home use, by asking the routing table; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def qr_code(url: str) -> str:
    import segno

    out = StringIO()
    segno.make(url, error="l", micro=False).terminal(out=out, border=2, compact=True)
    return out.getvalue()


def welcome(*, local_url: str, lan_url: str | None, setup_link: str | None, seconds: float) -> None:
    step("Matinee is up", seconds)
    print(f"\n  Open      {local_url}")
    if lan_url:
        print(f"  At home   {lan_url}")
    if setup_link:
        print(f"  Set up    {setup_link}   (works once: makes you the operator)")
    if lan_url and "utf" in (sys.stdout.encoding or "").lower():
        print(qr_code(lan_url))
    print("  Ctrl-C stops everything.\n", flush=True)
