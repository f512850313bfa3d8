"""Cohen's kappa of two blind readings."""

from collections import Counter

import pytest

from app.medication.agreement import agreement_of

O, R, U = "observed", "rejected", "unverifiable"  # noqa: E741 short, for a table of pairs


@pytest.mark.parametrize(
    ("pairs", "agreed", "kappa"),
    [
        ([], None, None),
        ([(O, O)] * 10, 1.0, None),  # one word only: chance alone agrees fully
        ([(O, O)] * 5 + [(R, R)] * 5, 1.0, 1.0),
        ([(O, R)] * 5 + [(R, O)] * 5, 0.0, -1.0),
        # the textbook case: 20 both yes, 15 both no, 5 + 10 apart
        ([(O, O)] * 20 + [(O, R)] * 5 + [(R, O)] * 10 + [(R, R)] * 15, 0.7, 0.4),
        ([(O, O)] * 45 + [(O, R)] * 15 + [(R, O)] * 25 + [(R, R)] * 15, 0.6, 0.1304),
        ([(O, O), (R, U), (U, R), (R, R)], 0.5, 0.2),
    ],
)
def test_kappa(pairs: list[tuple[str, str]], agreed: float | None, kappa: float | None) -> None:
    found = agreement_of(Counter(pairs))

    assert found.pairs == len(pairs)
    assert found.agreed == (None if agreed is None else pytest.approx(agreed))
    assert found.kappa == (None if kappa is None else pytest.approx(kappa, abs=5e-5))
