"""Medication's part of the desk: its lines, and what its list of patients shows of each."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.assembly import Features
from app.core.pages import DeskLine
from app.core.severity import Severity
from app.medication import rules
from app.medication.queries.attention import count_ending, count_felt, count_missing
from app.medication.queries.listed import is_treated, listed_of
from app.medication.queries.waiting import waiting_films
from app.medication.schemas.patient_page import LastFilm, RunningCourse, TodayDose
from app.patients.models import Patient

__all__ = ["cells_of", "is_treated", "lines"]

QUEUE = "/staff/reviews"
MISSING = "/staff/medication/missing"
ENDING = "/staff/medication/ending"
FELT = "/staff/medication/felt"


async def lines(
    session: AsyncSession, actor: StaffActor, at: datetime, _: Features
) -> list[DeskLine]:
    """Four statements, whatever waits; what is overdue is counted among what waits, too."""
    films = await waiting_films(session, actor, at)
    missing = await count_missing(session, actor)
    felt = await count_felt(session, actor, at)
    ending = await count_ending(session, actor, at)
    read, of = ("开始审核", QUEUE), "/staff/patients"
    return [
        DeskLine(
            "连续漏服",
            missing.found,
            MISSING,
            Severity.DANGER,
            first=missing.first,
            act=("记联系", f"{of}/{missing.first}/contacts"),
        ),
        DeskLine(
            "超时没审的视频", films.overdue, QUEUE, Severity.WARNING, films.oldest_at, act=read
        ),
        DeskLine(
            "两天内说不舒服的患者",
            felt.found,
            FELT,
            Severity.WARNING,
            first=felt.first,
            act=("看病情", f"{of}/{felt.first}"),
        ),
        DeskLine("等待审核的视频", films.waiting, QUEUE, Severity.NOTICE, act=read),
        DeskLine(
            "七天内结束的疗程",
            ending.found,
            ENDING,
            Severity.NOTICE,
            first=ending.first,
            act=("看疗程", f"/staff/treatments/{ending.treatment_id}"),
        ),
    ]


class Course(NamedTuple):
    """`day` of `days` of the phase of today; None where no phase holds it."""

    name: str
    phase: str | None
    day: int | None
    days: int | None


class Cells(NamedTuple):
    """For `medication/_cells.html`: a patient's medication in a row of a list."""

    doses: list[tuple[TodayDose, rules.DoseState]]
    last_film: LastFilm | None
    courses: list[Course]


async def cells_of(
    session: AsyncSession, patients: Sequence[Patient], at: datetime
) -> dict[UUID, Cells]:
    """One statement, whatever the number of patients."""
    listed = await listed_of(session, [patient.id for patient in patients], at)
    cells = {}
    for patient in patients:
        of = listed[patient.id]
        doses = [(dose, rules.state_of(dose, at)) for dose in of.doses]
        today = rules.dose_day(at, patient.zone)
        courses = [_course(one, today) for one in of.courses]
        cells[patient.id] = Cells(doses, of.last_film, courses)
    return cells


def _course(it: RunningCourse, today: date) -> Course:
    first, last = it.phase_starts_on, it.phase_ends_on
    if first is None or last is None:
        return Course(it.name, None, None, None)
    return Course(it.name, it.phase, (today - first).days + 1, (last - first).days + 1)
