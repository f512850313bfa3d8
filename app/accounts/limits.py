"""How often an address or an account may call: each number with its reason, named at the route.

Whole clinics stand behind one address, and so do many phones of one mobile network; numbers by
address bound a flood, not a person. What a person does is bounded by account.
"""

from collections.abc import Awaitable, Callable

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from app.accounts.access import AnyStaffActor, PatientActor, address_of
from app.core.limits import ANYTHING, Limit, limits_of

MINUTE, TEN_MINUTES, HOUR = 60, 600, 3600

WECHAT_LOGINS = Limit(
    "wechat_logins", 600, MINUTE,
    "a waiting room of 60 phones at eight o'clock, each trying twice, five rooms at one address; "
    "each costs a call to WeChat, which allows a number a minute to all of us together",
)  # fmt: skip
STAFF_LOGINS = Limit(
    "staff_logins", 120, MINUTE,
    "30 members of staff at the beginning of the day, four tries each; each costs a core for a "
    "tenth of a second",
)  # fmt: skip
SCAN_CODES = Limit(
    "scan_codes", 120, TEN_MINUTES,
    "30 members of staff, four codes each; each costs a call to WeChat",
)  # fmt: skip
SCAN_POLLS = Limit(
    "scan_polls", 3000, MINUTE,
    "30 pages that ask every two seconds, at three clinics of one address",
)  # fmt: skip
OPEN_READS = Limit(
    "open_reads", 3000, MINUTE, "pages and texts that need no log-in, and are read by everybody"
)  # fmt: skip
WECHAT_PUSHES = Limit(
    "wechat_pushes", 6000, MINUTE, "WeChat sends from few addresses; 100 a second"
)  # fmt: skip
CLIENT_ERRORS = Limit(
    "client_errors", 120, TEN_MINUTES,
    "three a phone and opening at most; a version that fails on every phone of a waiting room",
)  # fmt: skip
ALL_CLIENT_ERRORS = Limit(
    "all_client_errors", 600, TEN_MINUTES, "one line a second tells what fails; more tell nothing"
)  # fmt: skip
SCANS = Limit("scans", 30, TEN_MINUTES, "a doctor logs in at a few PCs an hour")
BINDINGS = Limit("bindings", 30, TEN_MINUTES, "a code is typed once or twice; guesses count apart")
EXPORTS = Limit("exports", 10, HOUR, "the whole record is read for each")
FILMS_OF_DOSE = Limit(
    "films_of_dose", 20, HOUR,
    "one dose is filmed a few times at most, and its form is asked for again on a poor network",
)  # fmt: skip
ANNOUNCEMENTS = Limit(
    "announcements", 120, HOUR, "a few doses a day, each asked for again on a poor network"
)  # fmt: skip
GUIDE_VOICES = Limit(
    "guide_voices", 60, HOUR, "six steps at a few places, each spoken two or three times"
)
LIMITS = (
    WECHAT_LOGINS, STAFF_LOGINS, SCAN_CODES, SCAN_POLLS, OPEN_READS, WECHAT_PUSHES, SCANS,
    CLIENT_ERRORS, ALL_CLIENT_ERRORS, BINDINGS, EXPORTS, FILMS_OF_DOSE, ANNOUNCEMENTS, GUIDE_VOICES,
    ANYTHING,
)  # fmt: skip


def by_address(limit: Limit) -> Dependency:
    async def limited_by_address(request: Request) -> None:
        await limits_of(request).pass_or_refuse(limit, address_of(request))

    return _named(limited_by_address)


def of_everybody(limit: Limit) -> Dependency:
    """Count all callers together: for what is worth nothing beyond a number of lines."""

    async def limited_of_everybody(request: Request) -> None:
        await limits_of(request).pass_or_refuse(limit, "everybody")

    return _named(limited_of_everybody)


def by_phone(limit: Limit) -> Dependency:
    async def limited_by_phone(request: Request, actor: PatientActor) -> None:
        await limits_of(request).pass_or_refuse(limit, str(actor.account_id))

    return _named(limited_by_phone)


def by_staff(limit: Limit) -> Dependency:
    async def limited_by_staff(request: Request, actor: AnyStaffActor) -> None:
        await limits_of(request).pass_or_refuse(limit, str(actor.account_id))

    return _named(limited_by_staff)


def _named(dependency: Callable[..., Awaitable[None]]) -> Dependency:
    found: Dependency = Depends(dependency)
    return found
