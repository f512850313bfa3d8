"""PC pages of medication: the review queue, the patient's page, treatments, supervision."""

from fastapi import APIRouter

from app.medication.pages import (
    attention,
    doses,
    edits,
    films,
    orders,
    patient,
    reviews,
    supervision,
    treatments,
)

router = APIRouter(prefix="/staff", include_in_schema=False)
for _part in (
    reviews.router,
    attention.router,
    patient.router,
    films.router,
    doses.router,
    orders.router,
    edits.router,
    treatments.router,
    supervision.router,
):
    router.include_router(_part)
