"""One source of row ids: UUID version 7, which sorts by time of creation."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """Make one by RFC 9562: 48 bits of milliseconds, then random. It leaks its time: no secret."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
