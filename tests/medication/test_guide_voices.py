"""An institution's own spoken words for filming: from an operator's file to the patient's phone."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.job_context import JobContext
from app.institutions.models import Institution
from app.media import jobs as media_jobs
from app.media.models import MediaObject
from app.medication import jobs
from app.medication.media import LONGEST_VOICE_MS
from app.medication.models import GuideVoice, VoiceState, VoiceStep
from app.medication.service import guide_voices as service
from app.medication.words import VOICE_STEPS
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.media.sound.sounds import write_sound
from tests.medication.phone import post_film
from tests.patients.factories import make_patient, patient_client

pytestmark = pytest.mark.usefixtures("noon")
STEPS_OF_PHONE = (
    Path(__file__).parents[2] / "miniprogram/src/features/filming/steps.ts"
).read_text()


def address(place: Institution) -> str:
    return f"/api/admin/institutions/{place.id}/guide-voices"


@dataclass
class Voices:
    """What an operator, a phone and the worker do; the topmost place has a village below it."""

    app: FastAPI
    session: AsyncSession
    context: JobContext
    top: Institution
    village: Institution
    folder: Path

    async def operator(self, place: Institution, role: Role = Role.OPERATOR) -> httpx.AsyncClient:
        staff = await make_staff(self.session, institution=place, roles=[role])
        return await staff_client(self.app, self.session, staff.id)

    async def phone(self, place: Institution) -> httpx.AsyncClient:
        team = await make_team(self.session, institution=place)
        return patient_client(self.app, await make_patient(self.session, team=team))

    async def announce(
        self, browser: httpx.AsyncClient, place: Institution, step: str = "palm",
        key: str = "said-once-only", **body: Any,
    ) -> httpx.Response:  # fmt: skip
        usual = {"step": step, "content_type": "audio/wav", "size": 50_000}
        return await browser.post(
            address(place), json=usual | body, headers={"Idempotency-Key": key}
        )

    async def give(
        self, place: Institution, step: str = "palm", *, seconds: float = 2, key: str = "said-once"
    ) -> str:
        """Take the whole way in: form, file, confirmation, and what the worker does."""
        browser = await self.operator(place)
        told = (await self.announce(browser, place, step, key)).json()
        data = write_sound(self.folder / "words.wav", seconds=seconds).read_bytes()
        assert (await post_film(told["upload"], data)).status_code == 201
        said = await browser.post(f"/api/admin/guide-voices/{told['voice_id']}/uploaded")
        assert said.status_code == 202
        await self.work(told["voice_id"])
        return str(told["voice_id"])

    async def work(self, voice_id: str) -> None:
        """Run what the confirmation enqueued, and what that enqueued."""
        media_id = str((await self.voice(voice_id)).media_id)
        await jobs.look_for_guide_voice(self.context, media_id=media_id)
        await jobs.guide_voice_arrived(self.context, media_id=media_id)

    async def voice(self, voice_id: str) -> GuideVoice:
        return await self.session.get_one(GuideVoice, UUID(voice_id), populate_existing=True)

    async def is_kept(self, voice_id: str) -> bool:
        """Ask the storage for what phones play."""
        key = (await self.voice(voice_id)).sound_key
        return key is not None and await self.context.storage.head(key) is not None

    async def listed(self, place: Institution) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (
            await (await self.operator(place)).get(address(place))
        ).json()["items"]
        return items

    async def played(self, phone: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
        answer = await phone.get("/api/guide-voices")
        return {one["step"]: one for one in answer.json()["voices"]}


@pytest.fixture
async def voices(
    app: FastAPI, session: AsyncSession, context: JobContext, tmp_path: Path
) -> Voices:
    top = await make_institution(session)
    village = await make_institution(session, parent=top)
    return Voices(app, session, context, top, village, tmp_path)


async def test_from_an_operators_file_to_the_patients_phone(voices: Voices) -> None:
    phone = await voices.phone(voices.top)
    assert await voices.played(phone) == {}

    voice_id = await voices.give(voices.top, "palm")

    (shown,) = await voices.listed(voices.top)
    assert (shown["voice_id"], shown["state"], shown["problem"]) == (voice_id, "ready", None)
    assert (shown["step"], shown["words"]) == ("palm", "把药放在手心，对着镜头")
    assert shown["duration_ms"] == pytest.approx(2000, abs=100)
    played = await voices.played(phone)
    assert played.keys() == {"palm"}
    assert (played["palm"]["voice_id"], played["palm"]["size"]) == (voice_id, shown["size"])
    async with httpx.AsyncClient(timeout=30) as http:
        got = await http.get(played["palm"]["url"])
    assert (got.status_code, got.headers["content-type"]) == (200, "audio/mp4")
    assert len(got.content) == shown["size"]
    # What was sent is not kept beside our own, once its form can write no more.
    key = (await voices.voice(voice_id)).media_id
    media = await voices.session.get_one(MediaObject, key)
    assert media.patient_id is None
    await media_jobs.drop_source(voices.context, media_id=str(key))
    assert await voices.context.storage.head(media.key) is None
    assert (
        await voices.context.storage.head((await voices.voice(voice_id)).sound_key or "")
        is not None
    )


async def test_a_place_without_its_own_plays_those_of_the_nearest_above_step_by_step(
    voices: Voices,
) -> None:
    beside = await make_institution(voices.session, parent=voices.top)
    in_village, in_beside = await voices.phone(voices.village), await voices.phone(beside)
    of_top = {
        step: await voices.give(voices.top, step, key=f"top-{step}") for step in ("palm", "mouth")
    }
    of_village = await voices.give(voices.village, "palm", key="village-palm")

    played = {step: one["voice_id"] for step, one in (await voices.played(in_village)).items()}
    assert played == {"palm": of_village, "mouth": of_top["mouth"]}
    above = {step: one["voice_id"] for step, one in (await voices.played(in_beside)).items()}
    assert above == of_top


async def test_nobody_gives_hears_or_takes_out_words_beyond_the_own_subtree(
    voices: Voices,
) -> None:
    voice_id = await voices.give(voices.top)
    beside = await make_institution(voices.session)
    for place in (voices.village, beside):
        stranger = await voices.operator(place)
        answers = [
            await stranger.get(address(voices.top)),
            await voices.announce(stranger, voices.top),
            await stranger.post(f"/api/admin/guide-voices/{voice_id}/uploaded"),
            await stranger.post(f"/api/admin/guide-voices/{voice_id}/remove"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
    doctor = await voices.operator(voices.top, Role.DOCTOR)
    assert (await voices.announce(doctor, voices.top)).status_code == 403
    assert (await voices.voice(voice_id)).state is VoiceState.READY
    assert await voices.played(await voices.phone(beside)) == {}
    above = await voices.operator(voices.top)
    assert (await voices.announce(above, voices.village, key="from-above")).status_code == 201


async def test_the_new_words_of_a_step_take_the_place_of_the_old_when_they_are_ready(
    voices: Voices,
) -> None:
    phone = await voices.phone(voices.top)
    old = await voices.give(voices.top, "palm", key="first-try")
    other = await voices.give(voices.top, "mouth", key="other-step")
    browser = await voices.operator(voices.top)

    announced = (await voices.announce(browser, voices.top, key="second-try")).json()
    assert (await voices.played(phone))["palm"]["voice_id"] == old
    data = write_sound(voices.folder / "new.wav").read_bytes()
    await post_film(announced["upload"], data)
    await voices.work(announced["voice_id"])

    played = {step: one["voice_id"] for step, one in (await voices.played(phone)).items()}
    assert played == {"palm": announced["voice_id"], "mouth": other}
    states = {one["voice_id"]: one["state"] for one in await voices.listed(voices.top)}
    assert states == {old: "removed", other: "ready", announced["voice_id"]: "ready"}
    await jobs.guide_voice_arrived(  # again after a worker died
        voices.context, media_id=str((await voices.voice(announced["voice_id"])).media_id)
    )
    assert (await voices.played(phone))["palm"]["voice_id"] == announced["voice_id"]


async def test_taken_out_phones_play_what_is_above_and_the_file_goes(voices: Voices) -> None:
    phone = await voices.phone(voices.village)
    above = await voices.give(voices.top, key="of-the-top")
    own = await voices.give(voices.village, key="of-the-village")
    browser = await voices.operator(voices.village)

    told = [await browser.post(f"/api/admin/guide-voices/{own}/remove") for _ in range(2)]

    assert [(a.status_code, a.json()["state"]) for a in told] == [(200, "removed")] * 2
    assert told[0].json()["sound_url"] is None
    assert (await voices.played(phone))["palm"]["voice_id"] == above
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        await media_jobs.expire(voices.context)
    assert await voices.context.storage.head((await voices.voice(own)).sound_key or "") is None
    assert (
        await voices.context.storage.head((await voices.voice(above)).sound_key or "") is not None
    )
    codes = [
        (event.action, (event.detail or {})["code"], event.subject_id)
        for event in await voices.session.scalars(
            select(AuditEvent)
            .where(AuditEvent.subject_id == voices.village.id)
            .order_by(AuditEvent.id)
        )
    ]
    assert codes == [
        ("change_guide_voice", "voice_announced", voices.village.id),
        ("change_guide_voice", "voice_removed", voices.village.id),
    ]


async def test_words_longer_than_their_step_are_refused_and_the_old_ones_stay(
    voices: Voices,
) -> None:
    good = await voices.give(voices.top, "palm", key="good-words")
    too_long = await voices.give(voices.top, "palm", seconds=6.5, key="long-words")
    fits = await voices.give(voices.top, "swallow", seconds=6.5, key="long-step")

    found = {
        one["voice_id"]: (one["state"], one["problem"]) for one in await voices.listed(voices.top)
    }
    assert found == {
        good: ("ready", None),
        too_long: ("unusable", "too_long"),
        fits: ("ready", None),
    }
    assert (await voices.played(await voices.phone(voices.top))).keys() == {"palm", "swallow"}


async def test_what_is_no_sound_or_too_large_is_refused_before_a_byte_is_sent(
    voices: Voices,
) -> None:
    browser = await voices.operator(voices.top)
    film = await voices.announce(browser, voices.top, content_type="video/mp4", key="a-film-1")
    large = await voices.announce(browser, voices.top, size=2 * 1024 * 1024 + 1, key="large-01")
    strange = await voices.announce(browser, voices.top, step="dance", key="strange-1")

    assert (film.status_code, film.json()["type"]) == (422, "media-type-unknown")
    assert (large.status_code, large.json()["type"]) == (422, "media-too-large")
    assert strange.status_code == 422
    assert await voices.listed(voices.top) == []


async def test_one_key_is_one_recording_with_a_fresh_form_and_none_once_it_is_there(
    voices: Voices,
) -> None:
    browser = await voices.operator(voices.top)
    first, again = [(await voices.announce(browser, voices.top)).json() for _ in range(2)]
    other = await voices.announce(browser, voices.top, step="mouth")
    assert first["voice_id"] == again["voice_id"]
    assert again["upload"]["fields"]["key"] == first["upload"]["fields"]["key"]
    assert (other.status_code, other.json()["type"]) == (422, "idempotency-mismatch")

    await post_film(again["upload"], write_sound(voices.folder / "a.wav").read_bytes())
    await voices.work(first["voice_id"])

    late = (await voices.announce(browser, voices.top)).json()
    assert (late["voice_id"], late["state"], late["upload"]) == (first["voice_id"], "ready", None)


async def test_a_second_form_of_a_step_lets_go_of_the_first_that_brought_nothing(
    voices: Voices,
) -> None:
    browser = await voices.operator(voices.top)
    first = (await voices.announce(browser, voices.top, key="first-form")).json()
    other = (await voices.announce(browser, voices.top, "mouth", key="other-step")).json()
    second = (await voices.announce(browser, voices.top, key="second-form")).json()

    states = {one["voice_id"]: one["state"] for one in await voices.listed(voices.top)}
    assert states == {
        first["voice_id"]: "removed", other["voice_id"]: "requested",
        second["voice_id"]: "requested",
    }  # fmt: skip
    # Its file may still come; it is listened to by nobody.
    await post_film(first["upload"], write_sound(voices.folder / "a.wav").read_bytes())
    await voices.work(first["voice_id"])
    assert (await voices.voice(first["voice_id"])).state is VoiceState.REMOVED


async def test_said_to_be_there_before_it_is_it_is_still_waited_for(voices: Voices) -> None:
    browser = await voices.operator(voices.top)
    told = (await voices.announce(browser, voices.top)).json()
    said = await browser.post(f"/api/admin/guide-voices/{told['voice_id']}/uploaded")
    waiting = select(text("task_name")).select_from(text("procrastinate_jobs"))
    assert service.LOOK_JOB in list(await voices.session.scalars(waiting))
    media_id = str((await voices.voice(told["voice_id"])).media_id)
    await jobs.look_for_guide_voice(voices.context, media_id=media_id)
    assert (said.json()["state"], (await voices.voice(told["voice_id"])).state) == (
        "requested", VoiceState.REQUESTED,
    )  # fmt: skip

    # Never confirmed, it is found all the same.
    await post_film(told["upload"], write_sound(voices.folder / "a.wav").read_bytes())
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        await media_jobs.reconcile(voices.context)
    await jobs.guide_voice_arrived(voices.context, media_id=media_id)
    assert (await voices.voice(told["voice_id"])).state is VoiceState.READY


async def test_a_closed_institution_gets_no_new_words(voices: Voices) -> None:
    voices.village.closed_at = clock.now()
    await voices.session.flush()
    answer = await voices.announce(await voices.operator(voices.top), voices.village)
    assert (answer.status_code, answer.json()["type"]) == (409, "institution-closed")


async def test_what_the_storage_has_lost_is_played_no_more(voices: Voices) -> None:
    phone = await voices.phone(voices.top)
    gone = await voices.give(voices.top, "palm", key="gone-later")
    kept = await voices.give(voices.top, "mouth", key="kept-here")

    media_id = str((await voices.voice(gone)).media_id)
    await jobs.guide_voice_deleted(voices.context, media_id=media_id)

    played = {step: one["voice_id"] for step, one in (await voices.played(phone)).items()}
    assert played == {"mouth": kept}


def test_the_steps_are_those_of_the_phone() -> None:
    """In name, words and seconds: words that outlast their step would be cut off."""
    phone = re.findall(r"step: '(\w+)',\s+words: '([^']+)',\s+seconds: ([0-9]+)", STEPS_OF_PHONE)

    assert {step: words for step, words, _ in phone} == VOICE_STEPS
    assert {step: int(seconds) * 1000 for step, _, seconds in phone} == {
        step.value: longest for step, longest in LONGEST_VOICE_MS.items()
    }
    assert LONGEST_VOICE_MS.keys() == set(VoiceStep)
