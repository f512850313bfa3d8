"""Among fifty thousand records a search reads the index of keys, or the newest of many."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import Role
from app.core.crypto import keyring
from app.institutions.models import Institution, StaffMember, Team
from app.patients.queries import records
from tests.accounts.factories import actor_of
from tests.institutions.factories import make_staff, make_team

# Keys as real names have them: surnames and initials that many share, down to what one person has.
RECORDS = text("""
insert into patient
  (id, created_at, team_id, name, phone, search_keys, sex, birth_on, conditions, zone)
select gen_random_uuid(), now() - n * interval '9 minutes', (:teams)[1 + n % cardinality(:teams)],
  :name, :phone, array[
    md5('surname' || floor(200 * random() ^ 3)), md5('given' || floor(1500 * random() ^ 2)),
    md5('initials' || floor(300 * random() ^ 2)), md5('end' || floor(10000 * random())),
    md5('name' || n), md5('phone' || n)],
  'male', date '1960-01-01', '{}', 'Asia/Shanghai'
from generate_series(1, 50000) n
""")


@pytest.fixture
async def staff(session: AsyncSession, team: Team) -> dict[Role, StaffMember]:
    """Give the doctor's team a thousand patients, and the supervisor's institution fifty such."""
    home = await session.get_one(Institution, team.institution_id)
    teams = [team, *[await make_team(session, institution=home) for _ in range(49)]]
    sealed = {
        name: keyring().encrypt(value, f"patient.{name}")
        for name, value in (("name", "李桂英"), ("phone", "13800001234"))
    }
    await session.execute(RECORDS, {"teams": [one.id for one in teams]} | sealed)
    await session.execute(text("analyze patient"))
    return {
        Role.SUPERVISOR: await make_staff(session, institution=home, roles=[Role.SUPERVISOR]),
        Role.DOCTOR: await make_staff(session, team=team),
    }


async def plan_of(
    session: AsyncSession, connection: AsyncConnection, role: Role, staff: StaffMember
) -> str:
    """Search as the list of patients does, and ask the database how it did that."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await records.list_patients(session, actor_of(staff.id, role), "typed", None, 30)
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    [search] = [one for one in sent if "search_keys" in one[0]]
    rows = await connection.exec_driver_sql(f"explain {search[0]}", search[1])
    return "\n".join(row[0] for row in rows)


async def test_no_search_among_many_records_reads_them_all(
    session: AsyncSession,
    connection: AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
    staff: dict[Role, StaffMember],
) -> None:
    indexes = {
        # Nobody, one, five and some thirty have these; thousands the last: the newest are read.
        **dict.fromkeys(["nobody", "name777", "end77", "given900"], "ix_patient_search_keys"),
        "surname0": "ix_patient_created_at_id",
    }
    for key, index in indexes.items():
        hashed = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
        monkeypatch.setattr(records, "keys_to_find", lambda _, one=hashed: [one])
        wide = await plan_of(session, connection, Role.SUPERVISOR, staff[Role.SUPERVISOR])
        own = await plan_of(session, connection, Role.DOCTOR, staff[Role.DOCTOR])

        assert index in wide, key
        assert "Seq Scan on patient" not in wide + own, key
