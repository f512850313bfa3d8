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
    small_p95_ms: float | None
    planned_anew: int
    pgbench_rate: float | None = None

    @property
    def of_bare(self) -> float:
        return self.rate / self.bare_rate

    @property
    def of_bare_cpu(self) -> float:
        """How much of our processor time the bare handler needs for the old statements."""
        return self.bare_cpu_ms / self.cpu_ms

    @property
    def growth(self) -> float | None:
        return self.p95_ms / self.small_p95_ms if self.small_p95_ms else None


BARS = {"of_bare": 0.6, "statements": 6, "growth": 1.3, "uploads": 0.9}
MOST_STATEMENTS = {"today": 2, "presign": 4}  # of the others BARS["statements"]
HEAD = (
    "| | SQL | planned anew | CPU ms | bare CPU ms | bare ÷ ours, CPU | ours /s | bare /s "
    "| ours ÷ bare, rate | p50 ms | p95 ms | bare p95 ms | p95 ÷ p95 small | pgbench /s |"
)


def _row(line: Line) -> str:
    most = MOST_STATEMENTS.get(line.name, BARS["statements"])
    cells = (
        line.name,
        _judged(str(line.statements), line.statements <= most),
        _judged(str(line.planned_anew), line.planned_anew == 0),
        f"{line.cpu_ms:.2f}",
        f"{line.bare_cpu_ms:.2f}",
        _judged(f"{line.of_bare_cpu:.2f}", line.of_bare_cpu >= BARS["of_bare"]),
        f"{line.rate:.0f}",
        f"{line.bare_rate:.0f}",
        f"{line.of_bare:.2f}",
        f"{line.p50_ms:.1f}",
        f"{line.p95_ms:.1f}",
        f"{line.bare_p95_ms:.1f}",
        "" if line.growth is None else _judged(f"{line.growth:.2f}", line.growth <= BARS["growth"]),
        "" if line.pgbench_rate is None else f"{line.pgbench_rate:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _judged(text: str, reached: bool) -> str:
    return text if reached else f"**{text}** ✗"


def table(lines: Sequence[Line], beside: Beside, about: str) -> str:
    rows = [HEAD, "|---" + "|---:" * 13 + "|", *map(_row, lines)]
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
        "The bare handler sends the statements of commit 1c0dac4 where the operation is that old. "
        "Bars: bare ÷ ours in CPU ≥ 0.6, SQL ≤ 2, 4, then 6, none planned anew, "
        "p95 ÷ p95 small ≤ 1.3, uploads ≥ 0.9. ✗ misses its bar."
    )
    return "\n".join(text)


def _uploads(uploads: Uploads) -> str:
    ratio = _judged(f"{uploads.ratio:.2f}", uploads.ratio >= BARS["uploads"])
    return (
        f"Uploads of {uploads.size / 1e6:.0f} MB, {uploads.lanes} at once: presigned POST "
        f"{uploads.post:.0f} MB/s, plain PUT {uploads.put:.0f} MB/s, ratio {ratio}; the store's "
        f"own process spends {uploads.post_cpu_ms:.1f} ms of CPU on a POST and "
        f"{uploads.put_cpu_ms:.1f} ms on a PUT (ratio "
        f"{uploads.put_cpu_ms / uploads.post_cpu_ms:.2f}), ours none."
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
    place: Path, lines: Sequence[Line], beside: Beside, about: dict[str, Any], heading: str
) -> str:
    """Keep the figures and return their table; lines of earlier runs of this size stay."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / "latest.json"
    kept = {line.name: line for line in [*_earlier(path, about), *lines]}
    text = table(list(kept.values()), beside, heading)
    figures = {
        "about": about,
        "lines": [asdict(line) for line in kept.values()],
        **asdict(beside),
    }
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False))
    (place / "latest.md").write_text(text + "\n")
    return text


def _earlier(path: Path, about: dict[str, Any]) -> list[Line]:
    """Read the lines of a run that was as large, with the same code."""
    if not path.exists():
        return []
    figures = json.loads(path.read_text())
    same = all(figures["about"].get(k) == about[k] for k in ("commit", "patients", "small"))
    return [Line(**line) for line in figures["lines"]] if same else []
