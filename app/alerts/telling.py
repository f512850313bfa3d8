"""Who hears of an alert: the one place that asks who is on duty and writes to inboxes.

There is no channel that rings a phone: a step "to the on-call phone" tells the staff on duty to
dial the number, and the list shows it. Nothing here claims that a message reached a phone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import notices
from app.alerts.models import Alert, Recipient
from app.alerts.queries.people import active_members, supervisors_above
from app.core.feature import NoticeKind
from app.core.refs import Ref
from app.notifications.service import notify_staff


def alert_ref(alert_id: UUID) -> Ref:
    return Ref("alerts", "alert", alert_id)


def address_of(alert_id: UUID) -> str:
    return f"/staff/alerts/{alert_id}"


async def on_duty(session: AsyncSession, team_id: UUID) -> Sequence[UUID]:
    """Active members of the team; absences and stand-ins are known to `institutions`."""
    return await active_members(session, team_id)


async def on_call_phones(_session: AsyncSession, _team_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Whom to call at any hour, for each team whose number is published by `institutions`."""
    return {}


def _once(assigned_to: UUID | None, others: Iterable[UUID]) -> list[UUID]:
    """Each person once, whoever the alert was handed to first."""
    first = [assigned_to] if assigned_to else []
    return list(dict.fromkeys([*first, *others]))


async def recipients_of(
    session: AsyncSession, team_id: UUID, assigned_to: UUID | None, to: Recipient
) -> list[UUID]:
    """Choose the people of a step; where its level has nobody, the next one above answers.

    Empty only where no institution up to the top has an active supervisor.
    """
    if to is Recipient.ON_CALL:
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
    await tell(session, people, kind, alert.id, f"{alert.times_raised}:{step}")
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
