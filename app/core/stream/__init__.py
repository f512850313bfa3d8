"""Server-sent events to PC pages: rows and one NOTIFY in the writer's transaction, a hub a process.

A writer calls `tell`; a route answers a `StreamResponse`. Messages carry names and ids only: the
page asks again for what it shows, through its own access rule.
"""

from app.core.stream.events import StreamEvent, tell
from app.core.stream.hub import Hub, TooManyStreams
from app.core.stream.response import Recheck, StreamResponse

__all__ = ["Hub", "Recheck", "StreamEvent", "StreamResponse", "TooManyStreams", "tell"]
