"""A patient takes along everything that medication keeps, and sees which day's film was viewed."""

import inspect

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import ActorKind, AuditEvent
from app.core.db import Sessionmaker
from app.medication import models
from app.medication.audit import VIEW_VIDEO
from app.medication.models import (
    ChangeKind,
    GuideVoice,
    ReviewWithdrawal,
    TreatmentChange,
    TreatmentTemplate,
)
from app.medication.queries.exported import all_of
from tests.exporting import held_in
from tests.institutions.factories import make_staff, make_team
from tests.medication.factories import make_dose, make_recording, make_review
from tests.patients.factories import make_patient, patient_client

# Counted from the other tables, and made anew from them.
COUNTED = {
    "adherence_day",
    "figure_mark",
    "review_day",
    "slipping_patient",
    "subtree_figures",
    "team_adherence",
    "team_figures",
    "team_standing",
}


async def test_export_holds_doses_films_and_reviews_but_no_keys_of_the_storage(
    app: FastAPI, session: AsyncSession
) -> None:
    team = await make_team(session)
    patient = await make_patient(session, team=team)
    dose = await make_dose(session, patient=patient)
    recording = await make_recording(session, dose=dose)
    await make_review(session, recording=recording)
    await make_dose(session)  # somebody else's

    held = (await patient_client(app, patient).get("/api/me/export")).json()["parts"]["medication"]

    assert [d["id"] for d in held["dose"]] == [str(dose.id)]
    assert [r["id"] for r in held["recording"]] == [str(recording.id)]
    assert len(held["review"]) == 1
    assert len(held["treatment"]) == 1
    assert "film_key" not in held["recording"][0]


async def test_no_table_about_a_patient_is_left_out_of_the_export(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    """A verdict taken back and every change of the plan are there, too; a regimen is nobody's.

    Nor are words that an institution has spoken.
    """
    patient = await make_patient(session)
    dose = await make_dose(session, patient=patient)
    review = await make_review(session, recording=await make_recording(session, dose=dose))
    change = {"kind": ChangeKind.EDITED, "changed_by": review.reviewer_id, "detail": {"a": 1}}
    session.add(TreatmentChange(treatment_id=dose.treatment_id, **change))
    session.add(ReviewWithdrawal(review_id=review.id))
    other = await make_dose(session)
    session.add(TreatmentChange(treatment_id=other.treatment_id, **change))
    await session.flush()

    held = await held_in(sessions, all_of(patient.id))

    every = [m for m in vars(models).values() if inspect.isclass(m)]
    own = {m.__tablename__ for m in every if hasattr(m, "__tablename__")}
    of_institutions = {TreatmentTemplate.__tablename__, GuideVoice.__tablename__}
    assert held.keys() == own - of_institutions - COUNTED
    assert [row["review_id"] for row in held["review_withdrawal"]] == [str(review.id)]
    assert [row["treatment_id"] for row in held["treatment_change"]] == [str(dose.treatment_id)]


async def test_view_of_a_film_names_the_day_of_its_dose(
    app: FastAPI, session: AsyncSession
) -> None:
    team = await make_team(session)
    patient = await make_patient(session, team=team)
    dose = await make_dose(session, patient=patient)
    recording = await make_recording(session, dose=dose)
    doctor = await make_staff(session, team=team)
    session.add(
        AuditEvent(
            actor_kind=ActorKind.STAFF,
            actor_id=doctor.id,
            action=VIEW_VIDEO.code,
            patient_id=patient.id,
            subject_id=recording.id,
        )
    )
    await session.flush()

    views = (await patient_client(app, patient).get("/api/me/views")).json()["items"]

    assert [v["what"] for v in views] == ["观看视频"]
    assert views[0]["about"].endswith("早上的服药视频")
