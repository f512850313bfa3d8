"""Found a new system: its topmost institution and first operator, who makes all the others.

`python -m app.found --institution 青山区人民医院 --phone 023-68001234 --username admin --name 张敏`
works once.
"""

import argparse
import asyncio
import sys

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.accounts.service.credentials import NewSecrets, new_secrets
from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_sessions
from app.core.normal_forms import check_phone, clean_name
from app.core.settings import load_settings
from app.institutions.models import Institution, Tier, Title
from app.institutions.service.staff import Handover, NewStaff, make_staff
from app.institutions.service.tree import make_institution


class AlreadyFounded(Exception):  # noqa: N818 it is an answer to whoever typed the command
    """There are institutions already; operators make the rest."""


async def found(
    session: AsyncSession,
    secrets: NewSecrets,
    institution: str,
    tier: Tier,
    username: str,
    name: str,
    phone: str | None = None,
) -> Handover:
    """`phone` is the institution's: without one its teams take no patients."""
    if await session.scalar(select(func.count()).select_from(Institution)):
        raise AlreadyFounded
    top = make_institution(session, tier, institution)
    top.phone = phone
    await session.flush()  # the operator's row points to it
    new = NewStaff(username, name, Title.ADMINISTRATOR, top.id, [Role.OPERATOR])
    return await make_staff(session, new, secrets)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.found", description=__doc__)
    parser.add_argument("--institution", type=clean_name, required=True)
    parser.add_argument("--tier", type=Tier, choices=Tier, default=Tier.DISTRICT_HOSPITAL)
    parser.add_argument("--phone", type=check_phone, help="published; teams need one to begin")
    parser.add_argument("--username", required=True)
    parser.add_argument("--name", type=clean_name, required=True)
    return parser.parse_args()


async def _run(given: argparse.Namespace) -> Handover:
    settings = load_settings()
    install_keyring(keyring_from(settings))
    engine = make_engine(settings)
    secrets, place = await new_secrets(), (given.institution, given.tier)
    async with make_sessions(engine).begin() as session:
        made = await found(session, secrets, *place, given.username, given.name, given.phone)
    await engine.dispose()
    return made


def main() -> None:
    try:
        made = asyncio.run(_run(_arguments()))
    except AlreadyFounded:
        sys.exit("There are institutions already: ask one of the operators.")
    sys.stdout.write(
        f"Initial password (must be changed at the first login): {made.initial_password}\n"
        f"For the authenticator app: {made.otpauth_uri}\n"
    )


if __name__ == "__main__":
    main()
