"""JSON edges of patients: the phone logs in, binds, and reads its own record."""

from fastapi import APIRouter

from app.patients.routes import bindings, login, me

router = APIRouter()
for _part in (login.router, bindings.router, me.router):
    router.include_router(_part)
