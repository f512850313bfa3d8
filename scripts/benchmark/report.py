"""The table of a run, as text for the terminal and the README and as JSON for comparisons."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.benchmark.batches import Batches
from scripts.benchmark.streams import Streams
from scripts.benchmark.supervisor import Supervisor, told
from scripts.benchmark.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Beside:
    """What is measured beside the table; None what this run left out."""

    uploads: Uploads | None = None
    streams: Streams | None = None
    batches: Batches | None = None
    supervisor: Supervisor | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds and calls a second; `small` is the same on a thousandth of the patients."""

    name: str
    statements: int
    rate: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    bare_rate: float
    bare_p95_ms: float
    bare_cpu_ms: float
    pgbench_rate: float
    small_p95_ms: float

    @property
    def of_bare(self) -> float:
        return self.rate / self.bare_rate

    @property
    def growth(self) -> float:
        return self.p95_ms / self.small_p95_ms


BARS = {"of_bare": 0.5, "statements": 6, "growth": 1.3, "uploads": 0.9}
HEAD = (
    "| | SQL | ours /s | p50 ms | p95 ms | CPU ms | bare /s | p95 ms | CPU ms | ours ÷ bare "
    "| pgbench /s | p95 ÷ p95 small |"
)


def _row(line: Line) -> str:
    cells = (
        line.name,
        _judged(str(line.statements), line.statements <= BARS["statements"]),
        f"{line.rate:.0f}",
        f"{line.p50_ms:.1f}",
        f"{line.p95_ms:.1f}",
        f"{line.cpu_ms:.2f}",
        f"{line.bare_rate:.0f}",
        f"{line.bare_p95_ms:.1f}",
        f"{line.bare_cpu_ms:.2f}",
        _judged(f"{line.of_bare:.2f}", line.of_bare >= BARS["of_bare"]),
        f"{line.pgbench_rate:.0f}",
        _judged(f"{line.growth:.2f}", line.growth <= BARS["growth"]),
    )
    return f"| {' | '.join(cells)} |"


def _judged(text: str, reached: bool) -> str:
    return text if reached else f"**{text}** ✗"


def table(lines: Sequence[Line], beside: Beside, about: str) -> str:
    rows = [HEAD, "|---" + "|---:" * 11 + "|", *map(_row, lines)]
    text = [about, "", *rows, ""]
    if beside.uploads:
        text.append(_uploads(beside.uploads))
    if beside.streams:
        text.append(_streams(beside.streams))
    if beside.batches:
        text.append(_batches(beside.batches))
    if beside.supervisor:
        text.append(told(beside.supervisor))
    text.append(
        "Bars: ours ÷ bare ≥ 0.5, SQL ≤ 6, p95 ÷ p95 small ≤ 1.3, uploads ≥ 0.9. ✗ misses its bar."
    )
    return "\n".join(text)


def _uploads(uploads: Uploads) -> str:
    ratio = _judged(f"{uploads.ratio:.2f}", uploads.ratio >= BARS["uploads"])
    return (
        f"Uploads of {uploads.size / 1e6:.0f} MB, {uploads.lanes} at once: presigned POST "
        f"{uploads.post:.0f} MB/s, plain PUT {uploads.put:.0f} MB/s, ratio {ratio}."
    )


def _batches(batches: Batches) -> str:
    return (
        f"Alerts raised {batches.raised_rate:.0f} a second ({batches.raised_cpu_ms:.0f} ms of CPU "
        f"for a thousand); flags compared of {batches.compared_rate:.0f} patients a second "
        f"({batches.compared_cpu_ms:.0f} ms of CPU for a thousand)."
    )


def _streams(streams: Streams) -> str:
    return (
        f"{streams.open} open event streams on one process: {streams.kb_each:.0f} kB each, "
        f"{streams.quiet_cpu:.1%} of a core in silence, {streams.busy_cpu:.0%} with 4 messages "
        f"a second to all; from the commit to the pages p50 {streams.p50_ms:.0f} ms, "
        f"p95 {streams.p95_ms:.0f} ms, max {streams.max_ms:.0f} ms; LISTEN connection lost: all "
        f"heard again after {streams.back_s:.1f} s, no message lost; an ordinary page beside "
        f"them p95 {streams.beside_p95_ms:.1f} ms, alone {streams.alone_p95_ms:.1f} ms."
    )


def save(
    place: Path,
    lines: Sequence[Line],
    beside: Beside,
    about: dict[str, Any],
    text: str,
) -> None:
    place.mkdir(parents=True, exist_ok=True)
    figures = {
        "about": about,
        "lines": [asdict(line) for line in lines],
        **asdict(beside),
    }
    (place / "latest.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False))
    (place / "latest.md").write_text(text + "\n")
