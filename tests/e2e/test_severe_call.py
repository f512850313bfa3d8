"""The thread of an emergency on one phone: something severe is felt, and a number is dialled."""

from playwright.async_api import Page, expect

from app.core.db import Sessionmaker
from tests.e2e.world import bind_phone, feel_unwell, make_world, shown, tap

# The second is the phone of an institution that tests make.
AMBULANCE, CENTRE = "120", "02368001234"


# What would be dialled is noted and goes no further: after one call a browser without a window
# waits for ever for an application that makes it.
NOTE = """() => {
  window.dialled = []
  navigation.addEventListener('navigate', (event) => {
    if (!event.destination.url.startsWith('tel:')) return
    event.preventDefault()
    window.dialled.push(event.destination.url.slice('tel:'.length))
  })
}"""


async def _expect_dialled(page: Page, *numbers: str) -> None:
    await page.wait_for_function("count => window.dialled.length === count", arg=len(numbers))
    assert await page.evaluate("window.dialled") == [*numbers]


async def test_the_red_page_dials_the_ambulance_and_the_doctor(
    phone: Page, system_sessions: Sessionmaker
) -> None:
    _, household = await make_world(system_sessions, "韦秀珍")
    await bind_phone(phone, household, "wei-red")
    await phone.evaluate(NOTE)

    await feel_unwell(phone, "breathless")

    await expect(shown(phone, "severe-stopped")).to_contain_text("先停")
    await expect(shown(phone, "doctor-told")).to_be_visible()
    await tap(phone, "call-120")
    await _expect_dialled(phone, AMBULANCE)
    await tap(phone, "call-doctor")
    await _expect_dialled(phone, AMBULANCE, CENTRE)
    await expect(shown(phone, "severe-stopped")).to_be_visible()


async def test_the_red_page_dials_without_a_network(
    phone: Page, system_sessions: Sessionmaker
) -> None:
    _, household = await make_world(system_sessions, "蓝桂珍")
    await bind_phone(phone, household, "lan-red")
    await phone.evaluate(NOTE)
    await phone.context.set_offline(True)

    await feel_unwell(phone, "yellow_skin")

    await expect(shown(phone, "doctor-not-told")).to_contain_text("请先打电话给医生")
    await tap(phone, "call-doctor")
    await _expect_dialled(phone, CENTRE)
    await expect(shown(phone, "severe-stopped")).to_contain_text("先停")
    await phone.context.set_offline(False)
    await expect(shown(phone, "doctor-told")).to_be_visible()
