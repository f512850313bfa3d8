"""PC pages of patients: the record's form, the binding sheet, contacts, merging."""

from fastapi import APIRouter

from app.patients.pages import binding, contacts, merging, record

router = APIRouter()
for _part in (record.router, binding.router, contacts.router, merging.router):
    router.include_router(_part)
