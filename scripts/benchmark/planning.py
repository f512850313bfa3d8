"""Which statements PostgreSQL plans anew each time, since a plan for all values looks dearer.

That may take longer than the statement itself, and at some size only: see `core/hot.py`.
"""

from collections import defaultdict
from collections.abc import Sequence

import psycopg

from scripts.benchmark.bare import parameters_of
from scripts.benchmark.capture import Answer, Parameters, renewed

ROUNDS = 8  # after five PostgreSQL chooses


def planned_anew(conninfo: str, answers: Sequence[Answer]) -> list[str]:
    """Send each statement of these answers again, undo it, and tell which have no lasting plan."""
    found: dict[str, list[Parameters]] = defaultdict(list)
    for answer in answers:
        for transaction in answer.transactions:
            for statement, parameters in transaction:
                if len(found[statement]) < ROUNDS:
                    found[statement].append(parameters)
    often = {s: many for s, many in found.items() if len(many) == ROUNDS}
    with psycopg.connect(conninfo, options="-c timezone=UTC", autocommit=True) as connection:
        return [s for s, many in often.items() if not _is_kept(connection, s, many)]


def _is_kept(connection: psycopg.Connection, statement: str, many: Sequence[Parameters]) -> bool:
    """All in one transaction: with each that is rolled back the driver prepares anew."""
    with connection.transaction(force_rollback=True):
        for parameters in many:
            ((text, values),) = renewed([(statement, parameters)])
            connection.execute(text, parameters_of(values), prepare=True)
        plans = connection.execute(
            "select generic_plans > 0 from pg_prepared_statements where not from_sql"
            " order by generic_plans + custom_plans desc limit 1"
        ).fetchone()
    return plans is not None and bool(plans[0])
