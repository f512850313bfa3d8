"""Announcing writes two rows in one statement: every value of either must arrive."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.idempotency import Idempotency
from app.core.ids import uuid7
from app.core.refs import Ref
from app.core.settings import Settings
from app.core.storage import Storage
from app.media.models import MediaObject
from app.media.service import OBJECT_COLUMNS, new_object
from app.medication import rules
from app.medication.media import FILM
from app.medication.models import Dose, Recording
from app.medication.queries.doses import DoseToFilm
from app.medication.schemas.recordings import RecordingCreate
from app.medication.service.announcements import FILM_COLUMNS, announce
from app.patients.loaders import OwnRecord, PatientOfPhone
from app.patients.models import Patient, Relation


def _given(row: MediaObject | Recording) -> dict[str, object]:
    """Values that were set on a row which no session knows."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def to_film(dose: Dose) -> DoseToFilm:
    return DoseToFilm._make(getattr(dose, name) for name in DoseToFilm._fields)


def _record(patient: Patient) -> OwnRecord:
    assert patient.wechat_account_id is not None
    return OwnRecord(
        PatientOfPhone(patient.id, patient.team_id, patient.zone),
        patient.wechat_account_id,
        Relation.SELF,
        frozenset(),
        frozenset(),
    )


def _film(patient: Patient, dose: Dose) -> RecordingCreate:
    at = clock.now()
    return RecordingCreate(
        content_type="video/mp4",
        size=100_000,
        duration_ms=20_000,
        captured_at=at - timedelta(minutes=1),
        opened_at=at - timedelta(minutes=2),
        day_code=rules.day_code(patient.id, dose.due_on),
        mirrored=True,
    )


async def test_the_film_is_stored_as_it_was_announced(
    session: AsyncSession, settings: Settings, patient: Patient, dose: Dose
) -> None:
    once = Idempotency("one-film-one-key", "hash-of-the-request")

    made, _ = await announce(
        session,
        settings,
        Storage(settings),
        _record(patient),
        to_film(dose),
        once,
        _film(patient, dose),
    )

    stored = await session.get_one(Recording, made.id)
    assert stored is not made
    given = _given(made)
    assert given.keys() == {column.key for column in FILM_COLUMNS}
    assert {name: getattr(stored, name) for name in given} == given


async def test_the_object_is_stored_as_it_was_made(
    session: AsyncSession, settings: Settings, patient: Patient, dose: Dose
) -> None:
    once = Idempotency("one-film-one-key", "hash-of-the-request")
    owner = Ref("medication", "recording", uuid7())
    made = new_object(settings, FILM, "video/mp4", patient.id, owner)

    film, _ = await announce(
        session,
        settings,
        Storage(settings),
        _record(patient),
        to_film(dose),
        once,
        _film(patient, dose),
    )

    given = _given(made)
    assert given.keys() == {column.key for column in OBJECT_COLUMNS}
    stored = await session.scalar(select(MediaObject).where(MediaObject.id == film.media_id))
    assert stored is not None
    assert [n for n in given if given[n] is not None and getattr(stored, n) is None] == []
