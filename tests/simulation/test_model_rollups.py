"""R3 and R5 by day, and who needs a look: the model by itself."""

from datetime import timedelta
from fractions import Fraction

from tests.simulation.model_playing import FIRST, film, key, local, started
from tests.simulation.model_rollups import by_day, slips
from tests.simulation.model_words import Verdict


def test_each_day_is_counted_by_itself() -> None:
    model = started()
    film(model, 1, key(0), local(0, 9), Verdict.OBSERVED)
    film(model, 2, key(1), local(1, 9), Verdict.REJECTED)

    days = by_day(model.world.of(1), local(3, 4))

    counted = [(told.closed, told.observed, told.missed) for _, told in sorted(days.items())]
    assert counted == [(1, 1, 0), (1, 0, 0), (1, 0, 1)]
    assert {condition for _, condition in days} == {"tb"}


def test_a_row_of_misses_in_a_period_needs_a_look_and_one_day_later_a_low_rate() -> None:
    model = started()
    film(model, 1, key(0), local(0, 9), Verdict.OBSERVED)
    at = local(3, 4)

    (whole,) = slips(model.world.of(1), at, FIRST)
    (lately,) = slips(model.world.of(1), at, FIRST + timedelta(days=2))

    assert (whole.closed, whole.in_row, whole.at_best) == (3, 2, Fraction(1, 3))
    assert (lately.closed, lately.in_row, lately.needs_a_look) == (1, 1, False)
    assert whole.needs_a_look


def test_a_low_rate_is_said_of_five_doses_and_a_film_that_waits_is_counted_at_best() -> None:
    model = started()
    for day in range(4):
        film(model, day, key(day), local(day, 9), Verdict.REJECTED if day else None)

    (four,) = slips(model.world.of(1), local(4, 4), FIRST)
    film(model, 9, key(4), local(4, 9), Verdict.OBSERVED)
    (five,) = slips(model.world.of(1), local(5, 4), FIRST)

    assert (four.closed, four.needs_a_look) == (4, False)
    assert (five.closed, five.in_row, five.at_best) == (5, 0, Fraction(2, 5))
    assert five.needs_a_look
