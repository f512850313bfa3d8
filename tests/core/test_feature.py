"""Manifests fit together, or the application does not start."""

from collections.abc import Callable

import pytest

from app.core.assembly import ManifestError, assemble
from app.core.feature import AlertKind, AuditAction, Feature, Tab
from app.core.ids import uuid7
from app.core.jobs import JobSpec, job
from app.core.refs import Ref
from app.core.severity import Severity
from app.core.words import Mark, Words

MARK = Mark("alert", "提醒", "warn")


@job("one.hears")
async def hears(_: object) -> None:
    """Do nothing: only its name matters here."""


def tab(key: str, order: int) -> Tab:
    return Tab(key, key, f"/staff/{key}", frozenset({"doctor"}), order=order)


def test_parts_of_all_features_stand_together_in_their_order() -> None:
    features = assemble(
        [
            Feature("one", nav=[tab("late", 90)], words=Words({"slot": {"a": "甲"}})),
            Feature("two", nav=[tab("early", 10)], words=Words({"slot": {"b": "乙"}})),
        ]
    )

    assert [t.key for t in features.nav] == ["early", "late"]
    assert features.words.words["slot"] == {"a": "甲", "b": "乙"}


def test_an_event_reaches_every_feature_that_listens() -> None:
    features = assemble(
        [
            Feature("below", publishes=["below.moved", "below.closed"]),
            Feature("one", jobs=[hears], listens={"below.moved": "one.hears"}),
        ]
    )

    assert features.listeners == {"below.moved": ("one.hears",), "below.closed": ()}


def test_an_audit_row_leads_to_the_thing_of_the_declaring_feature() -> None:
    features = assemble(
        [
            Feature("one", audit_actions=[AuditAction("look", "看", subject="film")]),
            Feature("two", audit_actions=[AuditAction("list", "列表")]),
        ]
    )
    film = uuid7()

    assert features.subject_of("look", film) == Ref("one", "film", film)
    assert features.subject_of("look", None) is None
    assert features.subject_of("list", film) is None


CONTRADICTIONS: dict[str, Callable[[], list[Feature]]] = {
    "two features of one name": lambda: [Feature("one"), Feature("one")],
    "two jobs of one name": lambda: [Feature("one", jobs=[hears]), Feature("two", jobs=[hears])],
    "two alert kinds of one code": lambda: [
        Feature(name, alert_kinds=[AlertKind("kind", MARK, Severity.NOTICE)])
        for name in ("one", "two")
    ],
    "two tabs of one key": lambda: [Feature("one", nav=[tab("same", 1), tab("same", 2)])],
    "an event that nobody publishes": lambda: [
        Feature("one", jobs=[hears], listens={"below.moved": "one.hears"})
    ],
    "a listener that is another's job": lambda: [
        Feature("below", publishes=["below.moved"], jobs=[hears]),
        Feature("two", listens={"below.moved": "one.hears"}),
    ],
    "two words for one code": lambda: [
        Feature(name, words=Words({"slot": {"a": name}})) for name in ("one", "two")
    ],
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_contradiction_stops_the_start(what: str) -> None:
    with pytest.raises((ManifestError, ValueError)):
        assemble(CONTRADICTIONS[what]())


def test_a_declared_job_is_called_as_the_function_it_is_made_of() -> None:
    assert isinstance(hears, JobSpec)
    assert hears.name == "one.hears"
