"""The review queue: the page is a stage, its script asks /api/reviews for the films."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.pages import render
from app.core.state import AppSettings
from app.medication.models import ReviewReason, Verdict
from app.medication.queries.review_queue import queue_counts
from app.medication.words import REVIEW_REASONS, SLOTS, VERDICTS, VIDEO_FLAGS
from app.patients.words import SEXES

router = APIRouter(prefix="/reviews")
# In the order of a film: the keys 1…9 and 0 of the reasons stand for these.
REASONS = tuple(ReviewReason)


def _words() -> dict[str, object]:
    """Name for the script what the films and verdicts are called."""
    return {
        "reasons": [[reason.value, REVIEW_REASONS[reason]] for reason in REASONS],
        "verdicts": {v.value: VERDICTS[v].word for v in Verdict},
        "flags": VIDEO_FLAGS,
        "slots": SLOTS,
        "sexes": SEXES,
    }


@router.get("")
async def show_reviews(
    request: Request, actor: ClinicianActor, settings: AppSettings, session: Session
) -> Response:
    waiting, overdue, flagged = await queue_counts(session, actor, clock.now())
    context = {
        "counts": {"waiting": waiting, "overdue": overdue, "flagged": flagged},
        "settings": {"undo_s": settings.undo_seconds, "lease_s": settings.lease_seconds},
        "words": _words(),
    }
    return render(request, "medication/reviews.html", context)
