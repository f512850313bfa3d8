"""Who lives in the running system of a test, and how its people use their screens."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
from playwright.async_api import Locator, Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role, StaffAccount
from app.accounts.service.passwords import hash_password
from app.core import clock
from app.core.crypto import new_code
from app.core.db import Sessionmaker
from app.institutions.models import StaffMember, Team, Title
from app.medication.service.layouts import lay_out
from app.patients.models import Patient
from app.patients.service.binding_codes import issue_code, make_code
from app.patients.service.typed_codes import TAIL, draw_digits
from tests.institutions.factories import make_staff, make_team
from tests.medication.factories import make_treatment
from tests.patients.factories import make_patient

PASSWORD = "correct-horse-battery"
# As long as the phone takes a tap for the second of two: `platform/navigation.ts`.
AFTER_A_WAY_MS = 1000


@dataclass(frozen=True)
class Doctor:
    username: str
    totp_secret: str
    id: UUID


@dataclass(frozen=True)
class Household:
    """A patient in care, with a treatment that runs today, and the code that binds a phone."""

    patient: Patient
    code: str


def midday_zone() -> str:
    """Name a zone where it is about noon: the window is open whenever tests run."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


async def make_doctor(
    session: AsyncSession, team: Team, *roles: Role, title: Title = Title.FAMILY_DOCTOR
) -> Doctor:
    staff: StaffMember = await make_staff(
        session, team=team, roles=roles or (Role.DOCTOR,), title=title
    )
    account = await session.get_one(StaffAccount, staff.id)
    account.password_hash = await hash_password(PASSWORD)
    account.must_change_password = False
    account.username = f"doctor-{new_code(6).lower()}"
    return Doctor(account.username, account.totp_secret, staff.id)


async def make_household(session: AsyncSession, team: Team, doctor: Doctor, name: str) -> Household:
    zone = midday_zone()
    patient = await make_patient(session, team=team, bound=False, name=name, zone=zone)
    treatment = await make_treatment(
        session, patient=patient, starts_on=clock.today_in(zone), started_by=doctor.id
    )
    await lay_out(session, treatment, zone, treatment.phases[0].ends_on)
    code = make_code()
    digits = await draw_digits(session, code)
    actor = StaffActor(doctor.id, doctor.id, frozenset({Role.DOCTOR}), None)
    await issue_code(session, actor, patient.id, code, digits)
    return Household(patient, digits)


async def make_world(sessions: Sessionmaker, name: str) -> tuple[Doctor, Household]:
    async with sessions.begin() as session:
        team = await make_team(session)
        doctor = await make_doctor(session, team)
        return doctor, await make_household(session, team, doctor, name)


def shown(page: Page, test_id: str) -> Locator:
    """Take the one on the screen: pages left behind stay in the document."""
    return page.get_by_test_id(test_id).locator("visible=true").last


async def tap(page: Page, test_id: str) -> None:
    """Tap once the page stands: right after another opened it would be taken for a slip."""
    button = shown(page, test_id)
    await button.wait_for()
    await page.wait_for_timeout(AFTER_A_WAY_MS)
    await button.click()


async def open_phone(page: Page, user: str) -> None:
    await page.goto(f"/m/?user={user}")


async def bind_phone(page: Page, household: Household, user: str) -> None:
    """From the first screen to today: code, "that is me", both consents."""
    await open_phone(page, user)
    await tap(page, "bind-type")
    await type_code(page, household)
    await tap(page, "bind-submit")
    await tap(page, "bind-confirm")
    for _ in range(2):
        await read_to_the_end(page)
        await tap(page, "consent-accept")
    await expect(shown(page, "film-start")).to_be_visible()


async def type_code(page: Page, household: Household) -> None:
    """Type the eight digits of the code, then the last four of the phone on record."""
    for digit in household.code + household.patient.phone[-TAIL:]:
        await shown(page, f"pad-{digit}").click()


async def read_to_the_end(page: Page) -> None:
    """Go on to the end of the text, where it does not stand on one screen."""
    await expect(shown(page, "consent-refuse")).to_be_visible()
    await page.wait_for_timeout(AFTER_A_WAY_MS)
    if await page.get_by_test_id("consent-read-on").locator("visible=true").count():
        await tap(page, "consent-read-on")


async def feel_unwell(page: Page, symptom: str) -> None:
    """Answer the question before filming with something severe: the red page opens."""
    await tap(page, "film-start")
    await tap(page, "side-effects-some")
    await tap(page, f"symptom-{symptom}")
    await tap(page, "side-effects-submit")


async def film_a_dose(page: Page, seconds: float = 5) -> None:
    """Answer the question, film with the browser's camera, look at it, stop before sending."""
    await tap(page, "film-start")
    await tap(page, "side-effects-none")
    await tap(page, "prepared")
    await record(page, seconds)


async def record(page: Page, seconds: float = 5) -> None:
    start = shown(page, "camera-start")
    await expect(start).to_contain_text("开始拍")
    await tap(page, "camera-start")
    await page.wait_for_timeout(seconds * 1000)
    await tap(page, "camera-stop")
    await expect(shown(page, "film-send")).to_be_visible()


async def log_in(page: Page, doctor: Doctor) -> None:
    await page.goto("/staff/login")
    await fill_login(page, doctor)
    await page.wait_for_url(re.compile(r"/staff/?$"))


async def fill_login(page: Page, doctor: Doctor, codes_later: int = 0) -> None:
    """No code is taken twice: whoever logs in again at once takes the next."""
    at = clock.now() + timedelta(seconds=30 * codes_later)
    code = pyotp.TOTP(doctor.totp_secret).at(at)
    await page.get_by_label("用户名").fill(doctor.username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_label("动态码").fill(code)
    await page.get_by_role("button", name="登录", exact=True).click()


async def expect_state(page: Page, words: str, **wait: Any) -> None:
    await expect(shown(page, "dose-state")).to_contain_text(words, **wait)


async def wait_for_film(page: Page, before: str | None = None) -> str:
    """Wait until a film (another than `before`) shows its first frame; answer which."""
    await page.wait_for_function(
        """before => {
          const root = document.querySelector('#review');
          const id = root?.dataset.recording;
          const video = document.querySelector('.review-video.shown');
          return id && id !== before && video?.dataset.frame === 'shown';
        }""",
        arg=before,
    )
    return str(await page.locator("#review").get_attribute("data-recording"))


async def judge(page: Page, *keys: str) -> str:
    """Watch for a second, as a person would, then press."""
    recording_id = await wait_for_film(page)
    for key in keys:
        await page.wait_for_timeout(1000)
        await page.keyboard.press(key)
    return recording_id
