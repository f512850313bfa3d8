"""The desk's lines about alerts: how many of each severity wait, and who has waited longest."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.queries.worst import Worst, worst_by_severity
from app.alerts.telling import address_of
from app.alerts.words import WORDS
from app.core.assembly import Features
from app.core.feature import AlertKind
from app.core.pages import DeskLine


async def lines(
    session: AsyncSession, actor: StaffActor, _at: datetime, features: Features
) -> list[DeskLine]:
    """Most severe first; one statement. Nothing where nothing waits."""
    marks = WORDS.marks["alert_severity"]
    return [
        DeskLine(
            word=f"{marks[one.severity].word}提醒",
            count=one.waiting,
            href=f"/staff/alerts?severity={one.severity.value}",
            severity=one.severity,
            oldest_at=one.raised_at,
            first=one.patient_id,
            act=_act(one, features.alert_kinds.get(one.kind)),
        )
        for one in await worst_by_severity(session, actor)
    ]


def _act(one: Worst, kind: AlertKind | None) -> tuple[str, str]:
    """Lead straight to the decision, where only a decision ends it."""
    if kind is not None and kind.ends_by:
        return "作决定", f"/staff/patients/{one.patient_id}{kind.ends_by}"
    return "处理", address_of(one.alert_id)
