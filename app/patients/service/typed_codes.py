"""Eight digits beside the printed QR, for whoever cannot scan: short, so they never stand alone.

A try names the digits and the last four digits of the phone on the record. Guessing, in numbers:
there are 10^8 codes and 10^4 ends of a phone, so with N codes open one blind try succeeds with
N / 10^12: with 1,000 open codes one in 10^9. An account has ten wrong tries an hour
(`binding_codes.FAILURES_AN_HOUR`), 240 a day: a thousand WeChat accounts that guess day and night
for a month make 7.2 million tries and succeed with 0.7 %, for a record that nobody chose. Who has
read a code has five tries at four digits before its typed way shuts: one in 2,000. Who knows
somebody's phone has one in 10^8 a try. The QR holds 120 bits; guessing shuts none of it.
"""

import hmac
from collections.abc import Iterator
from itertools import count
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import keyring
from app.core.db import independent_session
from app.patients.models import TypedBindingCode

DIGITS = 8
TAIL = 4
TRIES = 5


def hash_of(digits: str) -> str:
    """Keyed: of so few digits a plain hash would tell them."""
    return keyring().lookup_hash("binding_digits", "".join(c for c in digits if c.isdecimal()))


def _candidates(code: str) -> Iterator[str]:
    """Draw digits that whoever has the keyring can draw again from the code."""
    for turn in count():
        drawn = int(keyring().lookup_hash("binding_digits_of", f"{code}:{turn}"), 16)
        yield f"{drawn % 10**DIGITS:0{DIGITS}}"


async def draw_digits(session: AsyncSession, code: str) -> str:
    """Draw some that stand for nothing yet; two draws at once are told apart by the constraint."""
    for digits in _candidates(code):
        taken = select(TypedBindingCode.id).where(TypedBindingCode.digits_hash == hash_of(digits))
        if await session.scalar(taken) is None:
            return digits
    raise AssertionError  # they never end


async def drawn_digits(session: AsyncSession, code_id: UUID, code: str) -> str:
    """Tell the digits again that were drawn for this code."""
    of_code = select(TypedBindingCode.digits_hash).where(
        TypedBindingCode.binding_code_id == code_id
    )
    drawn = (await session.scalars(of_code)).one()
    return next(digits for digits in _candidates(code) if hash_of(digits) == drawn)


def typed_way(code_id: UUID, digits: str) -> TypedBindingCode:
    return TypedBindingCode(binding_code_id=code_id, digits_hash=hash_of(digits), failures=0)


async def count_try(session: AsyncSession, digits: str) -> UUID | None:
    """Name the code of the digits; None where there is none, or its typed way is shut.

    Counted ahead and in its own transaction: parallel guesses cannot outrun it.
    """
    async with independent_session(session) as own:
        return await own.scalar(
            update(TypedBindingCode)
            .where(TypedBindingCode.digits_hash == hash_of(digits))
            .where(TypedBindingCode.failures < TRIES)
            .values(failures=TypedBindingCode.failures + 1)
            .returning(TypedBindingCode.binding_code_id)
        )


async def take_back_try(session: AsyncSession, code_id: UUID) -> None:
    """Leave only wrong ones counted: this one was right."""
    await session.execute(
        update(TypedBindingCode)
        .where(TypedBindingCode.binding_code_id == code_id)
        .values(failures=TypedBindingCode.failures - 1)
    )


def is_tail_of(phone: str, tail: str) -> bool:
    digits = "".join(c for c in phone if c.isdecimal())
    return len(digits) >= TAIL and hmac.compare_digest(digits[-TAIL:], tail)
