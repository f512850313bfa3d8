"""Announcing writes two rows in one statement: every value of either must arrive."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Base
from app.core.idempotency import Idempotency
from app.core.refs import Ref
from app.core.settings import Settings
from app.core.storage import Storage
from app.media.models import MediaObject, MediaState
from app.media.service import NewObject
from app.medication import rules
from app.medication.media import FILM
from app.medication.models import Dose, Recording, RecordingState
from app.medication.schemas.recordings import RecordingCreate
from app.medication.service.announcements import NewFilm, announce
from app.patients.models import Patient, Relation
from tests.medication import factories as make

# What the phone says about its film, stored as it says it.
FROM_PHONE = ("opened_at", "captured_at", "day_code", "mirrored")


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


def _wanted(model: type[Base]) -> set[str]:
    """Columns that a new row must be given: PostgreSQL fills in none of them."""
    table = model.__table__
    return {
        c.key
        for c in table.columns
        if c.computed is None and (c.default is not None or not (c.nullable or c.server_default))
    }


@pytest.mark.parametrize(("model", "row"), [(Recording, NewFilm), (MediaObject, NewObject)])
def test_new_row_has_every_column_that_nobody_else_fills_in(
    model: type[Base], row: type[NewFilm | NewObject]
) -> None:
    assert _wanted(model) <= set(row._fields)


async def test_film_and_object_are_stored_as_they_were_announced(
    session: AsyncSession, settings: Settings, patient: Patient, dose: Dose
) -> None:
    once = Idempotency("one-film-one-key", "hash-of-the-request")
    record, film = make.own_record(patient), _film(patient, dose)

    to_film = make.to_film(dose)
    made = await announce(session, settings, Storage(settings), record, to_film, once, film)

    stored = await session.get_one(Recording, made.id)
    media = await session.get_one(MediaObject, stored.media_id)
    form = made.ticket
    assert form is not None
    assert made.state is stored.state is RecordingState.REQUESTED
    assert {name: getattr(stored, name) for name in FROM_PHONE} == {
        name: getattr(film, name) for name in FROM_PHONE
    }
    assert (stored.dose_id, stored.patient_id, stored.team_id) == (
        dose.id, patient.id, patient.team_id,
    )  # fmt: skip
    assert (stored.client_key, stored.request_hash) == (once.key, once.request_hash)
    assert (stored.by_account_id, stored.relation) == (record.by_account, Relation.SELF)
    assert (stored.rounds, stored.flags) == (0, [])
    assert media.owner == Ref("medication", "recording", stored.id)
    assert (media.patient_id, media.purpose, media.state) == (
        patient.id, FILM.code, MediaState.PRESIGNED,
    )  # fmt: skip
    assert (media.content_type, media.key) == ("video/mp4", form.fields["key"])
    assert abs(media.presigned_until - form.expires_at) < timedelta(seconds=5)
    assert media.next_check_at > media.created_at
