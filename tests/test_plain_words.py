"""One thing has one word for patients: pages of the phone, texts of the server, consents."""

from pathlib import Path

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
