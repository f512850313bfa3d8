"""JSON edges of patients: the phone logs in, binds, reads its own record; a team is closed."""

from fastapi import APIRouter

from app.patients.routes import audit, bindings, login, me, teams

router = APIRouter()
for _part in (login.router, bindings.router, me.router, teams.router, audit.router):
    router.include_router(_part)
