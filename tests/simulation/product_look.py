"""What the product shows of one patient at an instant, in the words of the model."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import WAITING, Alert
from app.core import clock
from app.core.feature import FlagKind
from app.medication import calendar, cards, rules
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT
from app.medication.flag_kinds import MISSED_IN_ROW, SOURCE
from app.medication.flag_kinds import SEVERE_SIDE_EFFECT as SEVERE_FLAG
from app.medication.models import Dose, Expectation
from app.medication.queries import patient_page
from app.medication.queries.doses import cards_between
from app.medication.rates import Rates, count_columns
from app.patients.models import PatientFlag
from tests.simulation.model_words import DoseKey, Slot
from tests.simulation.product import Product
from tests.simulation.product_people import Person

doses_and_rates: Any = getattr(patient_page, "doses_and_rates", None)
try:
    courses_of: Any = import_module("app.medication.queries.rates").courses_of
except ModuleNotFoundError:  # another branch brings it
    courses_of = None
Drugs = tuple[tuple[str, str, str], ...]


class ShownDose(NamedTuple):
    """A dose as the phone's card and the calendar of the PC show it."""

    state: str
    expectation: str
    due: datetime
    drugs: Drugs
    moved_to: DoseKey | None


class ShownAlert(NamedTuple):
    """An alert of a treatment; `episode` as the product names it."""

    level: int
    open: bool
    length: int | None


class ShownFlag(NamedTuple):
    """A flag of a treatment."""

    severity: str
    length: int | None


class ShownRates(NamedTuple):
    """Of a treatment; by films or not, and running or not, where the product says so."""

    counts: tuple[int, ...]
    by_film: bool | None
    running: bool | None


@dataclass(frozen=True)
class Shown:
    """All of it. Alerts by treatment, kind and episode; rates by treatment."""

    doses: dict[DoseKey, ShownDose]
    on_calendar: dict[DoseKey, str]
    alerts: dict[tuple[int, str, str], ShownAlert]
    flags: dict[int, ShownFlag]
    rates: dict[int, ShownRates]
    severe_alert: bool
    severe_flags: set[int]


async def look(
    product: Product, session: AsyncSession, person: Person, first: date, last: date
) -> Shown:
    """Read it at the present instant of the held clock; doses of first..last."""
    labels = labels_of(product, person)
    keys = await _keys(session, person, labels)
    product.doses |= {key: dose_id for dose_id, key in keys.items()}
    return Shown(
        await _doses(product, session, person, keys, first, last),
        await _calendar(session, person, keys),
        await _alerts(session, person, labels),
        await _flags(session, person, labels),
        await _rates(session, person, labels),
        await _severe_alert(session, person),
        await _severe_flags(session, person, labels),
    )


async def flags_of(
    product: Product, session: AsyncSession, person: Person
) -> tuple[dict[int, ShownFlag], set[int]]:
    """Read the flags that stand: missed in a row, and a severe symptom."""
    labels = labels_of(product, person)
    return await _flags(session, person, labels), await _severe_flags(session, person, labels)


def labels_of(product: Product, person: Person) -> dict[UUID, int]:
    """Name this person's treatments by their rows."""
    return {row: n for n, (of, row) in product.treatments.items() if of == person.label}


async def _keys(
    session: AsyncSession, person: Person, labels: dict[UUID, int]
) -> dict[UUID, DoseKey]:
    found = await session.execute(
        select(Dose.id, Dose.treatment_id, Dose.due_on, Dose.slot).where(
            Dose.patient_id == person.patient.id
        )
    )
    return {r.id: DoseKey(labels[r.treatment_id], r.due_on, Slot(r.slot)) for r in found}


async def _doses(
    product: Product,
    session: AsyncSession,
    person: Person,
    keys: dict[UUID, DoseKey],
    first: date,
    last: date,
) -> dict[DoseKey, ShownDose]:
    at = clock.now()
    rows = await cards_between(session, person.patient.id, first, last)
    moved = await session.execute(
        select(Dose.id, Dose.moved_to_id).where(
            Dose.patient_id == person.patient.id, Dose.moved_to_id.is_not(None)
        )
    )
    heirs: dict[UUID, UUID] = dict(moved.all())  # type: ignore[arg-type]
    shown = {}
    for row in rows:
        card = cards.card_of(row, at, product.storage)
        heir = heirs.get(row.id) if row.expectation is Expectation.RESCHEDULED else None
        shown[keys[row.id]] = ShownDose(
            str(card.state),
            row.expectation.value,
            row.due_at,
            drugs_of(row.drugs),
            keys[heir] if heir else None,
        )
    return shown


def drugs_of(lines: Iterable[dict[str, Any]]) -> Drugs:
    """Return what a dose holds, in an order of its own."""
    return tuple(sorted((d["name"], d["strength"], d["tablets"]) for d in lines))


async def _calendar(
    session: AsyncSession, person: Person, keys: dict[UUID, DoseKey]
) -> dict[DoseKey, str]:
    """Read the squares of the month as the PC draws them."""
    at = clock.now()
    month = clock.today_in(person.zone).replace(day=1)
    last, patient_id = calendar.last_day(month), person.patient.id
    if between := getattr(patient_page, "doses_between", None):
        doses = await between(session, patient_id, month, last)
    else:  # until the rates of each treatment are merged
        doses = (await doses_and_rates(session, patient_id, at, month, last)).doses
    return {
        keys[mark.dose_id]: str(mark.state)
        for shown in calendar.months_of(doses, at)
        for week in shown.weeks
        for square in week
        if square is not None
        for mark in square.doses
    }


async def _alerts(
    session: AsyncSession, person: Person, labels: dict[UUID, int]
) -> dict[tuple[int, str, str], ShownAlert]:
    found = await session.scalars(
        select(Alert).where(Alert.patient_id == person.patient.id, Alert.source == SOURCE)
    )
    return {
        (labels[a.subject_id], a.kind, a.episode): ShownAlert(
            a.level, a.state in WAITING, (a.detail or {}).get("count")
        )
        for a in found
        if a.subject_id in labels
    }


def _open_flags(person: Person, kind: FlagKind) -> Select[*tuple[Any, ...]]:
    return select(PatientFlag.subject_id, PatientFlag.severity, PatientFlag.count).where(
        PatientFlag.patient_id == person.patient.id,
        PatientFlag.source == SOURCE,
        PatientFlag.code == kind.code,
        PatientFlag.until.is_(None),
    )


async def _flags(
    session: AsyncSession, person: Person, labels: dict[UUID, int]
) -> dict[int, ShownFlag]:
    found = await session.execute(_open_flags(person, MISSED_IN_ROW))
    return {labels[r[0]]: ShownFlag(r[1].value, r[2]) for r in found}


async def _severe_flags(session: AsyncSession, person: Person, labels: dict[UUID, int]) -> set[int]:
    found = await session.execute(_open_flags(person, SEVERE_FLAG))
    return {labels[r.subject_id] for r in found}


async def _severe_alert(session: AsyncSession, person: Person) -> bool:
    """Say whether one is open for the patient: one alert names all that is stopped."""
    found = await session.scalar(
        select(Alert.id).where(
            Alert.patient_id == person.patient.id,
            Alert.kind == SEVERE_SIDE_EFFECT.code,
            Alert.state.in_(WAITING),
        )
    )
    return found is not None


async def _rates(
    session: AsyncSession, person: Person, labels: dict[UUID, int]
) -> dict[int, ShownRates]:
    """Read what the pages of phone and PC tell, where they tell each treatment by itself."""
    at = clock.now()
    if courses_of is not None:
        today = rules.dose_day(at, person.zone)
        lines = await courses_of(session, person.patient.id, at, today)
        return {
            labels[line.id]: ShownRates(counts_of(line.whole), line.whole.by_film, line.running)
            for line in lines
        }
    found = await session.execute(
        select(Dose.treatment_id, *count_columns(at))
        .where(Dose.patient_id == person.patient.id)
        .group_by(Dose.treatment_id)
    )
    return {labels[row[0]]: ShownRates(tuple(map(int, row[1:])), None, None) for row in found}


def counts_of(rates: Rates) -> tuple[int, ...]:
    """Return the five counts."""
    return rates.closed, rates.observed, rates.verified, rates.reported, rates.unreviewed
