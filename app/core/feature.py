"""The manifest: what one domain brings, said once in its `feature.py`.

`app/features.py` lists the domains; `core/assembly.py` checks that they fit together.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.consents import ConsentDocument
from app.core.export import Listing
from app.core.jobs import JobSpec
from app.core.media_kinds import MediaKind
from app.core.refs import Describe
from app.core.settings import Settings
from app.core.severity import Severity
from app.core.words import Mark, Words


class StaffReader(Protocol):
    """A member of staff as counts and lists see them."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def supervises(self) -> bool: ...


class Declared(Protocol):
    """What all features declare together, as far as a badge counts by it."""

    @property
    def notices(self) -> Mapping[str, "NoticeKind"]: ...


Badge = Callable[[AsyncSession, StaffReader, Declared], Awaitable[int]]


@dataclass(frozen=True)
class Tab:
    """A link in the staff navigation or in the head of a group of pages.

    `key` is what a page says of itself (`{% set section = key %}`); `badge` counts what waits
    there, at most 100, and is counted anew when one of the events `refresh_on` is told
    (`core/stream`).
    """

    key: str
    word: str
    href: str
    roles: frozenset[str]
    order: int
    badge: Badge | None = None
    refresh_on: str = ""


@dataclass(frozen=True)
class Finder:
    """What is looked for from every page: `word` is on its button, `hint` in its field.

    The field's text is posted as `q` to `action`, which answers links; `href` is where one looks
    without scripts.
    """

    word: str
    hint: str
    action: str
    href: str
    roles: frozenset[str]


@dataclass(frozen=True)
class PatientTab:
    """A page of one patient: `path` stands behind /staff/patients/{patient_id}."""

    key: str
    word: str
    path: str
    roles: frozenset[str]
    order: int


@dataclass(frozen=True)
class PatientAction:
    """A button in the head of a patient's pages; a page that knows it is due makes it loud.

    `right` names the right by title that the act behind it asks for; others do not see the button.
    On a closed record it is not shown (`open_only`), or has another word (`closed_word`).
    """

    word: str
    path: str
    roles: frozenset[str]
    order: int
    right: str | None = None
    open_only: bool = False
    closed_word: str | None = None


@dataclass(frozen=True)
class AuditAction:
    """What a person did to a record. `shown`: the patient reads it among who looked.

    `subject` is the kind of `Ref` that the row's subject id names, within the declaring feature.
    `once_a_day`: of what one person did in a day the patient reads the first only, so that lists
    do not drown the reading of a record.
    """

    code: str
    word: str
    shown: bool = False
    subject: str | None = None
    once_a_day: bool = False


@dataclass(frozen=True)
class AlertKind:
    """What staff must look at. `severity` is where it begins; worse news may raise it.

    `ends_by` is for what only an act of the feature ends: its path below /staff/patients/{id}. A
    note of what was done is refused there.
    """

    code: str
    mark: Mark
    severity: Severity
    ends_by: str | None = None


@dataclass(frozen=True)
class NoticeKind:
    """A line in an inbox. The title names neither a person nor a disease: others may see it."""

    code: str
    title: str


@dataclass(frozen=True)
class FlagFact:
    """That a flag stands for a patient, according to the feature's own rows."""

    patient_id: UUID
    code: str
    severity: Severity
    subject_id: UUID | None
    count: int | None


# Which of a feature's flags stand at this moment for these patients, from its own rows.
FlagTruth = Callable[[AsyncSession, Collection[UUID], datetime], Awaitable[Collection[FlagFact]]]


@dataclass(frozen=True)
class FlagKind:
    """What every room must see about a patient. `{count}` in the word is the flag's number.

    `roles` are those staff roles that may see it.
    """

    code: str
    mark: Mark
    roles: frozenset[str]


class FamilyScope(NamedTuple):
    """One thing that a patient may allow a family member to see or do."""

    code: str
    word: str


ExportPart = Callable[[UUID], Mapping[str, Listing]]
CloseHook = Callable[[AsyncSession, UUID], Awaitable[None]]
# What closing a record would do now, in sentences with numbers; read before anybody closes it.
ClosingTold = Callable[[AsyncSession, UUID], Awaitable[Sequence[str]]]
MoveHook = Callable[[AsyncSession, UUID], Awaitable[None]]
MergeHook = Callable[[AsyncSession, UUID, UUID], Awaitable[None]]
LockHook = Callable[[AsyncSession, Sequence[UUID]], Awaitable[None]]


@dataclass(frozen=True)
class Feature:
    """One domain.

    `consents` takes the settings, since a text names days of storage. `export` lists all that is
    kept of a patient, by name. `closes(session, patient_id)` runs in the transaction that
    closes a record, whoever closes it, and `closing_told` says before what that would do; `forgets`
    runs beside it only when the holder leaves. `moves(session, patient_id)` runs in the one that
    gives it another team, `merges(session, from_id, into_id)` in the one that joins two records.
    `locks(session, patient_ids)` takes, before a whole record is closed or joined, the rows that
    everybody else locks before the record's own.
    `own_tabs` stand beside the name of whoever is logged in. `listens` maps the names of events to
    the names of own jobs. `templates` is a folder beside app/templates.
    """

    name: str
    api: Sequence[APIRouter] = ()
    pages: Sequence[APIRouter] = ()
    templates: Path | None = None
    nav: Sequence[Tab] = ()
    own_tabs: Sequence[Tab] = ()
    finder: Finder | None = None
    patient_tabs: Sequence[PatientTab] = ()
    patient_actions: Sequence[PatientAction] = ()
    supervision_tabs: Sequence[Tab] = ()
    words: Words = field(default_factory=Words)
    consents: Callable[[Settings], Sequence[ConsentDocument]] | None = None
    audit_actions: Sequence[AuditAction] = ()
    alert_kinds: Sequence[AlertKind] = ()
    notices: Sequence[NoticeKind] = ()
    flags: Sequence[FlagKind] = ()
    flag_truth: FlagTruth | None = None
    scopes: Sequence[FamilyScope] = ()
    describe: Describe | None = None
    export: ExportPart | None = None
    closes: CloseHook | None = None
    closing_told: ClosingTold | None = None
    forgets: CloseHook | None = None
    moves: MoveHook | None = None
    merges: MergeHook | None = None
    locks: LockHook | None = None
    media_kinds: Sequence[MediaKind] = ()
    jobs: Sequence[JobSpec] = ()
    publishes: Sequence[str] = ()
    listens: Mapping[str, str] = field(default_factory=dict)
