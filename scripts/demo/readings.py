"""What reviewers did with a film: a first reading, now and then taken back, a blind second."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from app.accounts.models import ActorKind, AuditEvent
from app.core.settings import Settings
from app.medication.audit import VIEW_VIDEO
from app.medication.models import Reading, Recording, Review, ReviewWithdrawal, Verdict
from app.medication.service.reviews import is_sampled
from scripts.demo.district import District, Worker
from scripts.demo.habits import reason_of
from scripts.demo.ledger import Ledger
from scripts.demo.moments import id_at
from scripts.demo.reels import Reel
from scripts.demo.stories import tablets_short

TAKEN_BACK, DISAGREED = 0.03, 0.08
RATES = (Decimal("1.00"), Decimal("1.50"), Decimal("2.00"))


class Readings:
    def __init__(
        self, settings: Settings, district: District, ledger: Ledger, now: datetime, seed: int
    ) -> None:
        self.settings, self.district, self.ledger, self.now = settings, district, ledger, now
        self.rng = Random(f"{seed}:readings")  # noqa: S311  # a story, not a secret

    def read(self, reel: Reel) -> None:
        """Write the reading of a film whose row was added last."""
        at = reel.film.reviewed_at
        assert at is not None  # noqa: S101  # only films with a verdict are read
        first, second = self._two_readers(reel)
        if self.rng.random() < TAKEN_BACK:
            self._take_back(reel, first, at - timedelta(seconds=self.rng.uniform(9, 14)))
        self._review(reel, first, at, Reading.FIRST, reel.film.verdict)
        row = self.ledger.rows[Recording][-1]
        row |= {"first_reviewer_id": first.id, "first_reviewed_at": at}
        if is_sampled(reel.recording_id, self.settings.second_reading_percent):
            self._read_again(reel, second, row, at)

    def _two_readers(self, reel: Reel) -> tuple[Worker, Worker]:
        readers = self.district.readers_of(reel.enrolled.villager.team)
        busy = [6, *([2] * (len(readers) - 1))]
        first = self.rng.choices(readers, busy)[0]
        return first, self.rng.choice([r for r in readers if r is not first])

    def _read_again(self, reel: Reel, reader: Worker, row: dict[str, Any], at: datetime) -> None:
        again_at = at + timedelta(hours=self.rng.uniform(2, 60))
        if again_at > self.now:
            row["pending_reading"] = Reading.SECOND
            return
        verdict = reel.film.verdict
        if self.rng.random() < DISAGREED:
            verdict = self.rng.choice([v for v in Verdict if v is not verdict])
        self._review(reel, reader, again_at, Reading.SECOND, verdict)

    def _take_back(self, reel: Reel, reader: Worker, at: datetime) -> None:
        """Press a key too soon and undo it within the seconds allowed."""
        slip = Verdict.REJECTED if reel.film.verdict is Verdict.OBSERVED else Verdict.OBSERVED
        review_id = self._review(reel, reader, at, Reading.FIRST, slip)
        gone_at = at + timedelta(seconds=self.rng.uniform(2, 8))
        self.ledger.add(ReviewWithdrawal, review_id=review_id, created_at=gone_at)

    def _review(
        self, reel: Reel, reader: Worker, at: datetime, reading: Reading, verdict: Verdict
    ) -> UUID:
        """Count the seconds honestly: an eight-second film, a look, a key."""
        rate = self.rng.choices(RATES, [3, 5, 2])[0]
        watched_ms = round(8000 / float(rate) * self.rng.uniform(0.9, 1.35))
        thought_ms = round(self.rng.lognormvariate(1.35, 0.55) * 1000)
        opened_at = at - timedelta(milliseconds=watched_ms + thought_ms)
        reason, comment = reason_of(verdict, self.rng)
        review_id = id_at(at, self.rng)
        self.ledger.add(
            Review,
            id=review_id,
            created_at=at,
            recording_id=reel.recording_id,
            dose_id=reel.dose.id,
            reviewer_id=reader.id,
            client_key=f"demo-{review_id.hex}",
            reading=reading,
            verdict=verdict,
            reason=reason,
            comment=comment,
            tablets=tablets_short(reel.dose) if verdict is Verdict.PARTIAL else None,
            watched_ms=watched_ms,
            played_rate=rate,
            opened_at=opened_at,
        )
        self._note_view(reel, reader, opened_at)
        return review_id

    def _note_view(self, reel: Reel, reader: Worker, at: datetime) -> None:
        self.ledger.add(
            AuditEvent,
            id=id_at(at, self.rng),
            created_at=at,
            actor_kind=ActorKind.STAFF,
            actor_id=reader.id,
            action=VIEW_VIDEO.code,
            patient_id=reel.enrolled.id,
            subject_id=reel.recording_id,
            request_id=None,
        )
