"""The floor: the same statements by pgbench, one file of captured calls for each of its clients."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from scripts.benchmark.capture import Answer, AsJson, renewed
from scripts.dev.engines import PostgreSQL

SPENT = re.compile(r"tps = ([\d.]+) \(without initial connection time\)")


def calls_per_second(
    postgresql: PostgreSQL, database: str, answers: Sequence[Answer], clients: int, place: Path
) -> float:
    """Every client plays its share once; the slowest tells when all were done."""
    place.mkdir(parents=True, exist_ok=True)
    shares = [answers[n::clients] for n in range(clients)]
    with psycopg.connect(postgresql.conninfo(database)) as connection:
        files = [_write(connection, share, place / f"{n}.sql") for n, share in enumerate(shares)]
    running = [_start(postgresql, database, file) for file in files]
    seconds = [_seconds(process) for process in running]
    return len(answers) / max(seconds)


def _write(connection: psycopg.Connection, answers: Sequence[Answer], path: Path) -> Path:
    cursor = psycopg.ClientCursor(connection)
    lines: list[str] = []
    for answer in answers:
        for transaction in answer.transactions:
            lines.append("begin;")
            for statement, stored in renewed(transaction):
                values = {n: _plain(v) for n, v in stored.items()}
                text = cursor.mogrify(sql.SQL(statement), values)
                lines.append(f"{' '.join(text.split())};")
            lines.append("commit;")
    path.write_text("\n".join(lines))
    return path


def _plain(value: object) -> object:
    return Jsonb(value.value) if isinstance(value, AsJson) else value


def _start(postgresql: PostgreSQL, database: str, file: Path) -> "subprocess.Popen[str]":
    command = [
        str(postgresql.program("pgbench")),
        *("--no-vacuum", "--client=1", "--jobs=1", "--transactions=1", f"--file={file}"),
        postgresql.conninfo(database),
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
    )


def _seconds(process: "subprocess.Popen[str]") -> float:
    output, errors = process.communicate()
    found = SPENT.search(output)
    if process.returncode or found is None or "aborted" in errors:
        raise RuntimeError(f"pgbench failed: {errors[-600:]}")
    return 1 / float(found[1])
