"""What stands around every page of one patient: head, phones, flags, notices."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Request
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.assembly import Features
from app.core.feature import FlagKind
from app.core.filters import CLINIC_ZONE
from app.core.hot import Hot
from app.core.problems import NotFound
from app.core.statements import columns_of
from app.institutions.models import Institution, Team
from app.institutions.reach import Reader, clinic_today
from app.patients.audit import READ_RECORD
from app.patients.guardianship import needs_guardian
from app.patients.models import Guardian, GuardianRelation, Patient
from app.patients.problems import RecordMerged
from app.patients.queries.flags import FlagLine, flag_lines, open_flags, visible
from app.patients.reach import team_within_reach
from app.patients.schemas import PatientOfPage
from app.patients.words import GUARDIAN_RELATIONS

OWN_PHONE_DUE = "已满14岁，请本人绑定"
GUARDIAN_DUE = "未满14岁，请登记监护人，由监护人绑定"
MOST_FLAGS = 3


class Phone(NamedTuple):
    """`of` says whose it is, where it is not the patient's."""

    number: str
    of: str


class Frame(NamedTuple):
    """For `patients/frame.html`; the page hands it over as `frame`.

    `binding` is a mark of kind "binding"; `more_flags` is the number that found no place.
    """

    phones: Sequence[Phone]
    binding: str
    notice: str | None
    team_name: str
    institution_name: str
    flags: Sequence[FlagLine]
    more_flags: int


async def open_page(
    request: Request,
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    tab: str,
    subject_id: UUID | None = None,
) -> dict[str, Any]:
    """Note that the record was read, and frame the page: what every page of a patient does first.

    `tab` is the key of a tab that the page stands under; `subject_id` names what was looked at.
    """
    features: Features = request.app.state.features
    frame = await load_frame(session, actor, patient, features, subject_id)
    return framed(patient, tab, frame)


def framed(patient: Patient | PatientOfPage, tab: str, frame: Frame) -> dict[str, Any]:
    """Make the context of `patients/frame.html`."""
    return {"patient": patient, "tab": tab, "frame": frame}


class GuardianLine(NamedTuple):
    relation: GuardianRelation
    name: str
    phone: str
    wechat_account_id: UUID | None


class _Care(NamedTuple):
    team_name: str
    institution_name: str
    relation: GuardianRelation | None
    name: str | None
    phone: str | None
    wechat_account_id: UUID | None
    flags: str


def _care_columns(values: Mapping[str, Any]) -> list[Any]:
    return [
        Team.name.label("team_name"),
        Institution.name.label("institution_name"),
        *columns_of(Guardian, GuardianLine._fields),
        open_flags(values["patient_id"], values["codes"]).label("flags"),
    ]


def _of_care(**values: Any) -> Select[*tuple[Any, ...]]:
    """Read the head of a record, and note in the same round trip that it was read."""
    return (
        select(*_care_columns(values))
        .join(Institution, Institution.id == Team.institution_id)
        .outerjoin(Guardian, Guardian.patient_id == values["patient_id"])
        .where(Team.id == values["team_id"])
        .add_cte(audit.look(values).cte("look"))
    )


# What was not shown in the end was read all the same.
_care = Hot(_Care, _of_care, (*audit.LOOK, "team_id", "codes"), alone=True)


async def load_frame(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    features: Features,
    subject_id: UUID | None = None,
) -> Frame:
    """Load what the head of a record shows, and note the look, in one statement."""
    seen = _seen(features, actor)
    care = await _care.one(
        session,
        **audit.look_values(actor, READ_RECORD, patient.id, subject_id),
        team_id=patient.team_id,
        codes=[*seen],
    )
    return _frame(patient, care, seen)


class Asked(NamedTuple):
    """What the columns of a page may ask about: expressions, when its statement is built.

    `at` is this moment, `zone` that of the patient.
    """

    patient_id: UUID
    at: datetime
    zone: ColumnElement[str]


Column = Callable[[Asked], ColumnElement[Any]]


class Opened(NamedTuple):
    """A record as its page shows it; `beside` is what the page's own columns read."""

    patient: PatientOfPage
    frame: Frame
    beside: Mapping[str, Any]


class Opening:
    """Opens the page of a record in one statement, for a page that is opened all day.

    It reads the record through the actor, its head and the page's own columns, and notes that it
    was read. A column has one value; a list is one of JSON (`core/json_rows.py`).
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        of_patient = (f"patient_{name}" for name in PatientOfPage._fields)
        row: Any = namedtuple(  # type: ignore[misc]  # the names of columns are other domains'
            "Opened", (*of_patient, *_Care._fields, *columns)
        )
        self._statement = Hot(row, self._build, (*audit.LOOK, "codes", "on"), alone=True)

    def _build(self, supervises: bool, /, **values: Any) -> Select[*tuple[Any, ...]]:
        reader = Reader(values["actor_id"], supervises, values["on"])
        reached = (
            select(*columns_of(Patient, PatientOfPage._fields))
            .where(Patient.id == values["patient_id"], team_within_reach(reader))
            .cte("reached")
        )
        shown = select(reached.c.id).where(reached.c.merged_into_id.is_(None))
        zone = select(reached.c.zone).scalar_subquery()
        asked = Asked(values["patient_id"], values["at"], zone)
        return (
            select(
                *(column.label(f"patient_{column.name}") for column in reached.c),
                *_care_columns(values),
                *(column(asked).label(name) for name, column in self._columns.items()),
            )
            .select_from(reached)
            .join(Team, Team.id == reached.c.team_id)
            .join(Institution, Institution.id == Team.institution_id)
            .outerjoin(Guardian, Guardian.patient_id == reached.c.id)
            .add_cte(audit.look_at(values, shown).cte("look"))
        )

    async def open(
        self,
        session: AsyncSession,
        actor: StaffActor,
        patient_id: UUID,
        features: Features,
        at: datetime,
    ) -> Opened:
        """Refuse as the loader `reachable_patient` does; then nothing is noted."""
        seen = _seen(features, actor)
        look = audit.look_values(actor, READ_RECORD, patient_id, None)
        given = look | {"at": at, "codes": [*seen], "on": clinic_today()}
        row = await self._statement.first(session, actor.supervises, **given)
        if row is None:
            raise NotFound
        patient = PatientOfPage._make(row[:PATIENT_WIDTH])
        if patient.merged_into_id is not None:
            raise RecordMerged(address=f"/staff/patients/{patient.merged_into_id}")
        care = _Care._make(row[PATIENT_WIDTH:CARE_WIDTH])
        beside = dict(zip(self._columns, row[CARE_WIDTH:], strict=True))
        return Opened(patient, _frame(patient, care, seen), beside)


PATIENT_WIDTH = len(PatientOfPage._fields)
CARE_WIDTH = PATIENT_WIDTH + len(_Care._fields)


def _seen(features: Features, actor: StaffActor) -> dict[str, FlagKind]:
    return visible(features.flags, actor.roles)


def _frame(patient: Patient | PatientOfPage, care: _Care, seen: Mapping[str, FlagKind]) -> Frame:
    flags = _each_word_once(flag_lines(care.flags, seen))
    guardian = _guardian(care)
    return Frame(
        phones=phones_of(patient, guardian),
        binding=binding_of(patient, guardian),
        notice=_notice(patient, guardian),
        team_name=care.team_name,
        institution_name=care.institution_name,
        flags=flags[:MOST_FLAGS],
        more_flags=len(flags[MOST_FLAGS:]),
    )


def _guardian(care: _Care) -> GuardianLine | None:
    if care.relation is None or care.name is None or care.phone is None:
        return None
    return GuardianLine(care.relation, care.name, care.phone, care.wechat_account_id)


def _each_word_once(lines: Sequence[FlagLine]) -> list[FlagLine]:
    """Two treatments may say the same; lines come gravest first."""
    first: dict[str, FlagLine] = {}
    for line in lines:
        first.setdefault(line.word, line)
    return list(first.values())


def _is_child(patient: Patient | PatientOfPage) -> bool:
    return needs_guardian(patient.birth_on, clock.today_in(CLINIC_ZONE), patient.birth_precision)


def phones_of(
    patient: Patient | PatientOfPage, guardian: Guardian | GuardianLine | None
) -> list[Phone]:
    """Of a child the guardian's comes first: that is who answers."""
    own = Phone(patient.phone, "")
    if guardian is None:
        return [own]
    named = f"{GUARDIAN_RELATIONS[guardian.relation]} {guardian.name}"
    if guardian.phone == patient.phone:
        return [Phone(guardian.phone, named)]
    other = Phone(guardian.phone, named)
    return [other, own] if _is_child(patient) else [own, other]


def binding_of(patient: Patient | PatientOfPage, guardian: Guardian | GuardianLine | None) -> str:
    if patient.closed_at is not None:
        return "closed" if patient.closed_why is None else "ended"
    return phone_of(patient, guardian)


def phone_of(patient: Patient | PatientOfPage, guardian: Guardian | GuardianLine | None) -> str:
    """As `binding_of`, of a closed record, too: whose phone it is that would act again."""
    if patient.wechat_account_id is not None:
        return "bound"
    guarded = guardian is not None and guardian.wechat_account_id is not None
    return "bound_guardian" if guarded else "unbound"


def _notice(
    patient: Patient | PatientOfPage, guardian: Guardian | GuardianLine | None
) -> str | None:
    if _is_child(patient):
        return GUARDIAN_DUE if guardian is None else None
    return OWN_PHONE_DUE if binding_of(patient, guardian) == "bound_guardian" else None
