"""Which transactions of the application are open in a task, for the gate of waiting."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import Session

ARRANGING = "arranging"  # in the `info` of a session that a test arranges with
_begun: "WeakKeyDictionary[Session, asyncio.Task[Any] | None]" = WeakKeyDictionary()


def _task() -> "asyncio.Task[Any] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


@event.listens_for(Session, "after_begin")
def _note(session: Session, *_: object) -> None:
    _begun[session] = _task()


def refuse_open_transactions() -> None:
    """Fail the test in whose application something slow is waited for with a transaction open."""
    here = _task()
    found = [
        session
        for session, task in _begun.items()
        if task is here and session.in_transaction() and ARRANGING not in session.info
    ]
    assert not found, "something slow was waited for while a transaction was open"
