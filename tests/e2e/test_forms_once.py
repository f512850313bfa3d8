"""Forms that create: pressed twice on a slow answer, and filled in again after a lost one."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from playwright.async_api import Locator, Page, Route, expect
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.medication.models import Dose, DoseHold, DoseReport, Slot, Treatment
from app.patients.models import ContactLog, Patient, RecordClosing
from tests.e2e.world import Household, log_in, make_world

# An answer comes after SLOW_MS or a little more; the next page is held up for longer.
SLOW_MS, NEXT_PAGE_MS = 600, 3000
AFTERWARDS_MS = (SLOW_MS + 300, SLOW_MS + 800, SLOW_MS + 1500, SLOW_MS + 2300)
# By the page's own clock: a browser that waits for a page answers no questions of a test.
PRESSES = "(button, after) => after.forEach(ms => setTimeout(() => button.click(), ms))"


class Creating(NamedTuple):
    """One form: where it is, what it makes, and how a person fills it in."""

    page: str
    action: str
    fill: Callable[[Locator], Awaitable[None]]
    made: Any

    def form(self, page: Page) -> Locator:
        return page.locator(f"form[action='{self.action}']")

    def button(self, page: Page) -> Locator:
        return self.form(page).locator("button[data-busy]").last


def _filling(*fields: tuple[str, str]) -> Callable[[Locator], Awaitable[None]]:
    """By the names of the fields; "=value" chooses the one with this value."""

    async def fill(form: Locator) -> None:
        for name, value in fields:
            field = form.locator(f"[name='{name}']")
            if value.startswith("="):
                await form.locator(f"[name='{name}'][value='{value[1:]}']").check()
            elif await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)

    return fill


async def _forms(session: AsyncSession, household: Household) -> list[Creating]:
    patient = household.patient
    treatment = (
        await session.scalars(select(Treatment).where(Treatment.patient_id == patient.id))
    ).one()
    today = clock.today_in(patient.zone)
    first = select(Dose.id).where(
        Dose.treatment_id == treatment.id, Dose.due_on == today, Dose.slot == Slot.MORNING
    )
    dose_id = (await session.scalars(first)).one()
    treatment_page = f"/staff/treatments/{treatment.id}"
    return forms_of(str(patient.id), treatment_page, f"/staff/doses/{dose_id}", today)


def _sure(desk: Page) -> None:
    """Say yes to what a page asks before it sends."""
    desk.on("dialog", lambda dialog: dialog.accept())


def forms_of(patient_id: str, treatment: str, dose: str, today: date) -> list[Creating]:
    """Every form that creates; `tests/test_creating_once.py` holds that none is missing."""
    home, day = f"/staff/patients/{patient_id}", (today + timedelta(days=3)).isoformat()
    order, phase, drug = f"{home}/treatments/new", "phases.0", "phases.0.drugs.0"
    return [
        Creating(
            "/staff/patients/new", "/staff/patients/new",
            _filling(
                ("name", "钱多多"), ("phone", "13712345678"), ("sex", "=female"),
                ("birth_on", "1958-03-02"), ("conditions", "=hypertension"),
            ), Patient,
        ),
        Creating(
            f"{home}/contacts", f"{home}/contacts", _filling(("note", "说好明天来")), ContactLog
        ),
        Creating(
            treatment, f"{treatment}/hold",
            _filling(("from_on", day), ("to_on", day), ("reason", "住院")), DoseHold,
        ),
        Creating(dose, f"{dose}/seen", _filling(("kind", "=in_person")), DoseReport),
        Creating(
            f"{order}?template=free", order,
            _filling(
                ("name", "降压"), ("condition", "hypertension"), (f"{phase}.name", "长期"),
                (f"{drug}.name", "氨氯地平片"), (f"{drug}.tablets", "1"),
            ), Treatment,
        ),
        # The last: nothing is made of a record that has ended.
        Creating(
            f"{home}/closing", f"{home}/close", _filling(("reason", "=moved_away")), RecordClosing
        ),
    ]  # fmt: skip


async def _count(sessions: Sessionmaker, model: Any) -> int:
    async with sessions() as session:
        return (await session.scalars(select(func.count()).select_from(model))).one()


async def _open(page: Page, creating: Creating) -> None:
    await page.goto(creating.page)
    await creating.fill(creating.form(page))


async def test_a_second_press_while_answer_or_next_page_are_slow_sends_nothing(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "钱慢慢")
    async with system_sessions() as session:
        forms = await _forms(session, household)
    await log_in(desk, doctor)
    _sure(desk)
    sent: list[str] = []

    async def slowly(route: Route) -> None:
        request = route.request
        if request.method == "POST":
            sent.append(request.url)
            await desk.wait_for_timeout(SLOW_MS)
        elif sent and request.is_navigation_request():
            await desk.wait_for_timeout(NEXT_PAGE_MS)
        await route.continue_()

    for creating in forms:
        before = await _count(system_sessions, creating.made)
        await _open(desk, creating)
        here = desk.url
        await desk.route("**/staff/**", slowly)

        async with desk.expect_navigation():
            await creating.button(desk).evaluate(PRESSES, [0, SLOW_MS // 2, *AFTERWARDS_MS])

        await desk.unroute("**/staff/**", slowly)
        assert [url.endswith(creating.action) for url in sent] == [True], (here, sent)
        assert await _count(system_sessions, creating.made) == before + 1, creating.action
        sent.clear()


async def test_a_form_filled_in_again_after_a_lost_answer_and_a_reload_is_made_once(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "钱丢丢")
    async with system_sessions() as session:
        forms = await _forms(session, household)
    await log_in(desk, doctor)
    _sure(desk)

    async def lose(route: Route) -> None:
        if route.request.method != "POST":
            await route.continue_()
            return
        await route.fetch(max_redirects=0)  # the server has done it
        await route.abort()

    for creating in forms:
        before = await _count(system_sessions, creating.made)
        await _open(desk, creating)
        await desk.route("**/staff/**", lose)
        await creating.button(desk).click()
        await expect(desk.get_by_text("网络不通")).to_be_visible()
        await desk.unroute("**/staff/**", lose)
        assert await _count(system_sessions, creating.made) == before + 1, creating.action

        await desk.reload()
        if await creating.form(desk).count():  # a dose that was seen asks no more
            await creating.fill(creating.form(desk))
            async with desk.expect_navigation():
                await creating.button(desk).click()

        assert await _count(system_sessions, creating.made) == before + 1, creating.action
