"""A district to which things happen by lot: what rolled-up figures must keep up with."""

from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.features import FEATURES
from app.institutions.models import Team
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Progress,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    Verdict,
)
from app.patients.models import Condition, Patient
from app.patients.service.records import move_patient
from tests.medication import factories as make

DAYS = 9
WITHDRAWN = select(ReviewWithdrawal.review_id)


async def course(
    session: AsyncSession, team: Team, condition: Condition = Condition.TUBERCULOSIS
) -> tuple[Patient, list[Dose]]:
    patient = await make.make_patient(session, team=team)
    treatment = await make.make_treatment(session, patient=patient, condition=condition)
    return patient, await make.make_doses(session, patient=patient, treatment=treatment, days=DAYS)


class District:
    """Three teams, two patients each, and a lot that draws what happens next."""

    def __init__(self, session: AsyncSession, seed: int) -> None:
        self.session, self.lot = session, Random(seed)  # noqa: S311 a fixed course, not a secret
        self.teams: list[Team] = []
        self.patients: list[Patient] = []
        self.doses: list[Dose] = []
        self.films: list[Recording] = []

    async def fill(self) -> None:
        for _ in range(3):
            self.teams.append(await make.make_team(self.session))
        for n in range(6):
            condition = list(Condition)[n // 3]
            patient, doses = await course(self.session, self.teams[n % 3], condition)
            self.patients.append(patient)
            self.doses += doses

    async def happens(self) -> None:
        acts = (self.doctor_enters, self.word, self.film, self.read, self.undo, self.read_again,
                self.plan_changes, self.moves, self.dose_goes, self.films_follow)  # fmt: skip
        await self.lot.choice(acts)()
        await self.session.flush()

    async def doctor_enters(self) -> None:
        self.lot.choice(self.doses).evidence = self.lot.choice(list(Evidence))

    async def word(self) -> None:
        self.lot.choice(self.doses).self_reported_taken = self.lot.choice([True, False, None])

    async def film(self) -> None:
        dose = self.lot.choice(self.doses)
        if dose.id in {f.dose_id for f in self.films}:
            return
        ago = timedelta(hours=self.lot.randrange(1, 24 * DAYS))
        film = await make.make_recording(
            self.session,
            dose=dose,
            uploaded_at=clock.now() - ago,
            opened_at=clock.now() - ago - timedelta(seconds=self.lot.randrange(10, 400)),
            sent_at=clock.now() - ago,
        )
        dose.progress = Progress.PENDING_REVIEW
        self.films.append(film)

    async def read(self) -> None:
        waiting = [f for f in self.films if f.first_reviewed_at is None]
        if not waiting:
            return
        film = self.lot.choice(waiting)
        assert film.uploaded_at is not None
        later = timedelta(hours=self.lot.choice([1, 23, 24, 25, 60]))
        at = clock.now()
        read_at = film.uploaded_at + later
        if at - read_at <= timedelta(hours=23):
            read_at = at  # noted when it happens; only an older one leaves a mark
        film.first_reviewed_at = read_at
        verdict = self.lot.choice(list(Verdict))
        await make.make_review(self.session, recording=film, verdict=verdict)
        film.first_reviewed_at = read_at
        film.pending_reading = self.lot.choice([None, Reading.SECOND])

    async def undo(self) -> None:
        read = [f for f in self.films if f.pending_reading is not Reading.FIRST]
        if not read:
            return
        film = self.lot.choice(read)
        of_film = select(Review.id).where(Review.recording_id == film.id)
        for review_id in await self.session.scalars(of_film.except_(WITHDRAWN)):
            self.session.add(ReviewWithdrawal(review_id=review_id))
        film.first_reviewed_at, film.pending_reading = None, Reading.FIRST

    async def read_again(self) -> None:
        waiting = [f for f in self.films if f.pending_reading is Reading.SECOND]
        if waiting:
            film = self.lot.choice(waiting)
            film.pending_reading = None
            verdict = self.lot.choice(list(Verdict))
            await make.make_review(
                self.session, recording=film, verdict=verdict, reading=Reading.SECOND
            )

    async def plan_changes(self) -> None:
        self.lot.choice(self.doses).expectation = self.lot.choice(list(Expectation))

    async def moves(self) -> None:
        patient, team = self.lot.choice(self.patients), self.lot.choice(self.teams)
        if patient.team_id != team.id:
            await move_patient(self.session, FEATURES, patient, team.id)

    async def films_follow(self) -> None:
        film = self.lot.choice(self.films) if self.films else None
        if film is not None:  # as the job does after a move, sooner or later
            film.team_id = (await self.session.get_one(Patient, film.patient_id)).team_id

    async def dose_goes(self) -> None:
        spare = [d for d in self.doses if d.id not in {f.dose_id for f in self.films}]
        if spare:
            dose = self.lot.choice(spare)
            self.doses.remove(dose)
            await self.session.delete(dose)
