"""A real SMTP server on loopback that keeps what it takes, and can refuse, dawdle or break off on purpose."""

import socketserver
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class SmtpSink:
    """``refusals`` maps a recipient to the reply its RCPT gets; ``breaks_off``: hang up after reading a mail."""

    refusals: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False
    delay_s: float = 0
    taken: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> "SmtpSink":
        sink = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(ConnectionError):  # the other side may be killed in mid-sentence
                    converse(self, sink)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Conversation)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def converse(handler: socketserver.StreamRequestHandler, sink: SmtpSink) -> None:
    def say(line: str) -> None:
        handler.wfile.write(line.encode() + b"\r\n")

    say("220 sink ready")
    recipient = ""
    while line := handler.rfile.readline().decode(errors="replace").rstrip("\r\n"):
        verb = line[:4].upper()
        if verb == "RCPT":
            recipient = line.split("<")[1].split(">")[0]
            say(sink.refusals.get(recipient, "250 ok"))
        elif verb == "DATA":
            say("354 go on")
            body = read_mail(handler)
            sink.taken.append((recipient, body))
            time.sleep(sink.delay_s)
            if sink.breaks_off:
                return
            say("250 taken")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 sink")


def read_mail(handler: socketserver.StreamRequestHandler) -> str:
    lines = []
    while (line := handler.rfile.readline().decode(errors="replace").rstrip("\r\n")) != ".":
        lines.append(line)
    return "\n".join(lines)
