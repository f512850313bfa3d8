"""The initials that a name may be typed by: 单雄信 is found by "sxx" and by "dxx".

The readings are the dictionary of the library pypinyin, surnames' (单 shan, 仇 qiu, 查 zha) among
them. Its code is not imported: it would keep 60 MB of phrases in every process for this.
"""

import json
import unicodedata
from functools import cache
from importlib.metadata import distribution
from itertools import product
from pathlib import Path

DICTIONARY = "pypinyin/pinyin_dict.json"
# Of one character; the commonest come first, and all surnames' readings are among them.
MOST_READINGS = 3
# Further on in a long name each character has its commonest reading only: at most 27 ways.
MOST_WAYS_UP_TO = 3


@cache
def _initials() -> dict[str, str]:
    """Map each character to its initials, "单" to "dcs"."""
    path = Path(str(distribution("pypinyin").locate_file(DICTIONARY)))
    readings: dict[str, str] = json.loads(path.read_text("utf-8"))
    return {chr(int(code)): _of_readings(text) for code, text in readings.items()}


def _of_readings(text: str) -> str:
    first = (unicodedata.normalize("NFD", reading)[:1].lower() for reading in text.split(","))
    return "".join(dict.fromkeys(c for c in first if "a" <= c <= "z"))[:MOST_READINGS]


def initials_of(name: str) -> list[str]:
    """All ways to type a name of Chinese characters; none where one of them has no reading."""
    readings = [_initials().get(character, "") for character in name]
    if not readings or not all(readings):
        return []
    bounded = [r if at < MOST_WAYS_UP_TO else r[0] for at, r in enumerate(readings)]
    return ["".join(way) for way in product(*bounded)]
