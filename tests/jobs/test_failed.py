"""A job that gave up is told to those who answer for the whole system, and counted for them."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.audit import RETRY_JOB
from app.institutions.models import Institution, StaffMember
from app.notifications.jobs import tell_failed_jobs
from app.notifications.models import Notice
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_institution, make_staff
from tests.jobs.queue import failed_job, failed_names

OPERATING = [Role.OPERATOR]
PAGE = "/staff/failed-jobs"


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), FEATURES)


@pytest.fixture
async def top(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def operator(session: AsyncSession, top: Institution) -> StaffMember:
    return await make_staff(session, institution=top, roles=OPERATING)


async def told(session: AsyncSession) -> list[tuple[object, str]]:
    rows = await session.execute(select(Notice.staff_id, Notice.key).order_by(Notice.key))
    return [(staff_id, key.split(":")[1]) for staff_id, key in rows]


async def test_each_name_is_told_once_an_hour(
    session: AsyncSession, context: JobContext, operator: StaffMember
) -> None:
    for name in ("tests.one", "tests.one", "tests.two"):
        await failed_job(session, name)

    await tell_failed_jobs(context)
    await failed_job(session, "tests.one")
    await tell_failed_jobs(context)

    assert await told(session) == [(operator.id, "tests.one"), (operator.id, "tests.two")]
    later = text("update procrastinate_events set at = at + interval '1 hour'")
    await session.execute(later)
    await tell_failed_jobs(context)
    assert len(await told(session)) == 4


async def test_only_active_operators_of_the_top_are_told(
    session: AsyncSession, context: JobContext, top: Institution, operator: StaffMember
) -> None:
    village = await make_institution(session, parent=top)
    await make_staff(session, institution=village, roles=OPERATING)
    await make_staff(session, institution=top)
    left = await make_staff(session, institution=top, roles=OPERATING)
    await session.execute(
        text("update staff_account set is_active = false where id = :id"), {"id": left.id}
    )
    await failed_job(session, "tests.one")

    await tell_failed_jobs(context)

    assert await told(session) == [(operator.id, "tests.one")]


@pytest.mark.usefixtures("operator")
async def test_what_gave_up_long_ago_is_not_told_again(
    session: AsyncSession, context: JobContext
) -> None:
    await failed_job(session, "tests.one")
    await session.execute(
        text("update procrastinate_events set at = at - cast(:ago as interval)"),
        {"ago": timedelta(hours=4)},
    )

    await tell_failed_jobs(context)

    assert await told(session) == []


async def test_of_jobs_that_run_again_by_themselves_the_newest_failure_is_kept(
    session: AsyncSession, context: JobContext
) -> None:
    for name in ("alerts.escalate", "media.drop_source", "media.drop_source", "alerts.escalate"):
        await failed_job(session, name)

    await tell_failed_jobs(context)

    assert await failed_names(session) == [
        "media.drop_source", "media.drop_source", "alerts.escalate",
    ]  # fmt: skip


async def test_page_counts_by_name_and_shows_ids(
    app: FastAPI, session: AsyncSession, operator: StaffMember
) -> None:
    for _ in range(3):
        await failed_job(session, "tests.one", '{"media_id": "an-id"}')
    browser = await staff_client(app, session, operator.id)

    page = await browser.get(PAGE)

    assert page.status_code == 200
    assert "tests.one" in page.text
    assert '<td class="number">3</td>' in page.text
    assert "media_id an-id" in page.text


async def test_a_job_is_tried_again_from_the_page_once(
    app: FastAPI, session: AsyncSession, operator: StaffMember
) -> None:
    await failed_job(session, "tests.kept")
    job_id = await failed_job(session, "tests.again")
    browser = await staff_client(app, session, operator.id)

    answers = [await browser.post(f"{PAGE}/{job_id}/retry") for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 404]
    assert await failed_names(session) == ["tests.kept"]
    noted = select(AuditEvent.detail).where(AuditEvent.action == RETRY_JOB.code)
    assert list(await session.scalars(noted)) == [{"job_id": job_id}]


async def test_page_is_for_the_topmost_operators(
    app: FastAPI, session: AsyncSession, top: Institution
) -> None:
    village = await make_institution(session, parent=top)
    others = [
        await make_staff(session, institution=village, roles=OPERATING),
        await make_staff(session, institution=top),
    ]
    browsers = [await staff_client(app, session, staff.id) for staff in others]

    job_id = await failed_job(session, "tests.one")

    assert [(await b.get(PAGE)).status_code for b in browsers] == [403, 403]
    retries = [await b.post(f"{PAGE}/{job_id}/retry") for b in browsers]
    assert [answer.status_code for answer in retries] == [403, 403]
