"""A part of an export as whoever takes it along reads it."""

import json
from typing import Any

from app.core.db import Sessionmaker
from app.core.export import Part, written


async def held_in(sessions: Sessionmaker, part: Part) -> Any:
    return json.loads(b"".join([piece async for piece in written(sessions, part)]))
