"""How long a trained person takes at the PC, by the keystroke-level model, over the real pages.

Operators as Card, Moran and Newell have them (seconds): K 0.28 a key, P 1.1 to point, B 0.2 to
press and let go, H 0.4 from the keyboard to the mouse or back, M 1.35 to think of what comes next.
The time of the patient, of the network and of the telephone call is left out.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from playwright.async_api import Locator, Page, expect

from app.accounts.models import Role
from app.core import clock
from app.core.db import Sessionmaker
from app.medication.models import Dose, Treatment
from app.patients.models import Patient
from app.patients.search import search_keys_of
from tests.e2e.world import log_in, make_doctor, make_world
from tests.institutions.factories import make_institution, make_team
from tests.medication.factories import make_dose, make_recording, make_treatment
from tests.medication.stopped import stop_at
from tests.patients.factories import make_patient

K, P, B, H, M = 0.28, 1.1, 0.2, 0.4, 1.35
# Keys of an input method: what is typed for a short sentence or a name of three characters.
A_NAME, A_NOTE = 9, 10


@dataclass
class Hand:
    """Does what a person does, and counts it."""

    page: Page
    clicks: int = 0
    keys: int = 0
    seconds: float = 0
    at_mouse: bool = False
    told: list[str] = field(default_factory=list)

    def think(self) -> None:
        self.seconds += M

    def _go(self, *, to_mouse: bool) -> None:
        self.seconds += H if self.at_mouse != to_mouse else 0
        self.at_mouse = to_mouse

    async def click(self, target: Locator) -> None:
        self._go(to_mouse=True)
        self.clicks += 1
        self.seconds += P + B
        await target.click()

    async def type(self, text: str, keys: int | None = None) -> None:
        self._go(to_mouse=False)
        count = keys if keys is not None else len(text)
        self.keys += count
        self.seconds += K * count
        await self.page.keyboard.type(text)

    async def press(self, keys: str) -> None:
        self._go(to_mouse=False)
        count = len(keys.split("+"))
        self.keys += count
        self.seconds += K * count
        await self.page.keyboard.press(keys)


async def _can_be_found(sessions: Sessionmaker, patient: Patient) -> None:
    async with sessions.begin() as session:
        own = await session.get_one(Patient, patient.id)
        own.search_keys = search_keys_of(own.name, own.phone, None)


async def test_a_follow_up_takes_no_more_than_thirteen_seconds(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "黄素珍")
    await _can_be_found(system_sessions, household.patient)
    await log_in(desk, doctor)
    hand = Hand(desk)

    hand.think()
    await hand.press("Control+k")
    await hand.type("hsz")
    await hand.press("Enter")
    await desk.wait_for_url(re.compile(r"/staff/patients/[0-9a-f-]{36}$"))
    hand.think()
    await hand.click(desk.get_by_role("link", name="联系记录"))
    await hand.click(desk.get_by_label("说了什么"))
    await hand.type("明天来取药", A_NOTE)
    await hand.click(desk.get_by_role("button", name="登记"))

    await expect(desk.get_by_text("明天来取药")).to_be_visible()
    assert hand.seconds <= 13, hand


async def test_a_severe_alert_is_settled_by_three_clicks(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    async with system_sessions.begin() as session:
        team = await make_team(session)
        doctor = await make_doctor(session, team)
        patient = await make_patient(session, team=team, name="严不适")
        treatment: Treatment = await make_treatment(session, patient=patient, started_by=doctor.id)
        dose: Dose = await make_dose(session, patient=patient, treatment=treatment)
        await stop_at(session, dose)
    await log_in(desk, doctor)
    hand = Hand(desk)

    hand.think()
    await hand.click(desk.get_by_role("link", name=re.compile("^作决定：.*严不适")))
    hand.think()
    act = desk.get_by_label("决定", exact=True)
    await hand.click(act)
    await hand.press("ArrowDown")
    await hand.press("Enter")
    await expect(act).to_have_value("go_on")
    await hand.click(desk.get_by_label("怎样处理的"))
    await hand.type("已打电话，没事了", A_NOTE)
    await hand.press("Enter")

    await desk.wait_for_url(re.compile(r"/staff/patients/[0-9a-f-]{36}$"))
    async with system_sessions() as session:
        assert (await session.get_one(Dose, dose.id)).severe_at is None
    assert hand.clicks <= 3, hand


async def test_who_is_late_is_two_clicks_away(desk: Page, system_sessions: Sessionmaker) -> None:
    async with system_sessions.begin() as session:
        district = await make_institution(session)
        clinic = await make_institution(session, parent=district, name="上坪村卫生室")
        team = await make_team(session, institution=clinic, name="上坪团队", phone="13900000001")
        over = await make_team(session, institution=district)
        supervisor = await make_doctor(session, over, Role.SUPERVISOR)
        dose = await make_dose(session, patient=await make_patient(session, team=team))
        late = clock.now() - timedelta(hours=5)
        await make_recording(session, dose=dose, due_by=late)
    await log_in(desk, supervisor)
    hand = Hand(desk)

    await hand.click(desk.get_by_role("link", name="督导"))
    await hand.click(desk.get_by_role("link", name="待审视频"))

    row = desk.get_by_role("row", name=re.compile("上坪团队"))
    await expect(row).to_contain_text("13900000001")
    assert hand.clicks <= 2, hand


async def test_a_record_and_its_code_take_no_more_than_forty_six_seconds(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, _ = await make_world(system_sessions, "别的患者")
    await log_in(desk, doctor)
    hand = Hand(desk)

    hand.think()
    await hand.click(desk.get_by_role("link", name="患者", exact=True))
    await hand.click(desk.get_by_role("link", name="新建患者"))
    hand.think()
    await hand.click(desk.locator("[name='name']"))
    await hand.type("李桂英", A_NAME)
    await hand.press("Tab")
    hand.think()
    await hand.type("13712345678")
    hand.think()
    await hand.click(desk.locator("[name='sex'][value='female']"))
    hand.think()
    await hand.click(desk.locator("[name='birth_on']"))
    await hand.type("1958-03-02")
    hand.think()
    await hand.click(desk.locator("[name='conditions'][value='hypertension']"))
    await hand.click(desk.get_by_role("button", name="建档", exact=True))
    await desk.wait_for_url(re.compile(r"/staff/patients/[0-9a-f-]{36}$"))
    hand.think()
    await hand.click(desk.get_by_role("link", name="绑定码"))
    await hand.click(desk.get_by_role("button", name=re.compile("生成")))

    await expect(desk.locator("[data-binding-code]")).to_be_visible()
    assert hand.seconds <= 46, hand
