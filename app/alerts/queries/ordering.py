"""Severities in SQL: text in the column, a rank where two are compared."""

from sqlalchemy import Case, Integer, SQLColumnExpression, Text, case, literal_column

from app.core.severity import Severity

MOST = max(s.rank for s in Severity)


def _case(column: SQLColumnExpression[Severity], ranks: dict[Severity, int]) -> Case[int]:
    """Written out, and not bound: DISTINCT ON and ORDER BY must be the same to the database."""
    whens = {
        literal_column(f"'{severity.value}'", Text): literal_column(str(rank), Integer)
        for severity, rank in ranks.items()
    }
    return case(whens, value=column, else_=literal_column("-1", Integer))


def rank_of(column: SQLColumnExpression[Severity]) -> Case[int]:
    """As `Severity.rank`: 0 for the mildest."""
    return _case(column, {s: s.rank for s in Severity})


def urgency_of(column: SQLColumnExpression[Severity]) -> Case[int]:
    """Rank from the other end, so that one ascending order puts the most severe first."""
    return _case(column, {s: MOST - s.rank for s in Severity})
