"""Which passwords are too easy to guess: a small list, and the few ways people make them.

Length does most of the work (`passwords.SHORTEST`); this only takes out what guessers try first.
Sources: NIST SP 800-63B section 3.1.1.2 (common, repeated, sequential and context words), and the
heads of published lists, of which only entries of ten characters and more matter here.
"""

import re

SHORTEST = 10
FEWEST_DIFFERENT = 5
OUR_WORDS = ("weibuzhiyue", "微步之约", "weibu", "微步")
ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
COMMON = (
    *("password", "passw0rd", "p@ssword", "p@ssw0rd", "admin", "administrator", "welcome", "root"),
    *("letmein", "iloveyou", "monkey", "dragon", "football", "baseball", "princess", "sunshine"),
    *("woaini", "woaiwojia", "woaiwoziji", "wodemima", "mima", "5201314", "1314520", "yisheng"),
    *("doctor", "hospital", "yiyuan", "weishengyuan", "weishengyuanzhan", "qwerty", "abc", "aa"),
    *("changeme", "default", "secret", "master", "superman", "trustno1", "zhongguo", "china"),
)
PHONE = re.compile(r"(\+?86)?1[3-9][0-9]{9}")


def is_easily_guessed(password: str, username: str) -> bool:
    """Compare without case; digits and marks around a common word do not save it."""
    typed = password.casefold()
    bare = _without(typed, (username.casefold(), *OUR_WORDS))
    letters = re.sub(r"[0-9\W_]+$", "", re.sub(r"^[0-9\W_]+", "", typed))
    return (
        len(set(typed)) < FEWEST_DIFFERENT
        or len(bare) < SHORTEST
        or letters in COMMON
        or _is_made_of_rows(typed)
        or (letters != "" and _is_made_of_rows(letters))
        or PHONE.fullmatch(typed) is not None
    )


def _without(typed: str, words: tuple[str, ...]) -> str:
    for word in words:
        if len(word) > 1:
            typed = typed.replace(word, "")
    return typed


def _is_made_of_rows(typed: str) -> bool:
    """Tell "1234567890", "qwertyuiop123", "0987654321": runs of three or more and nothing else."""
    rows = [row * 2 if row.isdigit() else row for row in ROWS]
    rows += [row[::-1] for row in rows]
    at = 0
    while at < len(typed):
        longest = max(_run(typed[at:], row) for row in rows)
        if longest < 3:
            return False
        at += longest
    return True


def _run(typed: str, row: str) -> int:
    """How much of the beginning of `typed` stands in `row` as it is."""
    length = 0
    while length < len(typed) and typed[: length + 1] in row:
        length += 1
    return length
