"""How far a reader has read: parsed strictly, for it comes back from a browser."""

from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.stream.position import LONGEST_RUNNING, Position, later

AT = 1_700_000_000


def test_what_is_sent_is_read_back() -> None:
    for position in (Position(AT, 10, 10), Position(AT, 10, 15, (10, 12))):
        sent = position.id_line.decode().removeprefix("id: ").strip()

        assert Position.parse(sent) == position


@pytest.mark.parametrize(
    "event_id",
    [
        "", "7", "x.1:1:", "1.0:5:", "1.5:4:", "1.5:9:4", "1.5:9:9", "1.5:9:7,6", "1.5:9:6,6",
        "1.5:9:6,", "1.5:9:6\n", " 1.5:9:6", "1.5:9:6;drop", "1.1234567890123456789:5:",
        "1.\u0665:9:", "1.5:900:" + ",".join(map(str, range(5, 106))),
    ],
)  # fmt: skip
def test_what_is_none_of_ours_is_nobodys(event_id: str) -> None:
    assert Position.parse(event_id) is None


def test_a_long_list_becomes_an_earlier_position() -> None:
    running = tuple(range(5, 6 + LONGEST_RUNNING))
    position = Position(AT, 5, 900, running)

    assert position.id_line == b"id: %d.5:5:\n" % AT
    assert len(Position(AT, 5, 900, running[:-1]).id_line) > 300


async def test_it_sees_what_the_database_sees(session: AsyncSession) -> None:
    position = Position(AT, 10, 15, (10, 12))
    for tx in range(8, 18):
        visible = await session.scalar(
            text("select pg_visible_in_snapshot(cast(:tx as text)::xid8, '10:15:10,12')"),
            {"tx": str(tx)},
        )

        assert position.sees(tx) is visible, tx


def test_the_later_position_wins() -> None:
    ordered = [
        Position(AT, 10, 15, (10, 12)),
        Position(AT, 10, 15, (10,)),
        Position(AT, 15, 15),
        Position(AT, 15, 16, (15,)),
        Position(AT, 16, 16),
    ]
    for earlier, after in pairwise(ordered):
        assert later(earlier, after) == later(after, earlier) == after
