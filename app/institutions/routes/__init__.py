"""JSON edges of institutions, split by noun."""

from fastapi import APIRouter

from app.institutions.routes import records, scans, staff, tree

router = APIRouter()
for _part in (tree.router, staff.router, records.router, scans.router):
    router.include_router(_part)
