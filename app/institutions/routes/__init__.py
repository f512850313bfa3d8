"""JSON edges of institutions, split by noun."""

from fastapi import APIRouter

from app.institutions.routes import absences, access, calendar, records, scans, staff, teams, tree

router = APIRouter()
for _part in (
    tree.router,
    teams.router,
    staff.router,
    absences.router,
    access.router,
    calendar.router,
    records.router,
    scans.router,
):
    router.include_router(_part)
