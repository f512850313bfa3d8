"""PC pages of patients: the list, the record's form, the binding sheet."""

from fastapi import APIRouter

from app.patients.pages import binding, listing, record

router = APIRouter()
for _part in (listing.router, record.router, binding.router):
    router.include_router(_part)
