"""Every page of the PC in Chromium: contrast, names, nothing cut, none too small, at every size.

`WEIBU_PICTURES=DIR` keeps pictures.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from playwright.async_api import Browser, Page, ViewportSize

from app.accounts.models import Role
from app.core import clock
from app.core.db import Sessionmaker
from app.core.severity import Severity
from app.institutions.models import Team
from app.medication.alert_kinds import MISSES_IN_ROW
from app.medication.models import Dose, SideEffectReport, Treatment
from app.patients.models import Patient
from scripts.dev.surroundings import option
from tests.alerts.factories import make_alert
from tests.e2e.phone_pages import AXE, LOOKS
from tests.e2e.world import Doctor, log_in, make_doctor
from tests.institutions.factories import make_institution, make_team
from tests.medication.factories import make_dose, make_doses, make_recording, make_treatment
from tests.patients.factories import make_patient
from tests.running_system import RunningSystem

PICTURES = option("WEIBU_PICTURES", "")
MATRIX = Path(__file__).parent.parent / "access_matrix.txt"
# The last is 1440 x 900 at 200 %.
SIZES: tuple[ViewportSize, ...] = (
    {"width": 1440, "height": 900},
    {"width": 1366, "height": 768},
    {"width": 1024, "height": 768},
    {"width": 720, "height": 450},
)
LOOKED_FOR = {"tap": 0, "least": 13, "keyboard": True}
LAID_OUT_MS = 300
# No page of its own: a stream, parts of pages, an answer without a body.
NOT_A_PAGE = {
    "/staff/badges",
    "/staff/session",
    "/staff/stream",
    "/staff/recordings/{recording_id}/film",
}
OF_OPERATORS = (
    "/staff",
    "/staff/account",
    "/staff/asked-changes",
    "/staff/failed-jobs",
    "/staff/inbox",
)


@dataclass(frozen=True)
class World:
    """Who looks, and the rows that the addresses name."""

    doctor: Doctor
    operator: Doctor
    ids: Mapping[str, UUID]


async def _fill(sessions: Sessionmaker, doctor: Doctor, team: Team) -> dict[str, UUID]:
    """Make a patient with something on each page: doses, films, an alert, what was felt."""
    async with sessions.begin() as session:
        old = clock.now() - timedelta(days=9)
        await make_patient(session, team=team, bound=False, name="欧阳贝贝", created_at=old)
        patient: Patient = await make_patient(session, team=team, name="司马晓红")
        first = clock.today_in(patient.zone) - timedelta(days=12)
        treatment: Treatment = await make_treatment(
            session, patient=patient, starts_on=first, days=15, started_by=doctor.id
        )
        doses = await make_doses(session, patient=patient, treatment=treatment, days=12)
        today: Dose = await make_dose(session, patient=patient, treatment=treatment)
        for dose in (doses[3], doses[5]):
            await make_recording(session, dose=dose)
        answer = SideEffectReport(
            patient_id=patient.id,
            dose_id=doses[-1].id,
            symptoms=["nausea", "dizziness"],
            severe=False,
            note="吃完药恶心了一上午，中午才好，想问问能不能改到晚饭以后吃",
            reported_at=clock.now() - timedelta(hours=20),
        )
        session.add(answer)
        alert = await make_alert(
            session, patient=patient, kind=MISSES_IN_ROW, severity=Severity.WARNING
        )
        return {
            "patient_id": patient.id,
            "treatment_id": treatment.id,
            "dose_id": today.id,
            "alert_id": alert.id,
        }


async def _world(sessions: Sessionmaker) -> World:
    async with sessions.begin() as session:
        top = await make_institution(session)
        team = await make_team(session, institution=top)
        both = await make_doctor(session, team, Role.DOCTOR, Role.SUPERVISOR)
        operator = await make_doctor(session, team, Role.OPERATOR)
    return World(both, operator, await _fill(sessions, both, team))


def _addresses() -> list[str]:
    """Take every GET of the table of who may call what."""
    lines = (line.split() for line in MATRIX.read_text().splitlines())
    found = [words[1] for words in lines if words[0] == "GET" and words[1].startswith("/staff")]
    return [address for address in found if address not in NOT_A_PAGE]


async def _look(page: Page, where: str, faults: dict[str, list[str]]) -> None:
    for size in SIZES:
        await page.set_viewport_size(size)
        await page.wait_for_timeout(LAID_OUT_MS)
        name = f"{where} {size['width']}"
        found = await page.evaluate(f"({LOOKS})({json.dumps(LOOKED_FOR)})")
        if found:
            faults[name] = found
        if PICTURES:
            file = re.sub(r"\W+", "-", name)
            await page.screenshot(path=Path(PICTURES) / f"{file}.png", full_page=True)


async def _visit(
    browser: Browser, system: RunningSystem, who: Doctor, world: World, addresses: list[str]
) -> dict[str, list[str]]:
    context = await browser.new_context(
        base_url=system.origin, locale="zh-CN", timezone_id="Asia/Shanghai", bypass_csp=True
    )
    page = await context.new_page()
    faults: dict[str, list[str]] = {}
    await page.add_init_script(path=AXE)
    await log_in(page, who)
    for address in addresses:
        answer = await page.goto(address.format(**world.ids))
        assert answer is not None
        assert answer.status == 200, address
        await _look(page, address, faults)
    await context.close()
    return faults


async def test_every_page_can_be_read_at_every_size(
    browser: Browser, system: RunningSystem, system_sessions: Sessionmaker
) -> None:
    world = await _world(system_sessions)
    every = _addresses()
    clinical = [address for address in every if address not in OF_OPERATORS[2:4]]

    halves = await asyncio.gather(
        _visit(browser, system, world.doctor, world, clinical),
        _visit(browser, system, world.operator, world, list(OF_OPERATORS)),
    )

    if PICTURES:
        (Path(PICTURES) / "faults.json").write_text(json.dumps(halves, ensure_ascii=False))
    assert {**halves[0], **{f"operator {w}": f for w, f in halves[1].items()}} == {}
