"""The alerts of before become alerts of now, with who closed them and what they did."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table, create_engine, insert, select
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Integer, Numeric, Uuid

from app.core.ids import uuid7
from scripts.dev.engines import Engines
from tests.conftest import alembic_config, make_settings

OLD_HEAD = "recording_uploaded_index"
AT = datetime(2026, 9, 1, 4, tzinfo=UTC)
WORDS: dict[str, dict[str, Any]] = {
    "institution": {"tier": "township_centre", "path": "path"},
    "staff_account": {"roles": ["doctor"], "username": "wang"},
    "staff_member": {"title": "family_doctor"},
    "patient": {"sex": "female", "search_keys": [], "conditions": ["tuberculosis"]},
}


class Rows:
    """Writes rows of any table as it is, filling what a test does not care about."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.tables = MetaData()
        self.tables.reflect(connection)

    def add(self, name: str, **given: Any) -> UUID:
        table = self.tables.tables[name]
        values = WORDS.get(name, {}) | given
        for column in table.c:
            needed = not column.nullable and column.server_default is None
            if needed and column.name not in values:
                values[column.name] = _anything(column.type)
        self.connection.execute(insert(table).values(values))
        row_id: UUID = values["id"] if "id" in values else values["staff_id"]
        return row_id

    def all(self, name: str) -> list[dict[str, Any]]:
        table = Table(name, MetaData(), autoload_with=self.connection)
        return [dict(row) for row in self.connection.execute(select(table)).mappings()]


def _anything(kind: Any) -> Any:
    """Choose a value that the type takes."""
    usual = {DateTime: AT, Date: AT.date(), Boolean: False, Integer: 1, Numeric: 1, JSON: {}}
    if isinstance(kind, Uuid):
        return uuid7()
    return next((value for known, value in usual.items() if isinstance(kind, known)), "一")


@pytest.fixture(scope="module")
def migrated(engines: Engines) -> Iterator[tuple[Rows, dict[str, UUID]]]:
    """One row or more in each table that the migrations of the alerts' release rewrite."""
    engines.postgresql.create_database("weibu_before_test")
    settings = make_settings(engines)
    config = alembic_config(settings)
    url = settings.database_url.get_secret_value().replace("weibu_test", "weibu_before_test")
    config.attributes["database_url"] = url
    command.upgrade(config, OLD_HEAD)
    engine = create_engine(url)
    with engine.begin() as connection:
        ids = _fill(Rows(connection))
    command.upgrade(config, "head")
    with engine.connect() as connection:
        yield Rows(connection), ids
    engine.dispose()


def _fill(rows: Rows) -> dict[str, UUID]:
    institution = rows.add("institution")
    staff = rows.add("staff_account")
    rows.add("staff_member", id=staff, institution_id=institution)
    team = rows.add("team", institution_id=institution)
    phone = rows.add("wechat_account")
    patient = rows.add("patient", team_id=team, wechat_account_id=phone)
    rows.add("binding_code", patient_id=patient, issued_by=staff, used_at=AT, used_by=phone)
    treatment = rows.add(
        "treatment", patient_id=patient, condition="tuberculosis", started_by=staff
    )
    dose = rows.add(
        "dose", treatment_id=treatment, patient_id=patient, slot="morning", severe_at=AT,
        expectation="expected", evidence="none", progress="none",
    )  # fmt: skip
    rows.add("side_effect_report", patient_id=patient, dose_id=dose, symptoms=["breathless"])
    rows.add("dose_report", dose_id=dose, kind="self_report")
    rows.add("dose_report", dose_id=dose, kind="in_person", staff_id=staff)
    rows.add("audit_event", actor_kind="staff", actor_id=staff, action="read_record")
    rows.add("consent", wechat_account_id=phone, purpose="health_record")
    for name in ("wang", "a password in the wrong field"):
        rows.add("login_attempt", username=name, address="192.0.2.1", reason="username")
    for state in ("presigned", "stored", "deleted", "never_came"):
        film = rows.add("media_object", key=state, state=state, patient_id=patient)
        rows.add(
            "recording", dose_id=dose, patient_id=patient, team_id=team, media_id=film,
            client_key=state, state="ready", flags=[],
        )  # fmt: skip
    rows.add("media_object", key="of nobody", state="deleted", patient_id=patient)
    about: dict[str, Any] = {
        "patient_id": patient, "team_id": team, "treatment_id": treatment, "created_at": AT,
    }  # fmt: skip
    done: dict[str, Any] = {"acknowledged_at": AT, "acknowledged_by": staff}
    severe = f"severe:{dose}:{AT.isoformat()}"
    alerts = {
        "severe": rows.add("alert", kind="severe_side_effect", occasion=severe, **about),
        "two": rows.add(
            "alert", kind="two_misses", occasion=f"two:{dose}", action_taken="已打电话",
            **about, **done,
        ),
        "seven": rows.add(
            "alert", kind="seven_misses", occasion=f"seven:{treatment}",
            action_taken="治疗已结束。", **about, **done,
        ),
    }  # fmt: skip
    return alerts | {"staff": staff, "dose": dose, "treatment": treatment, "phone": phone}


def test_a_dose_that_a_severe_symptom_stopped_holds_its_treatment(
    migrated: tuple[Rows, dict[str, UUID]],
) -> None:
    rows, ids = migrated
    (hold,) = rows.all("dose_hold")
    (dose,) = [row for row in rows.all("dose") if row["id"] == ids["dose"]]

    assert (hold["treatment_id"], hold["to_on"]) == (ids["treatment"], None)
    assert hold["answer_id"] is not None
    assert (dose["expectation"], dose["severe_at"]) == ("held", AT)


def test_alerts_keep_what_they_were_about_and_who_closed_them(
    migrated: tuple[Rows, dict[str, UUID]],
) -> None:
    rows, ids = migrated
    by_id = {row["id"]: row for row in rows.all("alert")}
    severe, two, seven = (by_id[ids[name]] for name in ("severe", "two", "seven"))
    closed = ("kind", "episode", "level", "state", "closed_why", "closed_by", "action_taken")

    assert (severe["kind"], severe["severity"], severe["state"]) == (
        "severe_side_effect", "severe", "open",
    )  # fmt: skip
    assert severe["episode"] == f"severe:{ids['dose']}:{AT.isoformat()}"
    assert severe["subject_id"] == ids["dose"]
    assert severe["escalate_at"] is not None
    assert [two[name] for name in closed] == [
        "misses_in_row", str(ids["dose"]), 2, "closed", "handled", ids["staff"], "已打电话",
    ]  # fmt: skip
    assert [seven[name] for name in closed] == [
        "misses_in_all", str(ids["treatment"]), 7, "closed", "source_ended", ids["staff"],
        "治疗已结束。",
    ]  # fmt: skip
    steps = {(e["alert_id"], e["kind"], e["staff_id"], e["note"]) for e in rows.all("alert_event")}
    assert steps == {
        *((ids[name], "raised", None, None) for name in ("severe", "two", "seven")),
        (ids["two"], "handled", ids["staff"], "已打电话"),
        (ids["seven"], "closed", ids["staff"], "治疗已结束。"),
    }


def test_who_held_the_phone_is_known_where_a_phone_wrote(
    migrated: tuple[Rows, dict[str, UUID]],
) -> None:
    rows, ids = migrated
    phone = ids["phone"]

    assert {r["by_account_id"] for r in rows.all("recording")} == {phone}
    assert {r["by_account_id"] for r in rows.all("side_effect_report")} == {phone}
    assert {(r["kind"], r["by_account_id"]) for r in rows.all("dose_report")} == {
        ("self_report", phone),
        ("in_person", None),
    }


def test_every_object_gets_its_kind_and_owner(migrated: tuple[Rows, dict[str, UUID]]) -> None:
    rows, _ = migrated
    objects = {row["key"]: row for row in rows.all("media_object")}
    owners = {row["media_id"]: row["id"] for row in rows.all("recording")}

    assert {row["purpose"] for row in objects.values()} == {"medication.film"}
    assert {key: row["owner_id"] for key, row in objects.items()} == {
        key: owners.get(row["id"], row["id"]) for key, row in objects.items()
    }


def test_what_was_typed_as_a_user_name_and_is_nobodys_is_forgotten(
    migrated: tuple[Rows, dict[str, UUID]],
) -> None:
    """The row stays, so that guesses from its address still count."""
    rows, _ = migrated
    tried = [(row["username"], row["address"]) for row in rows.all("login_attempt")]

    assert sorted(tried) == [("#", "192.0.2.1"), ("wang", "192.0.2.1")]


def test_the_trail_of_before_is_the_first_part_of_the_trail_of_now(
    migrated: tuple[Rows, dict[str, UUID]],
) -> None:
    rows, ids = migrated
    (event,) = rows.all("audit_event")

    assert (event["actor_id"], event["action"]) == (ids["staff"], "read_record")
    assert rows.all("audit_event_before") == [event]
    assert rows.all("audit_event_default") == []
