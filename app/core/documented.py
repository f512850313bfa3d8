"""Tables of what the code itself declares: settings, problems, jobs, vocabulary. No secrets."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic.fields import FieldInfo

from app.core.assembly import Features
from app.core.feature import Feature
from app.core.jobs import JobSpec
from app.core.problems import Problem
from app.core.settings import Settings

NONE = "—"


class Table(NamedTuple):
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def settings_table() -> Table:
    """Every setting: a missing default means that it must be given."""
    rows = [
        (name.upper(), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return Table("环境变量", ("variable", "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return NONE
    return "unset" if field.default is None else str(field.default)


def kinds_of_problem(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Yield every declared Problem; those of modules that were imported."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds_of_problem(kind)


def problems_table() -> Table:
    """One row a type: classes of the same type differ in status or words only."""
    by_type: dict[str, list[type[Problem]]] = {}
    for kind in kinds_of_problem():
        by_type.setdefault(kind.type, []).append(kind)
    rows = [(code, _statuses(kinds), _titles(kinds)) for code, kinds in sorted(by_type.items())]
    return Table("错误类型", ("type", "status", "what the person reads"), rows)


def _statuses(kinds: Sequence[type[Problem]]) -> str:
    return ", ".join(sorted({str(kind.status) for kind in kinds}))


def _titles(kinds: Sequence[type[Problem]]) -> str:
    return " / ".join(sorted({kind.title for kind in kinds}))


def jobs_table(features: Features) -> Table:
    """Periodic jobs first, with their time in UTC."""
    jobs = sorted(features.jobs.values(), key=lambda job: (job.cron is None, job.name))
    return Table("后台任务", ("job", "when (UTC)", "queue", "does"), [_job(job) for job in jobs])


def _job(job: JobSpec) -> tuple[str, ...]:
    return job.name, job.cron or NONE, job.queue, job.does


def vocabulary_tables(features: Features, settings: Settings) -> list[Table]:
    """Every code that rows, phones and audits hold, with the feature that declares it."""
    every = features.all
    return [
        Table("审计动作", ("feature", "code", "word", "patient sees it"), _audit_actions(every)),
        Table("提醒种类", ("feature", "code", "word", "begins as"), _alert_kinds(every)),
        Table("标记", ("feature", "code", "word", "roles"), _flags(every)),
        Table("消息", ("feature", "code", "title"), _notices(every)),
        Table("授权", ("feature", "purpose", "version", "title"), _consents(every, settings)),
        Table("家属权限", ("feature", "code", "word"), _scopes(every)),
        Table("文件种类", ("feature", "code", "prefix", "content types"), _media(every)),
        Table("事件", ("published by", "event", "heard by"), _events(every, features)),
    ]


def _audit_actions(features: Sequence[Feature]) -> list[tuple[str, ...]]:
    return [
        (f.name, a.code, a.word, "yes" if a.shown else "no")
        for f in features
        for a in f.audit_actions
    ]


def _alert_kinds(features: Sequence[Feature]) -> list[tuple[str, ...]]:
    return [
        (f.name, k.code, k.mark.word, k.severity.value) for f in features for k in f.alert_kinds
    ]


def _flags(features: Sequence[Feature]) -> list[tuple[str, ...]]:
    return [
        (f.name, k.code, k.mark.word, ", ".join(sorted(k.roles))) for f in features for k in f.flags
    ]


def _notices(features: Sequence[Feature]) -> list[tuple[str, ...]]:
    return [(f.name, n.code, n.title) for f in features for n in f.notices]


def _consents(features: Sequence[Feature], settings: Settings) -> list[tuple[str, ...]]:
    return [
        (f.name, d.purpose, d.version, d.title)
        for f in features
        if f.consents
        for d in f.consents(settings)
    ]


def _scopes(features: Sequence[Feature]) -> list[tuple[str, ...]]:
    return [(f.name, s.code, s.word) for f in features for s in f.scopes]


def _media(features: Sequence[Feature]) -> list[tuple[str, ...]]:
    return [
        (f.name, k.code, k.prefix, ", ".join(sorted(k.content_types)))
        for f in features
        for k in f.media_kinds
    ]


def _events(features: Sequence[Feature], all_of: Features) -> list[tuple[str, ...]]:
    return [
        (f.name, event, ", ".join(all_of.listeners[event]) or NONE)
        for f in features
        for event in f.publishes
    ]
