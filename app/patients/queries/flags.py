"""Reads of flags, as much of them as a person may see."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Subquery,
    Text,
    Uuid,
    any_,
    case,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.feature import FlagKind
from app.core.json_rows import json_text, typed
from app.core.severity import Severity
from app.core.statements import Prepared, columns_of
from app.patients.models import Patient, PatientFlag

# From here on a flag is shown in the colour of danger, whatever its kind says.
ALARMING = Severity.DANGER


@dataclass(frozen=True)
class FlagLine:
    """An open flag as it is shown: `word` holds the number already."""

    code: str
    source: str
    severity: Severity
    subject_id: UUID | None
    count: int | None
    since: datetime
    icon: str
    word: str
    token: str


@Prepared
def _open_flags(*, patient_ids: Sequence[UUID], codes: Sequence[str]) -> Select[PatientFlag]:
    return select(PatientFlag).where(
        PatientFlag.until.is_(None),
        PatientFlag.patient_id == any_(cast(patient_ids, ARRAY(Uuid))),
        PatientFlag.code == any_(cast(codes, ARRAY(Text))),
    )


class _FlagRow(BaseModel):
    """A flag read as JSON, beside other things of the patient."""

    code: str
    source: str
    severity: Severity
    subject_id: UUID | None
    count: int | None
    since: datetime


def open_flags(patient_id: UUID, codes: Sequence[str]) -> ColumnElement[str]:
    """Select one patient's open flags as a column, for `flag_lines`."""
    return json_text(
        select(*columns_of(PatientFlag, _FlagRow.model_fields)).where(
            PatientFlag.until.is_(None),
            PatientFlag.patient_id == patient_id,
            PatientFlag.code == any_(cast(codes, ARRAY(Text))),
        )
    )


def flag_lines(rows: str, kinds: Mapping[str, FlagKind]) -> list[FlagLine]:
    """Put the gravest first."""
    flags = sorted(typed(_FlagRow, rows), key=lambda f: (-f.severity.rank, f.since))
    return [_line(flag, kinds[flag.code]) for flag in flags]


def visible(kinds: Mapping[str, FlagKind], roles: frozenset[str]) -> dict[str, FlagKind]:
    """Leave out the kinds that these roles may not see. `kinds` are `Features.flags`."""
    return {code: kind for code, kind in kinds.items() if kind.roles & roles}


async def flags_of(
    session: AsyncSession,
    patient_ids: Collection[UUID],
    *,
    kinds: Mapping[str, FlagKind],
    roles: frozenset[str],
) -> dict[UUID, list[FlagLine]]:
    """Open flags by patient, the gravest first, in one statement.

    `kinds` are `Features.flags`; a kind that these roles may not see is left out, and so is one
    that no feature declares any more.
    """
    seen = visible(kinds, roles)
    if not seen or not patient_ids:
        return {}
    found = await _open_flags.execute(session, patient_ids=[*patient_ids], codes=[*seen])
    lines: dict[UUID, list[FlagLine]] = defaultdict(list)
    for flag in sorted(found.scalars(), key=lambda f: (-f.severity.rank, f.since)):
        lines[flag.patient_id].append(_line(flag, seen[flag.code]))
    return dict(lines)


def gravest(codes: Sequence[str]) -> Subquery:
    """Select by patient the rank of the gravest open flag of these codes, from 1 on."""
    ladder = {one.value: one.rank + 1 for one in Severity}
    rank = case(ladder, value=cast(PatientFlag.severity, Text))
    return (
        select(PatientFlag.patient_id, func.max(rank).label("rank"))
        .where(PatientFlag.until.is_(None), PatientFlag.code.in_(codes))
        .group_by(PatientFlag.patient_id)
        .subquery()
    )


def flagged(codes: Sequence[str]) -> ColumnElement[bool]:
    """Select patients with an open flag of these codes."""
    return exists().where(
        PatientFlag.patient_id == Patient.id,
        PatientFlag.until.is_(None),
        PatientFlag.code.in_(codes),
    )


async def has_open(session: AsyncSession, patient_id: UUID, source: str) -> bool:
    """Whether any flag of this feature stands for the patient."""
    standing = exists().where(
        PatientFlag.until.is_(None),
        PatientFlag.patient_id == patient_id,
        PatientFlag.source == source,
    )
    return bool(await session.scalar(select(standing)))


def _line(flag: PatientFlag | _FlagRow, kind: FlagKind) -> FlagLine:
    mark = kind.mark
    return FlagLine(
        flag.code,
        flag.source,
        flag.severity,
        flag.subject_id,
        flag.count,
        flag.since,
        mark.icon,
        mark.word.replace("{count}", str(flag.count or "")),
        "danger" if flag.severity.rank >= ALARMING.rank else mark.token,
    )
