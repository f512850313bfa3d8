"""Write each story down as the services would have: facts of the dose, films, words, readings."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.accounts.models import ActorKind, AuditEvent
from app.core.settings import Settings
from app.media.models import MediaObject, MediaState
from app.media.video import is_near_duplicate
from app.medication.media import FILM
from app.medication.models import (
    DoseReport,
    Evidence,
    Progress,
    Reading,
    Recording,
    RecordingFlag,
    RecordingState,
    SideEffectReport,
)
from app.patients.audit import READ_RECORD
from scripts.demo.district import District
from scripts.demo.enrolment import Enrolled
from scripts.demo.filming import Footage
from scripts.demo.habits import Deed, excuse_of, mild_symptoms
from scripts.demo.ledger import Ledger
from scripts.demo.moments import id_at
from scripts.demo.readings import Readings
from scripts.demo.reels import Library, Reel
from scripts.demo.stories import Story

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SEEN = {Deed.LIVE: Evidence.LIVE, Deed.IN_PERSON: Evidence.IN_PERSON}


class Bookkeeper:
    def __init__(
        self, settings: Settings, district: District, library: Library, now: datetime, seed: int
    ) -> None:
        self.settings, self.district, self.library, self.now = settings, district, library, now
        self.ledger = Ledger()
        self.rng = Random(f"{seed}:books")  # noqa: S311  # a story, not a secret
        self.readings = Readings(settings, district, self.ledger, now, seed)
        self._prints: dict[UUID, list[bytes]] = defaultdict(list)

    def book_words(self, enrolled: Enrolled, story: Story) -> None:
        """Write what was said or seen without a film; nothing at all is no row."""
        match story.deed:
            case Deed.REPORT | Deed.EXCUSE:
                self._self_report(enrolled, story)
            case Deed.LIVE | Deed.IN_PERSON:
                self._seen_by_staff(enrolled, story)
            case Deed.FILM | Deed.NOTHING:
                pass

    def _self_report(self, enrolled: Enrolled, story: Story) -> None:
        taken = story.deed is Deed.REPORT
        reason = excuse_of(self.rng)
        self._report(story, Evidence.SELF_REPORT, taken, reason=reason, **enrolled.entered)
        changes: dict[str, Any] = {"self_reported_taken": taken}
        if taken:
            changes["evidence"] = Evidence.SELF_REPORT
        self.ledger.change_dose(story.dose.id, **changes)

    def _seen_by_staff(self, enrolled: Enrolled, story: Story) -> None:
        evidence = SEEN[story.deed]
        note = "视频通话看着服下" if story.deed is Deed.LIVE else "到卫生室当面服下"
        doctor = self.rng.choice(self.district.readers_of(enrolled.villager.team))
        self._report(story, evidence, True, staff_id=doctor.id, note=note)
        self.ledger.change_dose(story.dose.id, evidence=evidence)

    def _report(self, story: Story, kind: Evidence, taken: bool, **more: Any) -> None:
        blank = dict.fromkeys(("reason", "note", "staff_id", "by_account_id", "relation"))
        self.ledger.add(
            DoseReport,
            id=id_at(story.told_at, self.rng),
            created_at=story.told_at,
            dose_id=story.dose.id,
            kind=kind,
            taken=taken,
            **blank | more,
        )

    def book_films(self, reels: Sequence[Reel], footage: dict[str, Footage | int]) -> None:
        """Films of one dose, in order; the last one stands for the dose."""
        self._answer_question(reels[0])
        for reel in reels:
            seen = footage.get(reel.shoot)
            if reel.arriving:
                self.announce(reel)
                continue
            self._media(reel, seen)
            self._ready(reel, seen)
            if reel.film.reviewed_at is not None:
                self.readings.read(reel)
        if not reels[-1].arriving:
            self._settle_dose(reels[-1])

    def _answer_question(self, reel: Reel) -> None:
        asked_at = reel.film.captured_at - timedelta(seconds=self.rng.uniform(45, 90))
        self.ledger.add(
            SideEffectReport,
            id=id_at(asked_at, self.rng),
            created_at=asked_at,
            reported_at=asked_at,
            patient_id=reel.enrolled.id,
            dose_id=reel.dose.id,
            symptoms=mild_symptoms(self.rng),
            severe=False,
            note=None,
            **reel.enrolled.entered,
        )
        self.ledger.change_dose(reel.dose.id, side_effects_at=asked_at)

    def _media(self, reel: Reel, seen: Footage | int | None) -> None:
        film, keep = reel.film, timedelta(days=self.settings.video_retention_days)
        gone = self.library.is_gone(film)
        delete_at = film.reviewed_at + keep if film.reviewed_at else None
        size = seen.size if isinstance(seen, Footage) else seen
        self.add_media(
            reel,
            state=MediaState.DELETED if gone else MediaState.STORED,
            size=size,
            stored_at=film.uploaded_at - SECOND,
            delete_at=delete_at,
            deleted_at=delete_at + 7 * MINUTE if gone and delete_at else None,
        )

    def add_media(self, reel: Reel, **columns: Any) -> None:
        self.ledger.add(
            MediaObject,
            id=self.media_id(reel),
            created_at=reel.created_at,
            next_check_at=reel.created_at,
            checks=0,
            key=reel.key,
            content_type=reel.content_type,
            family=FILM.family,
            purpose=FILM.code,
            owner_feature="medication",
            owner_kind="recording",
            owner_id=reel.recording_id,
            announce_job=FILM.announce_job,
            deleted_job=FILM.deleted_job,
            queue=FILM.queue,
            max_bytes=FILM.max_bytes(self.settings),
            keep_days=FILM.keep_days(self.settings),
            patient_id=reel.enrolled.id,
            presigned_until=reel.created_at + timedelta(seconds=self.settings.upload_expires_s),
            **dict.fromkeys(("size", "stored_at", "delete_at", "deleted_at")) | columns,
        )

    @staticmethod
    def media_id(reel: Reel) -> UUID:
        """Beside the recording's own, so that neither has to be looked up."""
        return UUID(int=reel.recording_id.int ^ 1)

    def _ready(self, reel: Reel, seen: Footage | int | None) -> None:
        film, uploaded_at = reel.film, reel.film.uploaded_at
        stills = seen if isinstance(seen, Footage) else None
        gone = self.library.is_gone(film)
        deleted_at = film.reviewed_at and film.reviewed_at + timedelta(
            days=self.settings.video_retention_days, minutes=7
        )
        self.add_recording(
            reel,
            state=RecordingState.READY,
            uploaded_at=uploaded_at,
            sent_at=uploaded_at - 2 * SECOND,
            ready_at=uploaded_at + timedelta(seconds=self.rng.uniform(3, 9)),
            duration_ms=stills.duration_ms if stills else None,
            width=stills.width if stills else None,
            height=stills.height if stills else None,
            film_key=reel.key,
            film_deleted_at=deleted_at if gone else None,
            poster_key=stills.poster_key if stills else None,
            sheet_key=stills.sheet_key if stills else None,
            fingerprint=stills.fingerprint if stills and film.waits else None,
            flags=self._flags(reel, stills),
            due_by=uploaded_at + timedelta(hours=self.settings.review_due_hours),
            pending_reading=Reading.FIRST if film.waits else None,
        )

    def _flags(self, reel: Reel, seen: Footage | None) -> list[str]:
        """As the worker would find them; the earlier films are those of this patient here."""
        flags = list(seen.flags) if seen else []
        if seen and reel.film.waits:
            earlier = self._prints[reel.enrolled.id]
            if any(is_near_duplicate(seen.fingerprint, before) for before in earlier):
                flags.append(RecordingFlag.NEAR_DUPLICATE)
            earlier.append(seen.fingerprint)
        if reel.film.wrong_code:
            flags.append(RecordingFlag.WRONG_DAY)
        if reel.film.clock_off:
            flags.append(RecordingFlag.CLOCK_OFF)
        if reel.film.uploaded_at > reel.dose.closes_at:
            flags.append(RecordingFlag.LATE_UPLOAD)
        return flags

    def announce(self, reel: Reel) -> None:
        """Presigned, and not a byte has come yet."""
        self.add_media(reel, state=MediaState.PRESIGNED)
        self.add_recording(reel, state=RecordingState.REQUESTED)
        self.ledger.change_dose(
            reel.dose.id, recording_id=reel.recording_id, progress=Progress.UPLOADING
        )

    def add_recording(self, reel: Reel, **columns: Any) -> None:
        captured_at, blank = reel.film.captured_at, dict.fromkeys(_LATER)
        self.ledger.add(
            Recording,
            id=reel.recording_id,
            created_at=reel.created_at,
            dose_id=reel.dose.id,
            patient_id=reel.enrolled.id,
            team_id=reel.enrolled.patient.team_id,
            media_id=self.media_id(reel),
            client_key=f"demo-{reel.recording_id.hex}",
            request_hash=reel.recording_id.hex,
            opened_at=captured_at - timedelta(seconds=self.rng.uniform(50, 110)),
            captured_at=captured_at,
            day_code=reel.day_code,
            mirrored=False,
            leased_by=None,
            leased_until=None,
            leased_at=None,
            **reel.enrolled.entered,
            **blank | {"flags": []} | columns,
        )

    def _settle_dose(self, reel: Reel) -> None:
        film = reel.film
        self.ledger.change_dose(
            reel.dose.id,
            evidence=Evidence.VIDEO,
            recording_id=reel.recording_id,
            progress=Progress.PENDING_REVIEW if film.waits else Progress.NONE,
            verdict=None if film.waits else film.verdict,
        )

    def book_visit(self, enrolled: Enrolled, worker_id: UUID, at: datetime) -> None:
        self.ledger.add(
            AuditEvent,
            id=id_at(at, self.rng),
            created_at=at,
            actor_kind=ActorKind.STAFF,
            actor_id=worker_id,
            action=READ_RECORD.code,
            patient_id=enrolled.id,
            subject_id=None,
            request_id=None,
        )


_LATER = (
    *("sent_at", "uploaded_at", "ready_at", "problem", "duration_ms", "width", "height"),
    *("film_key", "film_deleted_at", "poster_key", "sheet_key", "fingerprint", "due_by"),
    *("pending_reading", "first_reviewer_id", "first_reviewed_at"),
)
