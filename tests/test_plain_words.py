"""One thing has one word for patients: pages of the phone, texts of the server, consents."""

import re
from pathlib import Path

from app.core.feature import NoticeKind
from app.core.problems import Problem
from app.features import ALL

ROOT = Path(__file__).parent.parent
PLACES = [("app", "py"), ("app/templates", "html"), ("app/static", "js"), ("scripts", "py")]
PLACES += [("miniprogram/src", "ts"), ("miniprogram/src", "tsx"), ("miniprogram/src", "html")]
# The consent that people agreed to says the second one: another word there is another edition.
ONE_WORD = {"录像": "视频"}


def test_nobody_reads_a_second_word_for_one_thing() -> None:
    files = [file for place, ending in PLACES for file in (ROOT / place).rglob(f"*.{ending}")]
    found = {
        f"{file.relative_to(ROOT)}: {other}, elsewhere {usual}"
        for file in files
        for other, usual in ONE_WORD.items()
        if other in file.read_text()
    }

    assert len(files) > 300
    assert found == set()


# Nobody's phone rings by itself (README, decision 19): who believes it does sets no alarm clock.
PROMISED = re.compile("到点提醒|按时提醒|会提醒您|提醒您服药|提醒服药|会再提醒")


def test_nothing_promises_that_a_phone_reminds_of_a_dose() -> None:
    files = [file for place, ending in PLACES for file in (ROOT / place).rglob(f"*.{ending}")]
    found = {
        f"{file.relative_to(ROOT)}: {promise}"
        for file in files
        for promise in PROMISED.findall(file.read_text())
    }

    assert found == set()


# Words of the desk, and what a 70-year-old's neighbour says. Consents are read by version: the next
# edition of one is the time to change it.
OF_THE_DESK = {"审核": "医生看", "团队": "医生", "处理中": "已收到"}
PHONE = ROOT / "miniprogram/src"
# Inboxes of staff; every other notice is a patient's.
STAFF_ONLY = re.compile("alert_|access_|job_|film_(stuck|lost)")


def _of_the_desk(text: str) -> set[str]:
    return {f"{word}, for a patient {plain}" for word, plain in OF_THE_DESK.items() if word in text}


def _told_to_patients() -> list[NoticeKind]:
    kinds = [kind for feature in ALL for kind in feature.notices]
    return [kind for kind in kinds if not STAFF_ONLY.match(kind.code)]


def test_the_phone_speaks_no_word_of_the_desk() -> None:
    files = [file for ending in ("ts", "tsx", "html") for file in PHONE.rglob(f"*.{ending}")]
    found = {
        f"{file.relative_to(ROOT)}: {fault}"
        for file in files
        if not file.name.endswith(".gen.ts")  # of the API's documents
        for fault in _of_the_desk(file.read_text())
    }

    assert len(files) > 200
    assert found == set()


def test_no_notice_of_a_patient_does() -> None:
    kinds = _told_to_patients()

    assert {"film_not_accepted", "film_let_go", "come_in"} <= {kind.code for kind in kinds}
    assert {kind.code for kind in kinds if _of_the_desk(kind.title)} == set()


def test_no_refusal_that_the_phone_knows_does() -> None:
    words = (PHONE / "ui/problem-words.ts").read_text()
    known = set(re.findall(r"^  '?([a-z-]+)'?:", words, re.MULTILINE))
    titles = {one.type: one.title for one in _below(Problem) if one.type in known}

    assert len(titles) > 15
    assert {slug for slug, title in titles.items() if _of_the_desk(title)} == set()


def _below(kind: type[Problem]) -> list[type[Problem]]:
    return [one for sub in kind.__subclasses__() for one in (sub, *_below(sub))]
