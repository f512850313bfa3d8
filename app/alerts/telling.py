"""Who hears of an alert: the one place that asks who is on duty and writes to inboxes.

There is no channel that rings a phone: a step "to the on-call phone" tells the staff on duty to
dial the number, and the list shows it. Nothing here claims that a message reached a phone.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import notices
from app.alerts.models import Alert, Recipient
from app.alerts.queries.people import reaches, supervisors_above
from app.core import stream
from app.core.feature import NoticeKind
from app.core.refs import Ref
from app.institutions.contacts import on_call_phone
from app.institutions.models import Institution, Team
from app.institutions.queries.teams import on_duty_members
from app.institutions.reach import clinic_today
from app.notifications.service import notify_staff

# What pages hear; they ask again for what they show.
NAME = "alerts"
CHANGED = f"{NAME}.changed"


def alert_ref(alert_id: UUID) -> Ref:
    return Ref(NAME, "alert", alert_id)


def address_of(alert_id: UUID) -> str:
    return f"/staff/alerts/{alert_id}"


async def on_duty(session: AsyncSession, team_id: UUID) -> Sequence[UUID]:
    """List active members of the team, whoever is absent today replaced by their stand-in."""
    return [m.id for m in await on_duty_members(session, team_id, clinic_today())]


async def on_call_phones(session: AsyncSession, team_ids: Collection[UUID]) -> dict[UUID, str]:
    """Find whom to call at any hour, for each team for which somebody is published."""
    if not team_ids:
        return {}
    rows = await session.execute(
        select(Team.id, on_call_phone())
        .join(Institution, Institution.id == Team.institution_id)
        .where(Team.id.in_(team_ids))
    )
    return {team_id: phone for team_id, phone in rows if phone is not None}


async def tell_pages(session: AsyncSession, team_ids: Collection[UUID]) -> None:
    """Let open pages of these teams ask again what waits; once for a whole batch."""
    await stream.tell(session, [f"team:{team_id}" for team_id in team_ids], CHANGED)


def _once(assigned_to: UUID | None, others: Iterable[UUID]) -> list[UUID]:
    """Each person once, whoever the alert was handed to first."""
    first = [assigned_to] if assigned_to else []
    return list(dict.fromkeys([*first, *others]))


async def recipients_of(
    session: AsyncSession, team_id: UUID, assigned_to: UUID | None, to: Recipient
) -> list[UUID]:
    """Choose the people of a step; where its level has nobody, the next one above answers.

    Whoever it was handed to counts only while they still reach the team's patients. Empty only
    where no institution up to the top has an active supervisor.
    """
    if to is Recipient.ON_CALL:
        if assigned_to and not await reaches(session, team_id, assigned_to):
            assigned_to = None
        people = _once(assigned_to, await on_duty(session, team_id))
        if people:
            return people
    levels = await supervisors_above(session, team_id)
    first = 1 if to is Recipient.PARENT_SUPERVISORS else 0
    above = [level for level in levels[first:] if level]
    below = [level for level in reversed(levels[:first]) if level]
    return next(iter(above + below), [])


async def tell_step(session: AsyncSession, alert: Alert, to: Recipient, step: int) -> int:
    """Write the step into inboxes; answer how many people were told."""
    people = await recipients_of(session, alert.team_id, alert.assigned_to, to)
    kind = notices.CALL_NOW if to is Recipient.ON_CALL else notices.ESCALATED
    # By the start of the clock, too: what was taken back climbs the same steps again.
    occasion = f"{alert.times_raised}:{alert.escalate_from.timestamp()}:{step}"
    await tell(session, people, kind, alert.id, occasion)
    return len(people)


async def tell_raised(
    session: AsyncSession,
    alert_id: UUID,
    team_id: UUID,
    times_raised: int,
    assigned_to: UUID | None,
) -> None:
    """For what runs by the clock, at once and not only when nobody has looked."""
    people = await recipients_of(session, team_id, assigned_to, Recipient.ON_CALL)
    await tell(session, people, notices.RAISED, alert_id, str(times_raised))


async def tell(
    session: AsyncSession,
    people: Sequence[UUID],
    kind: NoticeKind,
    alert_id: UUID,
    occasion: str,
) -> None:
    """`occasion` makes it once for each person: the same step told twice is one line."""
    key = f"{kind.code}:{alert_id}:{occasion}"
    await notify_staff(
        session, people, kind, key=key, subject=alert_ref(alert_id), href=address_of(alert_id)
    )
