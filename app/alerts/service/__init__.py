"""Raise, see, handle, hand over, take back, close, escalate: what other rooms and pages call."""

from app.alerts.service.acts import (
    hand_over,
    handle,
    mark_seen,
    may_close,
    may_take_back,
    refuse_handed_over,
    take_back,
)
from app.alerts.service.closing import (
    close_alerts,
    close_handled,
    close_with_record,
    follow_patient,
    handled_long_ago,
    lock_alerts,
    merge_alerts,
    what_closing_does,
)
from app.alerts.service.details import bring_details
from app.alerts.service.escalation import escalate_due
from app.alerts.service.raising import News, raise_alert, raise_alerts
from app.alerts.service.reopening import reopen_alerts, reopen_with_record

__all__ = [
    "News",
    "bring_details",
    "close_alerts",
    "close_handled",
    "close_with_record",
    "escalate_due",
    "follow_patient",
    "hand_over",
    "handle",
    "handled_long_ago",
    "lock_alerts",
    "mark_seen",
    "may_close",
    "may_take_back",
    "merge_alerts",
    "raise_alert",
    "raise_alerts",
    "refuse_handed_over",
    "reopen_alerts",
    "reopen_with_record",
    "take_back",
    "what_closing_does",
]
