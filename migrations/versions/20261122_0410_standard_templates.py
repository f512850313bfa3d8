"""The standard treatment templates, as data that an operator may add to.

2HRZE/4HR: 60 + 120 doses, once daily; tablets of the fixed-dose combination by weight (WHO guide
to fixed-dose combinations as used in China; to be confirmed by the designated TB hospital).
"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "standard_templates"
down_revision = "first_thread"

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def bands() -> list[dict[str, Any]]:
    steps = [(30, 38, "2"), (38, 55, "3"), (55, 71, "4"), (71, None, "5")]
    return [{"from_kg": a, "below_kg": b, "tablets": n} for a, b, n in steps]


def drug(name: str, strength: str, slots: list[str], **dosing: Any) -> dict[str, Any]:
    return {"name": name, "strength": strength, "slots": slots, "weekdays": EVERY_DAY, **dosing}


def phase(name: str, drugs: list[dict[str, Any]], **length: int) -> dict[str, Any]:
    return {"name": name, "drugs": drugs, **length}


HRZE = drug("四联抗结核片 HRZE", "H75/R150/Z400/E275 mg", ["morning"], weight_bands=bands())
HR = drug("二联抗结核片 HR", "H75/R150 mg", ["morning"], weight_bands=bands())
AMLODIPINE = drug("氨氯地平片", "5 mg", ["morning"], tablets="1")
METFORMIN = drug("二甲双胍片", "0.5 g", ["morning", "evening"], tablets="1")

TEMPLATES = [
    (
        "01900000-0000-7000-8000-000000000001",
        "肺结核初治 2HRZE/4HR",
        "tuberculosis",
        [phase("强化期", [HRZE], doses=60), phase("继续期", [HR], doses=120)],
    ),
    (
        "01900000-0000-7000-8000-000000000002",
        "高血压 每日一次",
        "hypertension",
        [phase("长期服药", [AMLODIPINE], weeks=52)],
    ),
    (
        "01900000-0000-7000-8000-000000000003",
        "2 型糖尿病 每日两次",
        "diabetes",
        [phase("长期服药", [METFORMIN], weeks=52)],
    ),
]


def upgrade() -> None:
    table = sa.table(
        "treatment_template",
        sa.column("id", sa.Uuid(as_uuid=False)),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("name", sa.Text()),
        sa.column("condition", sa.Text()),
        sa.column("definition", JSONB()),
        sa.column("is_active", sa.Boolean()),
    )
    made_at = datetime(2026, 11, 22, tzinfo=UTC)
    rows = [
        {
            "id": id_,
            "created_at": made_at,
            "name": name,
            "condition": condition,
            "definition": json.loads(json.dumps({"phases": phases})),
            "is_active": True,
        }
        for id_, name, condition, phases in TEMPLATES
    ]
    op.bulk_insert(table, rows)


def downgrade() -> None:
    raise NotImplementedError("forward only")
