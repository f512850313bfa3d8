"""Rights by title: one table, whole, and told in Chinese."""

from app.institutions.access import REFUSALS
from app.institutions.models import Title
from app.institutions.rights import RIGHTS, Right
from app.institutions.words import RIGHTS as RIGHT_WORDS
from app.institutions.words import TITLES

WHO_STARTS = "家庭医生、结核病督导员、专科医生"


def test_every_title_and_right_is_in_the_table_and_has_a_word() -> None:
    assert set(RIGHTS) == set(Title)
    assert set(TITLES) == {t.value for t in Title}
    assert set(RIGHT_WORDS) == {r.value for r in Right}
    assert all(any(right in held for held in RIGHTS.values()) for right in Right)


def test_who_may_do_what() -> None:
    held = {title.value: sorted(rights) for title, rights in RIGHTS.items()}
    everything = sorted(Right)

    assert held == {
        "village_doctor": ["hold_treatment"],
        "family_doctor": everything,
        "nurse": ["hold_treatment"],
        "tb_supervisor": everything,
        "specialist": everything,
        "pharmacist": ["hold_treatment"],
        "administrator": [],
    }


def test_a_refusal_names_those_who_may() -> None:
    problem = REFUSALS[Right.START_TREATMENT]()

    assert (problem.type, problem.status) == ("not-your-right", 403)
    assert problem.title == f"开始、修改或恢复治疗要由{WHO_STARTS}来做，请联系他们。"
