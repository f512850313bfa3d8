"""The load: a closed loop over a few connections, in a process of its own, bytes in and out.

Reads a plan from standard input (pickle) and writes what it measured to standard output.
"""

import asyncio
import pickle
import sys
import time
from collections.abc import Sequence

from scripts.benchmark.load import Load, Plan


async def _lane(plan: Plan, requests: Sequence[bytes], load: Load, until: float) -> None:
    reader, writer = await asyncio.open_connection(plan.host, plan.port, limit=2**20)
    number = 0
    while number < len(requests) if plan.seconds is None else time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(requests[number % len(requests)])
        status = await _answer(reader)
        load.latencies.append(time.perf_counter() - began)
        load.statuses[status] += 1
        number += 1
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _length(head.lower())
    if length is None:
        raise RuntimeError("an answer without content-length")
    if length:
        await reader.readexactly(length)
    return int(head[9:12])


def _length(head: bytes) -> int | None:
    if b" 204 " in head[:16]:
        return 0
    _, found, rest = head.partition(b"content-length: ")
    return int(rest.partition(b"\r\n")[0]) if found else None


async def _run(plan: Plan) -> Load:
    load, began = Load(), time.perf_counter()
    until = began + (plan.seconds or 0)
    await asyncio.gather(*(_lane(plan, lane, load, until) for lane in plan.lanes))
    load.seconds = time.perf_counter() - began
    return load


def main() -> None:
    plan: Plan = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  # our own process
    sys.stdout.buffer.write(pickle.dumps(asyncio.run(_run(plan))))


if __name__ == "__main__":
    main()
