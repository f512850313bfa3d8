"""Several short lists in one statement: each a column of JSON, read back into typed rows."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, ScalarSelect, Select, Text, cast, func, select

M = TypeVar("M")


def json_rows(statement: Select[*tuple[Any, ...]]) -> ScalarSelect[Any]:
    """Turn a SELECT into one JSON array of its rows, for a page that may send few statements."""
    rows = statement.subquery()
    whole = func.jsonb_agg(func.to_jsonb(rows.table_valued()))
    return (
        select(func.coalesce(whole, func.jsonb_build_array())).select_from(rows).scalar_subquery()
    )


def json_text(statement: Select[*tuple[Any, ...]]) -> ColumnElement[str]:
    """As `json_rows`, for a hot path: the text, which `typed` reads at less than half the cost."""
    return cast(json_rows(statement), Text)


@cache
def _list_of(model: type[M]) -> TypeAdapter[list[M]]:
    return TypeAdapter(list[model])  # type: ignore[valid-type]


def typed(model: type[M], rows: Sequence[dict[str, Any]] | str) -> list[M]:
    """Read the column back: as the driver made it of JSON, or the text."""
    adapter: TypeAdapter[list[M]] = _list_of(model)  # type: ignore[arg-type]  # a class is hashable
    return adapter.validate_json(rows) if isinstance(rows, str) else adapter.validate_python(rows)
