"""The product as the simulated year plays with it: each event through its services.

Labels of the year become rows of the product; what the product refuses by a problem, or by the
schema of a form, is an outcome as the model's is. Nothing is written behind the services' backs.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import and_, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.problems import NotFound, Problem
from app.core.settings import Settings
from app.core.storage import Storage
from app.medication import jobs as medication_jobs
from app.medication.models import Dose, FigureMark, Slot
from app.patients.models import Patient
from tests.simulation import model_events as e
from tests.simulation.model_words import DoseKey
from tests.simulation.product_people import Person

VALIDATION = "validation"


@dataclass(frozen=True)
class Played:
    """What the product made of an event: refused by a problem of this type, or done."""

    refused: str | None = None
    doses: int | None = None


@dataclass
class Product:
    """One database with these people in it; what each label became."""

    sessions: Sessionmaker
    settings: Settings
    storage: Storage
    people: dict[int, Person]
    treatments: dict[int, tuple[int, UUID]] = field(default_factory=dict)
    orders: dict[int, e.StartTreatment] = field(default_factory=dict)
    doses: dict[DoseKey, UUID] = field(default_factory=dict)
    films: dict[int, "SentFilm"] = field(default_factory=dict)
    unread: dict[int, dict[int, "SentFilm"]] = field(default_factory=dict)
    holds: dict[int, list[UUID]] = field(default_factory=dict)
    entries: dict[int, UUID] = field(default_factory=dict)
    presses: int = 0
    first_running: int = 0  # on whose page everything is held
    episode: DoseKey | None = None  # of the alert that is closed next

    async def play(self, at: datetime, event: e.Event) -> Played:
        """Let it happen at this instant."""
        act = ACTS[type(event)]
        with clock.frozen(at):
            try:
                async with self.sessions.begin() as session:
                    doses = await act(self, session, event)
            except Problem as problem:
                return Played(refused=problem.type)
            except ValidationError:
                return Played(refused=VALIDATION)
        return Played(doses=doses)

    async def roll_up(self, context: JobContext) -> None:
        """Bring the figures of supervision up to now, as the job does after each night.

        Days whose facts change later are marked by triggers, by the database's own clock: of a
        year that is still to come for that one they mark nothing, so all its days are marked here.
        """
        to_come = and_(Dose.closes_at > func.now(), Dose.closes_at <= clock.now())
        days = select(Patient.team_id, Dose.due_on).join(Patient, Patient.id == Dose.patient_id)
        async with self.sessions.begin() as session:
            marks = insert(FigureMark).from_select(
                ["team_id", "on"], days.where(to_come).distinct()
            )
            await session.execute(marks)
        await medication_jobs.roll_up(context)

    def key(self) -> str:
        """Return the key of one press of a button."""
        self.presses += 1
        return f"press-{self.presses:08d}"

    def person_of(self, treatment: int) -> Person:
        """Return whose treatment it is."""
        return self.people[self.known(treatment)[0]]

    def known(self, treatment: int) -> tuple[int, UUID]:
        """Return patient and row of a treatment, or refuse."""
        if treatment not in self.treatments:
            raise NotFound
        return self.treatments[treatment]

    async def dose_id(self, session: AsyncSession, key: DoseKey) -> UUID:
        """Return the row of a dose, or refuse; a phone knows it by this id for good."""
        if key not in self.doses:
            _, treatment_id = self.known(key.treatment)
            found = await session.scalar(
                select(Dose.id).where(
                    Dose.treatment_id == treatment_id,
                    Dose.due_on == key.day,
                    Dose.slot == Slot(key.slot),
                )
            )
            if found is None:
                raise NotFound
            self.doses[key] = found
        return self.doses[key]

    def film(self, label: int) -> "SentFilm":
        """Return a film that was announced, or refuse."""
        if label not in self.films:
            raise NotFound
        return self.films[label]

    def unread_of(self, patient: int) -> Sequence["SentFilm"]:
        """Return the films of a patient that may wait in the queue."""
        return list(self.unread.get(patient, {}).values())

    def sent(self, label: int, film: "SentFilm") -> None:
        """Note a film that was announced, or of which a verdict was withdrawn."""
        self.films[label] = film
        self.unread.setdefault(film.patient, {})[label] = film

    def read(self, label: int) -> None:
        """Note that a film was decided."""
        self.unread[self.films[label].patient].pop(label, None)


@dataclass(frozen=True)
class SentFilm:
    """A film as the phone knows it."""

    patient: int
    dose: DoseKey
    recording_id: UUID
    media_id: UUID


Act = Callable[[Product, AsyncSession, Any], Awaitable[int | None]]
ACTS: dict[type, Act] = {}


def plays(kind: type) -> Callable[[Act], Act]:
    """Declare how an event of this kind is carried out."""

    def declare(act: Act) -> Act:
        ACTS[kind] = act
        return act

    return declare
