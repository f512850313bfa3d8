"""What is under way at this moment: a film being sent, one just arrived, one that is no film."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.storage import StoredObject
from app.media import service as media_service
from app.media.models import MediaState
from app.media.video import VideoProblem
from app.medication.models import RecordingState
from app.medication.service import recordings
from scripts.demo import stories
from scripts.demo.bookkeeping import Bookkeeper
from scripts.demo.enrolment import Enrolled
from scripts.demo.filming import put_page
from scripts.demo.moments import living
from scripts.demo.people import Part
from scripts.demo.reels import Reel
from scripts.demo.stories import DoseDay, Film


def book_present(books: Bookkeeper, enrolled: Enrolled, newest: DoseDay) -> None:
    if enrolled.plays(Part.UPLOADING):
        books.announce(_reel(books, enrolled, newest))
    if enrolled.plays(Part.NOT_A_FILM):
        _book_page(books, _reel(books, enrolled, newest))


def _reel(books: Bookkeeper, enrolled: Enrolled, dose: DoseDay) -> Reel:
    at = min(books.now, dose.closes_at) - 5 * stories.MINUTE
    return books.library.empty_reel(enrolled, dose, Film(at, at + stories.MINUTE))


def _book_page(books: Bookkeeper, reel: Reel) -> None:
    """Keep a network's login page that came in place of a film: refused, the dose stays."""
    uploaded_at = reel.film.uploaded_at
    books.add_media(
        reel,
        state=MediaState.STORED,
        size=put_page(books.settings, reel.key),
        stored_at=uploaded_at,
        delete_at=uploaded_at + recordings.KEEP_UNUSABLE,
    )
    books.add_recording(
        reel,
        state=RecordingState.UNUSABLE,
        uploaded_at=uploaded_at,
        sent_at=uploaded_at,
        problem=VideoProblem.NOT_A_VIDEO,
    )
    books.ledger.change_dose(reel.dose.id, recording_id=reel.recording_id)


async def let_arrive(session: AsyncSession, reel: Reel, size: int) -> None:
    """Confirm as the API does: the worker gets its job in this transaction."""
    film, media_id = reel.film, Bookkeeper.media_id(reel)
    async with living(session, film.uploaded_at):
        await recordings.arrived(session, media_id, film.uploaded_at - timedelta(seconds=2))
        stored = StoredObject(reel.key, size, reel.content_type, film.uploaded_at)
        await media_service.confirm(session, media_id, stored)
