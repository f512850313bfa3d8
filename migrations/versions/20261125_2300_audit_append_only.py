"""The audit trail: append-only in the database itself, partitioned by month.

The table there is becomes the first partition, with all its rows where they are. What takes long on
a large table comes first and does not stop anybody; the exchange itself touches no row.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from app.core.indexes import create_index_concurrently

revision = "audit_append_only"
down_revision = "film_processed_at"

ACTORS = "actor_kind::text = any (array['wechat'::text, 'staff'::text, 'system'::text])"
# Whoever changes this changes what the law may ask to see: the trail's own rules.
REFUSAL = """
create function audit_event_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'audit_event is append-only: % refused', tg_op
    using errcode = 'restrict_violation', hint = 'Whole months go by audit_event_expire(before).';
end $$;
"""
FUNCTIONS = """
create function audit_event_make_month(month date) returns void language plpgsql as $$
declare
  name text := 'audit_event_' || to_char(month, 'YYYY_MM');
  first timestamptz := month::timestamp at time zone 'UTC';
  next timestamptz := (month + interval '1 month')::timestamp at time zone 'UTC';
begin
  execute format('create table %I (like audit_event including defaults including constraints)',
                 name);
  lock table audit_event_default in access exclusive mode;
  if exists (select from audit_event_default where created_at >= first and created_at < next) then
    alter table audit_event_default disable trigger audit_event_no_change;
    execute format(
      'with moved as (delete from audit_event_default where created_at >= %L and created_at < %L'
      ' returning *) insert into %I select * from moved', first, next, name);
    alter table audit_event_default enable trigger audit_event_no_change;
  end if;
  execute format('alter table audit_event attach partition %I for values from (%L) to (%L)',
                 name, first, next);
  execute format('create trigger audit_event_no_truncate before truncate on %I'
                 ' for each statement execute function audit_event_refuse()', name);
end $$;

create function audit_event_months(out name text, out until timestamptz) returns setof record
language sql stable as $$
  select c.relname::text,
         substring(pg_get_expr(c.relpartbound, c.oid) from $re$TO \\('([^']+)'\\)$re$)::timestamptz
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'audit_event'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
$$;

create function audit_event_ahead(until date) returns integer language plpgsql
security definer set search_path from current as $$
declare
  month date := (select max(m.until) at time zone 'UTC' from audit_event_months() m)::date;
  made integer := 0;
begin
  while month <= until loop
    perform audit_event_make_month(month);
    month := month + interval '1 month';
    made := made + 1;
  end loop;
  return made;
end $$;

create function audit_event_expire(before date) returns setof text language plpgsql
security definer set search_path from current as $$
declare
  old text;
begin
  if before > current_date - interval '6 months' then
    raise exception 'the law asks for six months of the trail' using errcode = 'restrict_violation';
  end if;
  for old in
    select m.name from audit_event_months() m
    where m.until <= before::timestamp at time zone 'UTC' order by m.until
  loop
    execute format('drop table %I', old);
    return next old;
  end loop;
end $$;
revoke execute on function audit_event_expire(date) from public;
revoke execute on function audit_event_make_month(date) from public;
"""
PARENT = """
create table audit_event (
  like audit_event_before including defaults including constraints, primary key (created_at, id)
) partition by range (created_at);
alter table audit_event rename constraint audit_event_pkey to pk_audit_event;
alter table audit_event drop constraint ck_audit_event_before;
create index ix_audit_event_patient_id_created_at_id on audit_event (patient_id, created_at, id);
create index ix_audit_event_actor_id_created_at_id on audit_event (actor_id, created_at, id);
create trigger audit_event_no_change before update or delete on audit_event
  for each row execute function audit_event_refuse();
create trigger audit_event_no_truncate before truncate on audit_event
  for each statement execute function audit_event_refuse();
create table audit_event_default partition of audit_event default;
create trigger audit_event_no_truncate before truncate on audit_event_default
  for each statement execute function audit_event_refuse();
create trigger audit_event_no_truncate before truncate on audit_event_before
  for each statement execute function audit_event_refuse();
"""
MONTHS_AHEAD = timedelta(days=92)


def upgrade() -> None:
    # The old table takes rows until the exchange: leave days for it.
    now = datetime.now(UTC)
    soon = now + timedelta(days=3)
    until = datetime(soon.year + soon.month // 12, soon.month % 12 + 1, 1, tzinfo=UTC)
    _prepare(until)
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table audit_event drop constraint pk_audit_event")
    op.execute(
        "alter table audit_event add constraint pk_audit_event_before"
        " primary key using index uq_audit_event_before"
    )
    op.rename_table("audit_event", "audit_event_before")
    for index in ("patient_id_created_at_id", "actor_id_created_at_id"):
        op.execute(f"alter index ix_audit_event_{index} rename to ix_audit_event_before_{index}")
    op.drop_index("ix_audit_event_created_at_id", "audit_event_before")
    op.execute(REFUSAL)
    op.execute(PARENT)
    op.execute(FUNCTIONS)
    op.execute(
        "alter table audit_event attach partition audit_event_before"
        f" for values from (minvalue) to ('{until.isoformat()}')"
    )
    op.execute("alter table audit_event_before drop constraint ck_audit_event_before")
    op.execute(
        sa.text("select audit_event_ahead(:until)").bindparams(until=(now + MONTHS_AHEAD).date())
    )


def _prepare(until: datetime) -> None:
    """Everything that reads the whole table; what ends here half done can be begun again."""
    create_index_concurrently(
        "uq_audit_event_before", "audit_event", ["created_at", "id"], unique=True
    )
    with op.get_context().autocommit_block():
        op.execute("set statement_timeout = 0")
        for name, condition in (
            ("ck_audit_event_before", f"created_at < '{until.isoformat()}'"),
            ("ck_audit_event_actorkind", ACTORS),
        ):
            op.execute(f"alter table audit_event drop constraint if exists {name}")
            op.execute(
                f"alter table audit_event add constraint {name} check ({condition}) not valid"
            )
            op.execute(f"alter table audit_event validate constraint {name}")
        op.execute("set statement_timeout = '10min'")


def downgrade() -> None:
    raise NotImplementedError("forward only")
