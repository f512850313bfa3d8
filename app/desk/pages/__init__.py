"""PC pages of the desk: what needs me now, the alert list, the patient list."""

from fastapi import APIRouter

from app.desk.pages import alerts, home, patients

router = APIRouter()
for _part in (home.router, alerts.router, patients.router):
    router.include_router(_part)
