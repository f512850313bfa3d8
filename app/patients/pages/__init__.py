"""PC pages of patients: the record's form, the binding sheet."""

from fastapi import APIRouter

from app.patients.pages import binding, record

router = APIRouter()
for _part in (record.router, binding.router):
    router.include_router(_part)
