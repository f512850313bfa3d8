"""PC pages of medication: the review queue, the patient's page, treatments, supervision."""

from fastapi import APIRouter

from app.medication.pages import (
    attention,
    corrections,
    doses,
    edits,
    films,
    orders,
    patient,
    reviews,
    severe,
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
    corrections.router,
    orders.router,
    edits.router,
    treatments.router,
    severe.router,
    supervision.router,
):
    router.include_router(_part)
