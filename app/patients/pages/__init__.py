"""PC pages of patients: the record's form, its end, the binding sheet, contacts, merging."""

from fastapi import APIRouter

from app.patients.pages import binding, closing, contacts, merging, record

router = APIRouter()
for _part in (
    record.router,
    binding.router,
    contacts.router,
    merging.router,
    closing.router,
):
    router.include_router(_part)
