"""The side-effect question: what is severe, and the most urgent advice first."""

import pytest

from app.medication.symptoms import (
    CALL_120,
    CALL_DOCTOR,
    SYMPTOMS,
    WATCH,
    SymptomCode,
    advice_for,
    is_severe,
    labels,
)

S = SymptomCode
SEVERE = {
    S.YELLOW_SKIN, S.BLURRED_VISION, S.HEARING_LOSS, S.BREATHLESS, S.SWOLLEN_FACE, S.BLEEDING,
    S.FAINTING,
}  # fmt: skip


def test_every_code_is_asked_once() -> None:
    assert sorted(s.code for s in SYMPTOMS) == sorted(SymptomCode)


@pytest.mark.parametrize("code", SymptomCode)
def test_severe_list(code: SymptomCode) -> None:
    assert is_severe([code]) is (code in SEVERE)


@pytest.mark.parametrize("code", SEVERE)
def test_severe_never_says_take_it(code: SymptomCode) -> None:
    assert advice_for([code]) in {CALL_DOCTOR, CALL_120}


@pytest.mark.parametrize(
    ("felt", "severe", "advice"),
    [
        ([], False, None),
        ([S.NAUSEA], False, WATCH),
        ([S.NAUSEA, S.YELLOW_SKIN], True, CALL_DOCTOR),
        ([S.YELLOW_SKIN, S.BREATHLESS, S.NAUSEA], True, CALL_120),
    ],
)
def test_most_urgent_advice(felt: list[SymptomCode], severe: bool, advice: str | None) -> None:
    assert is_severe(felt) is severe
    assert advice_for(felt) == advice


def test_labels_are_what_the_patient_read() -> None:
    assert labels(["nausea", "fainting"]) == ["恶心、想吐", "晕倒、叫不醒过"]
