"""Which problem an error becomes: a phone tries again after 503, a person reads the rest."""

import pytest
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from app.core.problems import as_problem


@pytest.mark.parametrize(
    "error",
    [TimeoutError(), NoConnection("no free connection"), OperationalError("x", {}, OSError())],
)
def test_a_busy_database_is_unavailable_and_not_our_fault(error: Exception) -> None:
    assert (as_problem(error).type, as_problem(error).status) == ("unavailable", 503)


def test_what_no_column_can_hold_is_a_bad_request() -> None:
    problem = as_problem(DataError("x", {}, ValueError("a NUL character")))

    assert (problem.type, problem.status) == ("bad-request", 400)


def test_anything_else_is_our_fault() -> None:
    assert as_problem(KeyError("name")).status == 500
