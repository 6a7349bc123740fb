"""What is counted of ffmpeg's messages while it runs."""

from apps.streaming.adapters.ffmpeg import Watch

LINES = (
    b"[vist#0:0/h264 @ 0x1] [warning] corrupt decoded frame\n"
    b"[h264 @ 0x2] [error] error while decoding MB 3 4\n"
    b"[out#0 @ 0x3] [warning] something else\n"
)


def test_every_message_counts_however_many_there_are_and_wherever_they_are_cut():
    watch = Watch(last_life=0)
    data = LINES * 2000
    for at in range(0, len(data), 777):
        watch.take_stderr(data[at : at + 777])
    assert (watch.damaged, watch.errors) == (2000, 2000)
    assert len(watch.complaint) <= 1500


def test_a_message_without_an_end_does_not_grow():
    watch = Watch(last_life=0)
    for _ in range(100):
        watch.take_stderr(b"x" * 65_536)
    assert len(watch.partial_stderr) <= 2 * 65_536
