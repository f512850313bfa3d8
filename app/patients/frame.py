"""What stands around every page of one patient: head, phones, flags, notices."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Request
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.feature import Features
from app.core.filters import CLINIC_ZONE
from app.core.hot import Hot
from app.core.statements import columns_of
from app.institutions.models import Institution, Team
from app.patients.audit import READ_RECORD
from app.patients.guardianship import needs_guardian
from app.patients.models import Guardian, GuardianRelation, Patient
from app.patients.queries.flags import FlagLine, flag_lines, open_flags
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


def _of_care(values: Mapping[str, Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Team.name.label("team_name"),
            Institution.name.label("institution_name"),
            *columns_of(Guardian, GuardianLine._fields),
            open_flags(values["patient_id"], values["codes"]).label("flags"),
        )
        .join(Institution, Institution.id == Team.institution_id)
        .outerjoin(Guardian, Guardian.patient_id == values["patient_id"])
        .where(Team.id == values["team_id"])
        .add_cte(audit.look(values).cte("look"))
    )


class Asked(NamedTuple):
    """What the columns of a page may ask about: bound values, when its statement is built.

    `on` is the day of the patient, `at` this moment.
    """

    patient_id: UUID
    on: date
    at: datetime


Column = Callable[[Asked], ColumnElement[Any]]
NAMES = (*audit.LOOK, "team_id", "codes", "on")


class Head:
    """The statement that reads the head of a record, and notes in the same that it was read.

    A page may read more in it: `beside` are columns by their names, each of one value (a list is
    one of JSON: `core/json_rows.py`).
    """

    def __init__(self, beside: Mapping[str, Column] | None = None) -> None:
        self._beside = beside or {}
        row: Any = namedtuple(  # type: ignore[misc]  # the names are those of other domains
            "Head", (*_Care._fields, *self._beside)
        )
        # What was not shown in the end was read all the same.
        self._statement = Hot(row, self._build, NAMES, alone=True)

    def _build(self, **values: Any) -> Select[*tuple[Any, ...]]:
        asked = Asked(values["patient_id"], values["on"], values["at"])
        beside = [column(asked).label(name) for name, column in self._beside.items()]
        return _of_care(values).add_columns(*beside)

    async def read(
        self,
        session: AsyncSession,
        actor: StaffActor,
        patient: Patient | PatientOfPage,
        features: Features,
        at: datetime,
        *,
        on: date | None = None,
        subject_id: UUID | None = None,
    ) -> tuple[Frame, dict[str, Any]]:
        """Answer the frame, and what was read beside it. `on`, where a column asks for a day."""
        look = audit.look_values(actor, READ_RECORD, patient.id, subject_id)
        seen = {code: kind for code, kind in features.flags.items() if kind.roles & actor.roles}
        given = {"at": at, "on": on, "team_id": patient.team_id, "codes": [*seen]}
        row = await self._statement.one(session, **look | given)
        care = _Care._make(row[: len(_Care._fields)])
        beside = dict(zip(self._beside, row[len(_Care._fields) :], strict=True))
        return _frame(patient, care, flag_lines(care.flags, seen)), beside


_HEAD = Head()


async def load_frame(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    features: Features,
    subject_id: UUID | None = None,
) -> Frame:
    """Load what the head of a record shows, and note the look, in one statement."""
    frame, _ = await _HEAD.read(
        session, actor, patient, features, clock.now(), subject_id=subject_id
    )
    return frame


def _frame(patient: Patient | PatientOfPage, care: _Care, lines: Sequence[FlagLine]) -> Frame:
    flags = _each_word_once(lines)
    guardian = _guardian(care)
    return Frame(
        phones=_phones(patient, guardian),
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
    return needs_guardian(patient.birth_on, clock.today_in(CLINIC_ZONE))


def _phones(
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
        return "closed"
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
