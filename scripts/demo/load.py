"""Load the district: people, plans, sixty days of doses, films. All of it in one transaction."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.service.credentials import NewSecrets
from app.core.settings import Settings
from app.institutions.models import Institution
from app.medication.models import Dose, Expectation
from app.patients.models import Condition
from scripts.demo import accounts_file, aftermath, illness, now
from scripts.demo.bookkeeping import Bookkeeper
from scripts.demo.chronicle import Chronicler
from scripts.demo.confirmations import ask_for_confirmations
from scripts.demo.days import Days
from scripts.demo.district import District, enter_leaves, write_district
from scripts.demo.endings import plan_endings
from scripts.demo.enrolment import (
    Enrolled,
    Registry,
    enrol,
    issue_live_code,
    link_doctors_phone,
    open_registry,
    register_again,
)
from scripts.demo.filming import Footage, shoot_all
from scripts.demo.given_up import give_up_jobs
from scripts.demo.illness import Illness
from scripts.demo.moments import days_ago
from scripts.demo.orders import give_orders
from scripts.demo.people import VILLAGERS, Part
from scripts.demo.reels import Library, Reel
from scripts.demo.regimens import write_regimens
from scripts.demo.scenes import plan_scenes
from scripts.demo.stories import DoseDay, Story

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loading:
    """How to load: the same seed makes the same district, counted back from `at`."""

    settings: Settings
    accounts: Path
    say: Say
    seed: int
    at: datetime


async def is_loaded(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(exists(select(Institution.id)))))


async def load(session: AsyncSession, loading: Loading, secrets: Sequence[NewSecrets]) -> None:
    """Write everything; the caller commits, so that half a district is never seen."""
    await session.execute(text("set local idle_in_transaction_session_timeout = 0"))
    registry = await _people(session, loading, secrets)
    patients = await _patients(registry, loading)
    illnesses = [i for p in patients for i in await illness.illnesses_of(registry, p)]
    books, told = await _tell(registry, loading, patients, {i.dose_id for i in illnesses})
    footage = shoot_all(loading.settings, books.library.orders(), loading.say)
    await _write(session, books, told, footage, patients)
    loading.say("living through the past weeks")
    days = Days(session, loading.settings, loading.at)
    await _live(days, registry.district, patients, illnesses)
    kept = [Bookkeeper.media_id(reel) for reel in books.library.reels if not reel.arriving]
    await give_up_jobs(session, kept, patients[0], loading.at)
    newcomer = next(p for p in patients if p.plays(Part.NEWCOMER))
    code = await issue_live_code(registry, newcomer)
    accounts_file.write(loading.accounts, registry.district, code)
    loading.say(f"binding code for {newcomer.villager.name}: {code}")


async def _people(
    session: AsyncSession, loading: Loading, secrets: Sequence[NewSecrets]
) -> Registry:
    loading.say("writing institutions, teams and staff")
    since = days_ago(loading.at, 300, time(9))
    *of_staff, of_newcomer = secrets
    district = await write_district(session, since, of_staff)
    registry = await open_registry(session, loading.settings, district, loading.at)
    await link_doctors_phone(registry)
    await enter_leaves(session, district, loading.at)
    await ask_for_confirmations(session, district, of_newcomer, loading.at)
    await write_regimens(session, district, loading.at)
    return registry


async def _patients(registry: Registry, loading: Loading) -> list[Enrolled]:
    loading.say(f"enrolling {len(VILLAGERS)} patients and starting their treatments")
    patients = [await enrol(registry, n, v) for n, v in enumerate(VILLAGERS, start=1)]
    for enrolled in patients:
        await give_orders(registry, enrolled)
    twin = next(p for p in patients if p.plays(Part.TWIN))
    await register_again(registry, twin, "baihe", days_ago(loading.at, 6, time(15, 10)))
    return patients


async def _live(
    days: Days,
    district: District,
    patients: Sequence[Enrolled],
    illnesses: Sequence[Illness],
) -> None:
    for one in illnesses:
        days.plan(one.at, partial(illness.report, illness=one))
    days.plan_jobs()
    aftermath.Staff(days, district, patients).plan([one.at for one in illnesses])
    plan_scenes(days, district, patients)
    plan_endings(days, district, patients)
    await days.live()


Told = list[tuple[Enrolled, Story, list[Reel]]]


async def _tell(
    registry: Registry, loading: Loading, patients: Sequence[Enrolled], stopped: Collection[UUID]
) -> tuple[Bookkeeper, Told]:
    library = Library(loading.settings, loading.at, loading.seed)
    books = Bookkeeper(loading.settings, registry.district, library, loading.at, loading.seed)
    told: Told = []
    for enrolled in patients:
        chronicler = Chronicler(enrolled, loading.at, loading.seed)
        for treatment in enrolled.treatments:
            doses = await _opened(registry.session, treatment.id, loading.at, stopped)
            films = enrolled.villager.films and treatment.condition is Condition.TUBERCULOSIS
            if doses:
                stories = chronicler.tell(doses, films=films)
                told += [(enrolled, s, library.take_in(enrolled, s)) for s in stories]
            if doses and films:
                now.book_present(books, enrolled, doses[-1])
    return books, told


async def _opened(
    session: AsyncSession, treatment_id: UUID, at: datetime, stopped: Collection[UUID]
) -> list[DoseDay]:
    """Without the doses that a severe side effect will stop: no story is told of them."""
    names = DoseDay.__slots__
    found = await session.execute(
        select(*(getattr(Dose, name) for name in names))
        .where(
            Dose.treatment_id == treatment_id,
            Dose.expectation == Expectation.EXPECTED,
            Dose.id.not_in(stopped),
            Dose.opens_at < at - timedelta(minutes=10),
        )
        .order_by(Dose.due_at)
    )
    return [DoseDay(*row) for row in found]


async def _write(
    session: AsyncSession,
    books: Bookkeeper,
    told: Told,
    footage: dict[str, Footage | int],
    patients: Sequence[Enrolled],
) -> None:
    for enrolled, story, reels in told:
        if reels:
            books.book_films(reels, footage)
        else:
            books.book_words(enrolled, story)
    aftermath.book_visits(books, patients)
    await session.flush()  # the rows below point at what the services wrote
    await books.ledger.write(session)
    session.expunge_all()
    for reel in books.library.reels:
        size = footage.get(reel.shoot)
        if reel.arriving and isinstance(size, int):
            await now.let_arrive(session, reel, size)
