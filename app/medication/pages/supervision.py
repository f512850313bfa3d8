"""The supervisor's page: are films read in time, how does the subtree do, who slips."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.accounts import audit
from app.accounts.access import SupervisorActor
from app.core import clock
from app.core.db import Session
from app.core.filters import CLINIC_ZONE
from app.core.pages import render
from app.medication.loaders import SupervisedInstitution
from app.medication.models import Verdict
from app.medication.queries.subtrees import branches_of, slipping_in
from app.medication.queries.supervision import figures_of
from app.medication.schemas.supervision import Branch, Figures
from app.medication.words import VERDICTS
from app.patients.audit import LIST_PATIENTS

router = APIRouter(prefix="/supervision")
PERIODS = (7, 30, 90)
Days = Annotated[int, Query(ge=1, le=90)]
BACKLOG = (
    ("under_6", "6 小时内"),
    ("under_12", "6–12 小时"),
    ("under_24", "12–24 小时"),
    ("under_48", "24–48 小时"),
    ("older", "48 小时以上"),
)


def _charts(figures: Figures, branches: list[Branch]) -> dict[str, Any]:
    """Hold what the script draws; the tables beside the charts say the same."""
    return {
        "days": [[d.on.isoformat(), d.received, d.in_time_rate] for d in figures.days],
        "backlog": [[word, getattr(figures.backlog, name)] for name, word in BACKLOG],
        "branches": [
            [b.name, b.rates.observed_rate, b.rates.verified_rate, b.rates.reported_rate]
            for b in branches
            if b.rates.closed
        ],
    }


@router.get("")
async def show_supervision(
    request: Request,
    _: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
) -> Response:
    at = clock.now()
    since: datetime = at - timedelta(days=days)
    institution, home_path = supervised
    figures = await figures_of(session, institution, home_path, since, at)
    branches = await branches_of(session, institution, _first_day(days), at)
    context = {
        "institution": institution,
        "days": days,
        "periods": PERIODS,
        "figures": figures,
        "branches": branches,
        "backlog": [(word, getattr(figures.backlog, name)) for name, word in BACKLOG],
        "verdicts": [(v.value, VERDICTS[v].word) for v in Verdict],
        "pairs": {(p.first, p.second): p.count for p in figures.pairs},
        "charts": _charts(figures, branches),
        "tab": "figures",
    }
    return render(request, "medication/supervision.html", context)


def _first_day(days: int) -> Any:
    return clock.today_in(CLINIC_ZONE) - timedelta(days=days)


@router.get("/slipping")
async def show_slipping(
    request: Request,
    actor: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
) -> Response:
    audit.record(session, actor, LIST_PATIENTS)
    context = {
        "institution": supervised.institution,
        "days": days,
        "periods": PERIODS,
        "rows": await slipping_in(session, supervised.institution, _first_day(days), clock.now()),
        "tab": "slipping",
    }
    return render(request, "medication/slipping.html", context)
