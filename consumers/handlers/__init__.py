"""What each frame of a page does, one module for each subject. A handler is parsing, one call, formatting."""

from consumers.handlers import chat, people, playback, polls, queue, ready, voice
from consumers.handlers.seat import Handler

HANDLERS: dict[type, Handler] = {
    **playback.HANDLERS,
    **chat.HANDLERS,
    **people.HANDLERS,
    **voice.HANDLERS,
    **queue.HANDLERS,
    **ready.HANDLERS,
    **polls.HANDLERS,
}
