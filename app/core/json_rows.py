"""Several short lists in one statement: each a column of JSON, read back into typed rows."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import ScalarSelect, Select, func, select

M = TypeVar("M", bound=BaseModel)


def json_rows(statement: Select[*tuple[Any, ...]]) -> ScalarSelect[Any]:
    """Turn a SELECT into one JSON array of its rows, for a page that may send few statements."""
    rows = statement.subquery()
    whole = func.jsonb_agg(func.to_jsonb(rows.table_valued()))
    return (
        select(func.coalesce(whole, func.jsonb_build_array())).select_from(rows).scalar_subquery()
    )


def typed(model: type[M], rows: Sequence[dict[str, Any]]) -> list[M]:
    return [model.model_validate(row) for row in rows]
