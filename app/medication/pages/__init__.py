"""PC pages of medication: the review queue, the patient's page, treatments, alerts, supervision."""

from fastapi import APIRouter

from app.medication.pages import reviews

router = APIRouter(prefix="/staff", include_in_schema=False)
for _part in (reviews.router,):
    router.include_router(_part)
