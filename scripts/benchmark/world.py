"""The ways into the system that are measured, as HTTP calls to a seeded district."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from secrets import token_hex
from uuid import UUID

from app.accounts import tokens
from app.core.settings import Settings

# Patients of a team, and its doctors: so many that none comes near a limit of `core/limits.py`.
TEAM, DOCTORS = 1000, 24
TODAY = 54  # the number of today's dose
WAITING = range(48, 54)  # doses whose films wait, of every tenth patient
PATIENT, ACCOUNT, DOSE, MEDIA, RECORDING, STAFF = 7, 5, 11, 12, 13, 3
# What the bench itself puts into a database for one round, beside what was seeded.
OWN_MEDIA, OWN_RECORDING = 32, 33


def bench_id(kind: int, n: int) -> UUID:
    """As the function of this name in seeding.sql."""
    return UUID(f"019{kind:05x}-0000-7000-8000-{n:012x}")


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def raw(self) -> bytes:
        """Make the bytes on the wire, for a client that does nothing else."""
        body = self.body or b""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: bench"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [f"Content-Length: {len(body)}"] if self.body is not None else []
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class World:
    """One database: how many patients it has, and whom to speak as."""

    settings: Settings
    database: str
    patients: int

    @property
    def teams(self) -> int:
        return max(1, self.patients // TEAM)

    def phone(self, n: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.issue(self.settings, bench_id(ACCOUNT, n))}"}

    def doctor(self, n: int) -> dict[str, str]:
        return {"Cookie": f"weibu_staff=bench-staff-{n}", "Origin": self.settings.origin}

    def some(self, count: int, rng: Random, *, step: int = 1) -> list[int]:
        """Different patients; with step 10 those who film."""
        return rng.sample(range(step, self.patients + 1, step), count)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


JSON = {"Content-Type": "application/json"}


def today_calls(world: World, numbers: Sequence[int]) -> list[Call]:
    return [Call("GET", "/api/today", world.phone(n)) for n in numbers]


def notices_calls(world: World, numbers: Sequence[int]) -> list[Call]:
    return [Call("GET", "/api/notices", world.phone(n)) for n in numbers]


def staff_calls(world: World, path: str, doctors: Sequence[int]) -> list[Call]:
    """Ask for a page that shows each doctor their own."""
    return [Call("GET", path, world.doctor(doctor)) for doctor in doctors]


def presign_calls(world: World, numbers: Sequence[int]) -> list[Call]:
    return [_presign(world, n) for n in numbers]


def _presign(world: World, n: int) -> Call:
    at = datetime.now(UTC).isoformat()
    film = {
        "content_type": "video/mp4",
        "size": 2_000_000,
        "duration_ms": 20_000,
        "captured_at": at,
        "opened_at": at,
        "day_code": "1234",
        "mirrored": True,
    }
    key = {"Idempotency-Key": f"bench-{token_hex(16)}"}
    path = f"/api/doses/{bench_id(DOSE, n * 100 + TODAY)}/recordings"
    return Call("POST", path, world.phone(n) | JSON | key, _json(film))


def confirm_calls(world: World, numbers: Sequence[int]) -> list[Call]:
    body = _json({"sent_at": datetime.now(UTC).isoformat()})
    return [
        Call(
            "POST",
            f"/api/recordings/{bench_id(OWN_RECORDING, n)}/uploaded",
            world.phone(n) | JSON,
            body,
        )
        for n in numbers
    ]


def next_calls(world: World, team: int) -> list[Call]:
    """One call for each doctor of the team, who holds one film and asks for another."""
    first = (team - 1) * DOCTORS + 1
    return [
        Call(
            "POST",
            "/api/reviews/next",
            world.doctor(doctor) | JSON,
            _json({"holding": [str(held)]}),
        )
        for doctor, held in zip(
            range(first, first + DOCTORS), waiting_films(team, DOCTORS), strict=True
        )
    ]


def waiting_films(team: int, count: int) -> list[UUID]:
    """Films of this team that wait, newest days first: the queue gives out the oldest."""
    patients = range((team - 1) * TEAM + 10, team * TEAM + 1, 10)
    films = [bench_id(RECORDING, n * 100 + k) for k in reversed(WAITING) for n in patients]
    return films[:count]


def verdict_calls(world: World, teams: Sequence[int]) -> list[Call]:
    """Films leased beforehand, each to a doctor of its team."""
    return [_verdict(world, doctor, film) for team in teams for doctor, film in leased_films(team)]


def leased_films(team: int) -> list[tuple[int, UUID]]:
    first = (team - 1) * DOCTORS + 1
    films = waiting_films(team, len(WAITING) * TEAM // 10)
    return [(first + i % DOCTORS, film) for i, film in enumerate(films)]


def _verdict(world: World, doctor: int, film: UUID) -> Call:
    verdict = {
        "verdict": "observed",
        "reason": None,
        "comment": None,
        "tablets": None,
        "watched_ms": 15_000,
        "opened_at": datetime.now(UTC).isoformat(),
        "played_rate": 1.5,
    }
    key = {"Idempotency-Key": f"bench-{token_hex(16)}"}
    headers = world.doctor(doctor) | JSON | key
    return Call("POST", f"/api/reviews/{film}/verdict", headers, _json(verdict))


def page_calls(world: World, numbers: Sequence[int]) -> list[Call]:
    return [
        Call(
            "GET",
            f"/staff/patients/{bench_id(PATIENT, n)}",
            world.doctor((n - 1) // TEAM * DOCTORS + 1 + n // 10 % DOCTORS),
        )
        for n in numbers
    ]
