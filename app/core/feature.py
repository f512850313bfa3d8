"""The manifest: what one domain brings, said once in its `feature.py`.

`app/features.py` lists the domains; `assemble` checks that they fit together.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.consents import ConsentDocument
from app.core.events import Listeners
from app.core.export import Listing
from app.core.jobs import JobSpec
from app.core.media_kinds import MediaKind
from app.core.refs import Describe, Ref
from app.core.settings import Settings
from app.core.severity import Severity
from app.core.words import Mark, Words, merge


class StaffReader(Protocol):
    """A member of staff as counts and lists see them."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def supervises(self) -> bool: ...


Badge = Callable[[AsyncSession, StaffReader], Awaitable[int]]


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
class PatientTab:
    """A page of one patient: `path` stands behind /staff/patients/{patient_id}."""

    key: str
    word: str
    path: str
    roles: frozenset[str]
    order: int


@dataclass(frozen=True)
class PatientAction:
    """A button in the head of a patient's pages; `primary` for the one most used.

    `right` names the right by title that the act behind it asks for; others do not see the button.
    """

    word: str
    path: str
    roles: frozenset[str]
    order: int
    primary: bool = False
    right: str | None = None


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
    """What staff must look at. `severity` is where it begins; worse news may raise it."""

    code: str
    mark: Mark
    severity: Severity


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
MoveHook = Callable[[AsyncSession, UUID], Awaitable[None]]
MergeHook = Callable[[AsyncSession, UUID, UUID], Awaitable[None]]


@dataclass(frozen=True)
class Feature:
    """One domain.

    `consents` takes the settings, since a text names days of storage. `export` lists all that is
    kept of a patient, by name. `closes(session, patient_id)` runs in the transaction that
    closes a record, `moves(session, patient_id)` in the one that gives it another team,
    `merges(session, from_id, into_id)` in the one that joins two records.
    `own_tabs` stand beside the name of whoever is logged in. `listens` maps the names of events to
    the names of own jobs. `templates` is a folder beside app/templates.
    """

    name: str
    api: Sequence[APIRouter] = ()
    pages: Sequence[APIRouter] = ()
    templates: Path | None = None
    nav: Sequence[Tab] = ()
    own_tabs: Sequence[Tab] = ()
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
    moves: MoveHook | None = None
    merges: MergeHook | None = None
    media_kinds: Sequence[MediaKind] = ()
    jobs: Sequence[JobSpec] = ()
    publishes: Sequence[str] = ()
    listens: Mapping[str, str] = field(default_factory=dict)


class ManifestError(ValueError):
    """Two features contradict each other, or one names what nobody declares."""


@dataclass(frozen=True)
class Features:
    """All features of the application, and what they declare together."""

    all: tuple[Feature, ...]
    words: Words
    media_kinds: Mapping[str, MediaKind]
    jobs: Mapping[str, JobSpec]
    listeners: Listeners
    audit_actions: Mapping[str, AuditAction]
    alert_kinds: Mapping[str, AlertKind]
    notices: Mapping[str, NoticeKind]
    flags: Mapping[str, FlagKind]
    describers: Mapping[str, Describe]
    nav: tuple[Tab, ...]
    own_tabs: tuple[Tab, ...]
    patient_tabs: tuple[PatientTab, ...]
    patient_actions: tuple[PatientAction, ...]
    supervision_tabs: tuple[Tab, ...]
    scopes: frozenset[str]

    def subject_of(self, action: str, subject_id: UUID | None) -> Ref | None:
        """Name the thing that an audit row is about, as its feature declared the action."""
        for feature in self.all:
            for declared in feature.audit_actions:
                if declared.code == action and declared.subject and subject_id:
                    return Ref(feature.name, declared.subject, subject_id)
        return None

    def consents(self, settings: Settings) -> list[ConsentDocument]:
        return [d for f in self.all if f.consents for d in f.consents(settings)]


def assemble(features: Iterable[Feature]) -> Features:
    """Put the manifests together; a contradiction is a ManifestError and stops the start."""
    every = tuple(features)
    _unique("feature", (f.name for f in every))
    kinds = [k for f in every for k in f.media_kinds]
    jobs = [j for f in every for j in f.jobs]
    actions = [a for f in every for a in f.audit_actions]
    alerts = [k for f in every for k in f.alert_kinds]
    notices = [k for f in every for k in f.notices]
    flags = [k for f in every for k in f.flags]
    for kind, codes in (
        ("media kind", [k.code for k in kinds]),
        ("job", [j.name for j in jobs]),
        ("audit action", [a.code for a in actions]),
        ("alert kind", [k.code for k in alerts]),
        ("notice", [k.code for k in notices]),
        ("flag", [k.code for k in flags]),
        ("event", [e for f in every for e in f.publishes]),
        ("navigation tab", [t.key for f in every for t in (*f.nav, *f.own_tabs)]),
        ("patient tab", [t.key for f in every for t in f.patient_tabs]),
        ("family scope", [s.code for f in every for s in f.scopes]),
    ):
        _unique(kind, codes)
    return Features(
        all=every,
        words=merge([*(f.words for f in every), *map(_own_words, every)]),
        media_kinds={k.code: k for k in kinds},
        jobs={j.name: j for j in jobs},
        listeners=_listeners(every),
        audit_actions={a.code: a for a in actions},
        alert_kinds={k.code: k for k in alerts},
        notices={k.code: k for k in notices},
        flags={k.code: k for k in flags},
        describers={f.name: f.describe for f in every if f.describe},
        nav=_in_order(t for f in every for t in f.nav),
        own_tabs=_in_order(t for f in every for t in f.own_tabs),
        patient_tabs=_in_order(t for f in every for t in f.patient_tabs),
        patient_actions=_in_order(a for f in every for a in f.patient_actions),
        supervision_tabs=_in_order(t for f in every for t in f.supervision_tabs),
        scopes=frozenset(s.code for f in every for s in f.scopes),
    )


class _Ordered(Protocol):
    @property
    def order(self) -> int: ...


T = TypeVar("T", bound=_Ordered)


def _in_order(things: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(things, key=lambda thing: thing.order))


def _unique(kind: str, codes: Iterable[str]) -> None:
    if twice := [code for code, times in Counter(codes).items() if times > 1]:
        raise ManifestError(f"{kind} declared twice: {twice}")


def _own_words(feature: Feature) -> Words:
    """Take the words that a declaration already carries: alert kinds, flags, audit actions."""
    return Words(
        words={"audit_action": {a.code: a.word for a in feature.audit_actions}},
        marks={
            "alert": {k.code: k.mark for k in feature.alert_kinds},
            "flag": {k.code: k.mark for k in feature.flags},
        },
    )


def _listeners(features: Sequence[Feature]) -> dict[str, tuple[str, ...]]:
    published = {event for f in features for event in f.publishes}
    listeners: dict[str, list[str]] = defaultdict(list)
    for feature in features:
        own = {job.name for job in feature.jobs}
        for event, job in feature.listens.items():
            if event not in published:
                raise ManifestError(f"{feature.name} listens to {event}: nobody publishes it")
            if job not in own:
                raise ManifestError(f"{feature.name} hears {event} by {job}: not a job of its own")
            listeners[event].append(job)
    return {event: tuple(listeners[event]) for event in published}
