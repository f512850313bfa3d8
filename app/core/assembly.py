"""All manifests together: what the application is made of, checked once at its start."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from app.core.consents import ConsentDocument
from app.core.events import Listeners
from app.core.feature import (
    AlertKind,
    AuditAction,
    Feature,
    Finder,
    FlagKind,
    NoticeKind,
    PatientAction,
    PatientTab,
    Tab,
)
from app.core.jobs import JobSpec
from app.core.media_kinds import MediaKind
from app.core.refs import Describe, Ref
from app.core.settings import Settings
from app.core.words import Words, merge


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
    finder: Finder | None
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
    _refuse_twice(every)
    return Features(
        all=every,
        words=merge([*(f.words for f in every), *map(_own_words, every)]),
        media_kinds={k.code: k for f in every for k in f.media_kinds},
        jobs={j.name: j for f in every for j in f.jobs},
        listeners=_listeners(every),
        audit_actions={a.code: a for f in every for a in f.audit_actions},
        alert_kinds={k.code: k for f in every for k in f.alert_kinds},
        notices={k.code: k for f in every for k in f.notices},
        flags={k.code: k for f in every for k in f.flags},
        describers={f.name: f.describe for f in every if f.describe},
        nav=_in_order(t for f in every for t in f.nav),
        own_tabs=_in_order(t for f in every for t in f.own_tabs),
        finder=next((f.finder for f in every if f.finder), None),
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


def _refuse_twice(features: Sequence[Feature]) -> None:
    for kind, codes in (
        ("feature", [f.name for f in features]),
        ("media kind", [k.code for f in features for k in f.media_kinds]),
        ("job", [j.name for f in features for j in f.jobs]),
        ("audit action", [a.code for f in features for a in f.audit_actions]),
        ("alert kind", [k.code for f in features for k in f.alert_kinds]),
        ("notice", [k.code for f in features for k in f.notices]),
        ("flag", [k.code for f in features for k in f.flags]),
        ("event", [e for f in features for e in f.publishes]),
        ("navigation tab", [t.key for f in features for t in (*f.nav, *f.own_tabs)]),
        ("patient tab", [t.key for f in features for t in f.patient_tabs]),
        ("finder", ["finder" for f in features if f.finder]),
        ("family scope", [s.code for f in features for s in f.scopes]),
    ):
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
