"""One stream's buffer: what came while it read the table is neither lost nor doubled."""

from app.core.stream.events import Message, Read
from app.core.stream.position import Position
from app.core.stream.streams import BUFFER, Stream


def at(xmax: int) -> Position:
    return Position(1_700_000_000, xmax, xmax)


def message(tx: int) -> Message:
    return Message(tx, "team:1", b"data: %d\n" % tx)


def reading(stream: Stream) -> None:
    stream.behind = False


def test_what_came_meanwhile_follows_what_was_read() -> None:
    stream = Stream("owner", frozenset({"team:1"}), at(10))
    reading(stream)
    for tx in (10, 11, 12):  # the table had the first two already
        stream.offer(message(tx))

    stream.catch_up(Read(at(12), [message(10), message(11)], complete=True))

    assert stream.take(at(13)) == b"data: 10\n\ndata: 11\n\ndata: 12\n" + at(13).id_line + b"\n"


def test_the_id_never_runs_ahead_of_what_was_left_out() -> None:
    stream = Stream("owner", frozenset({"team:1"}), at(10))
    reading(stream)
    for tx in range(10, 11 + BUFFER):  # one more than it keeps
        stream.offer(message(tx))

    assert stream.take(at(500)) == b""
    assert stream.id_line(at(500)) == at(10).id_line


def test_what_a_stream_has_seen_already_is_not_taken_again() -> None:
    stream = Stream("owner", frozenset({"team:1"}), at(20))
    reading(stream)

    stream.offer(message(19))
    assert stream.take(at(19)) == b""

    stream.offer(message(20))
    assert stream.take(at(19)) == b"data: 20\n" + at(20).id_line + b"\n"
