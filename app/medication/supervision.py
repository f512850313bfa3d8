"""Medication's figures for a supervisor: are films read in time, how does the subtree do."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pages import Section
from app.institutions.supervised import Supervised, first_day
from app.medication.models import Verdict
from app.medication.queries.subtrees import branches_of
from app.medication.queries.supervision import figures_of, films_before
from app.medication.schemas.supervision import Branch, Figures, chosen_of
from app.medication.words import VERDICTS

STYLES = ("medication.css",)
SCRIPTS = ("vendor/echarts.min.js", "medication_figures.js")
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


async def section(
    session: AsyncSession, supervised: Supervised, days: int, _at: datetime
) -> Section:
    """How films are read, now and before, and the rates of each branch, as far as rolled up."""
    institution = supervised.institution
    before = await films_before(session, institution, days, first_day(days))
    figures = await figures_of(session, institution, days, first_day(days))
    chosen = chosen_of(supervised.condition, figures.conditions)
    branches, below = await branches_of(session, institution, days, chosen, limited=True)
    context = {
        "institution": institution,
        "days": days,
        "figures": figures,
        "before": before,
        "conditions": figures.conditions,
        "chosen": chosen,
        "kept": f"&condition={supervised.condition}" if supervised.condition else "",
        "branches": branches,
        "below": below,
        "backlog": [(word, getattr(figures.backlog, name)) for name, word in BACKLOG],
        "verdicts": [(v.value, VERDICTS[v].word) for v in Verdict],
        "pairs": {(p.first, p.second): p.count for p in figures.pairs},
        "charts": _charts(figures, branches),
    }
    return Section("medication/sections/_supervision.html", context, STYLES, SCRIPTS)
