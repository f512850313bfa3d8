"""The number of an identity document: GB 11643 with its checksum, birth date and sex; passports.

Residence permits of people from Hong Kong, Macao and Taiwan (81, 82, 83) and the foreigner's card
(9…) are numbers of GB 11643, too.
"""

import re
from datetime import date

from app.core.normal_forms import plain_number
from app.patients.models import DocumentKind, Sex

_SHAPE = re.compile(r"^[1-9][0-9]{16}[0-9X]$")
_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
_CHECKS = "10X98765432"
# What people type for the check character X: the sign of times, Greek and Cyrillic letters.
_LIKE_X = re.compile("[\u00d7\u2715\u03a7\u0425]$")
_SHAPES = {
    DocumentKind.PASSPORT: re.compile(r"(?=.*[0-9])[A-Z0-9]{5,17}"),
    # A soldier's has characters: 军字第1234567号.
    DocumentKind.OTHER: re.compile(r"(?=.*[0-9])[A-Z0-9()\u4e00-\u9fff]{5,24}"),
}
_REFUSALS = {
    DocumentKind.RESIDENT_ID: "身份证号不对，请核对每一位。",
    DocumentKind.PASSPORT: "护照号不对：应是 5 到 17 个字母和数字。",
    DocumentKind.OTHER: "证件号码不对：应是 5 到 24 个字母、数字或汉字，至少一个数字。",
}


def normalise(typed: str) -> str:
    return _LIKE_X.sub("X", plain_number(typed))


def check_number(typed: str, kind: DocumentKind) -> str:
    """Bring it to its normal form; ValueError (in Chinese) where it is none of this kind."""
    match kind:
        case DocumentKind.RESIDENT_ID:
            plain = normalise(typed)
            right = is_valid(plain)
        case _:
            plain = plain_number(typed)
            right = _SHAPES[kind].fullmatch(plain) is not None
    if not right:
        raise ValueError(_REFUSALS[kind])
    return plain


def check_character(first_17: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def is_valid(number: str) -> bool:
    shaped = _SHAPE.match(number) is not None
    return shaped and check_character(number[:17]) == number[17] and birth_on(number) is not None


def birth_on(number: str) -> date | None:
    """None when the digits are no day of any calendar."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex(number: str) -> Sex:
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
