"""Every table of the first thread: who asks, whose record, which dose, which film."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "first_thread"
down_revision = "job_queue"


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column(
            "actor_kind",
            sa.Enum(
                "wechat",
                "staff",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "read_record",
                "view_video",
                "list_patients",
                "change_record",
                "issue_binding_code",
                "export",
                "close_account",
                "bind",
                "unbind",
                "change_staff",
                name="auditaction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        "ix_audit_event_actor_id_created_at_id",
        "audit_event",
        ["actor_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_audit_event_created_at_id", "audit_event", ["created_at", "id"], unique=False
    )
    op.create_index(
        "ix_audit_event_patient_id_created_at_id",
        "audit_event",
        ["patient_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "idempotency_record",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_idempotency_record")),
    )
    op.create_index(
        op.f("ix_idempotency_record_created_at"), "idempotency_record", ["created_at"], unique=False
    )
    op.create_table(
        "institution",
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "village_clinic",
                "township_centre",
                "central_township_hospital",
                "district_hospital",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["institution.id"],
            name=op.f("fk_institution_parent_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("path", name=op.f("uq_institution_path")),
    )
    op.create_index(op.f("ix_institution_parent_id"), "institution", ["parent_id"], unique=False)
    op.create_index(
        "ix_institution_path_prefix",
        "institution",
        ["path"],
        unique=False,
        postgresql_ops={"path": "text_pattern_ops"},
    )
    op.create_table(
        "login_attempt",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index(
        "ix_login_attempt_address_created_at",
        "login_attempt",
        ["address", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_login_attempt_username_created_at",
        "login_attempt",
        ["username", "created_at"],
        unique=False,
    )
    op.create_table(
        "media_object",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "presigned",
                "stored",
                "deleted",
                "never_came",
                name="mediastate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("announce_job", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("presigned_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delete_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_object")),
        sa.UniqueConstraint("key", name=op.f("uq_media_object_key")),
    )
    op.create_index(
        "ix_media_object_delete_at",
        "media_object",
        ["delete_at"],
        unique=False,
        postgresql_where=sa.text("state = 'stored' and delete_at is not null"),
    )
    op.create_index(
        "ix_media_object_presigned",
        "media_object",
        ["checked_at"],
        unique=False,
        postgresql_where=sa.text("state = 'presigned'"),
    )
    op.create_table(
        "treatment_template",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "condition",
            sa.Enum(
                "tuberculosis",
                "hypertension",
                "diabetes",
                name="condition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_template")),
        sa.UniqueConstraint("name", name=op.f("uq_treatment_template_name")),
    )
    op.create_table(
        "wechat_account",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("unionid", sa.Text(), nullable=True),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("session_key_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_account")),
        sa.UniqueConstraint("openid", name=op.f("uq_wechat_account_openid")),
    )
    op.create_table(
        "wechat_token",
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forced_on", sa.Date(), nullable=True),
        sa.Column("forced_count", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("appid", name=op.f("pk_wechat_token")),
    )
    op.create_table(
        "binding_attempt",
        sa.Column("wechat_account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["wechat_account_id"],
            ["wechat_account.id"],
            name=op.f("fk_binding_attempt_wechat_account_id_wechat_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_attempt")),
    )
    op.create_index(
        "ix_binding_attempt_wechat_account_id_created_at",
        "binding_attempt",
        ["wechat_account_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "consent",
        sa.Column("wechat_account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "health_record",
                "video_observation",
                name="consentpurpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["wechat_account_id"],
            ["wechat_account.id"],
            name=op.f("fk_consent_wechat_account_id_wechat_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(
        "uq_consent_open",
        "consent",
        ["wechat_account_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_table(
        "staff_account",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.Text(), nullable=False),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("wechat_account_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["wechat_account_id"],
            ["wechat_account.id"],
            name=op.f("fk_staff_account_wechat_account_id_wechat_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_account")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_account_username")),
        sa.UniqueConstraint("wechat_account_id", name=op.f("uq_staff_account_wechat_account_id")),
    )
    op.create_table(
        "team",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_team_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_index(op.f("ix_team_institution_id"), "team", ["institution_id"], unique=False)
    op.create_table(
        "patient",
        sa.Column("wechat_account_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("id_number_hash", sa.Text(), nullable=True),
        sa.Column("search_keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "sex",
            sa.Enum(
                "male", "female", name="sex", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column("weight_kg", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.Column("conditions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("weight_kg > 0 and weight_kg < 500", name=op.f("ck_patient_weight_kg")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_patient_team_id_team"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["wechat_account_id"],
            ["wechat_account.id"],
            name=op.f("fk_patient_wechat_account_id_wechat_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("wechat_account_id", name=op.f("uq_patient_wechat_account_id")),
    )
    op.create_index("ix_patient_created_at_id", "patient", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_patient_search_keys", "patient", ["search_keys"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_patient_team_id_created_at_id", "patient", ["team_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "uq_patient_id_number_hash",
        "patient",
        ["id_number_hash"],
        unique=True,
        postgresql_where=sa.text("id_number_hash is not null"),
    )
    op.create_table(
        "scan_code",
        sa.Column(
            "purpose",
            sa.Enum(
                "login",
                "link",
                name="scanpurpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("staff_account_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_account_id"],
            ["staff_account.id"],
            name=op.f("fk_scan_code_staff_account_id_staff_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_scan_code_code_hash")),
    )
    op.create_index(op.f("ix_scan_code_browser_hash"), "scan_code", ["browser_hash"], unique=False)
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "title",
            sa.Enum(
                "village_doctor",
                "family_doctor",
                "nurse",
                "tb_supervisor",
                "administrator",
                name="title",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["id"],
            ["staff_account.id"],
            name=op.f("fk_staff_member_id_staff_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_staff_member_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
    )
    op.create_index(
        op.f("ix_staff_member_institution_id"), "staff_member", ["institution_id"], unique=False
    )
    op.create_table(
        "staff_session",
        sa.Column("staff_account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_account_id"],
            ["staff_account.id"],
            name=op.f("fk_staff_session_staff_account_id_staff_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(
        op.f("ix_staff_session_staff_account_id"),
        "staff_session",
        ["staff_account_id"],
        unique=False,
    )
    op.create_table(
        "binding_code",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issued_by"],
            ["staff_member.id"],
            name=op.f("fk_binding_code_issued_by_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_binding_code_patient_id_patient"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["used_by"],
            ["wechat_account.id"],
            name=op.f("fk_binding_code_used_by_wechat_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_binding_code_code_hash")),
    )
    op.create_index(
        op.f("ix_binding_code_patient_id"), "binding_code", ["patient_id"], unique=False
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_team_member_staff_id_staff_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "staff_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_staff_id"), "team_member", ["staff_id"], unique=False)
    op.create_table(
        "treatment",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "condition",
            sa.Enum(
                "tuberculosis",
                "hypertension",
                "diabetes",
                name="condition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("slot_times", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("laid_until", sa.Date(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "cured",
                "completed",
                "failed",
                "died",
                "lost",
                "transferred",
                "not_evaluated",
                "stopped_by_doctor",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(stopped_on is null) = (outcome is null)",
            name=op.f("ck_treatment_stopped_has_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_treatment_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["started_by"],
            ["staff_member.id"],
            name=op.f("fk_treatment_started_by_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["treatment_template.id"],
            name=op.f("fk_treatment_template_id_treatment_template"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment")),
    )
    op.create_index(op.f("ix_treatment_patient_id"), "treatment", ["patient_id"], unique=False)
    op.create_index(
        "ix_treatment_to_lay",
        "treatment",
        ["laid_until"],
        unique=False,
        postgresql_where=sa.text("stopped_on is null"),
    )
    op.create_table(
        "alert",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "severe_side_effect",
                "two_misses",
                "seven_misses",
                name="alertkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("action_taken", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"],
            ["staff_member.id"],
            name=op.f("fk_alert_acknowledged_by_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_alert_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_alert_team_id_team"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["treatment_id"],
            ["treatment.id"],
            name=op.f("fk_alert_treatment_id_treatment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("occasion", name=op.f("uq_alert_occasion")),
    )
    op.create_index(
        "ix_alert_patient_id_created_at", "alert", ["patient_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_alert_team_open",
        "alert",
        ["team_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at is null"),
    )
    op.create_table(
        "dose",
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "slot",
            sa.Enum(
                "morning",
                "noon",
                "evening",
                "bedtime",
                name="slot",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drugs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "expectation",
            sa.Enum(
                "expected",
                "held",
                "rescheduled",
                "cancelled",
                name="expectation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "evidence",
            sa.Enum(
                "none",
                "video",
                "live",
                "in_person",
                "self_report",
                name="evidence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "verdict",
            sa.Enum(
                "observed",
                "partial",
                "unverifiable",
                "rejected",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "progress",
            sa.Enum(
                "none",
                "uploading",
                "processing",
                "pending_review",
                name="progress",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("recording_id", sa.Uuid(), nullable=True),
        sa.Column("self_reported_taken", sa.Boolean(), nullable=True),
        sa.Column("side_effects_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("severe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_to_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["moved_to_id"], ["dose.id"], name=op.f("fk_dose_moved_to_id_dose"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_dose_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_dose_recording_id_recording"),
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["treatment_id"],
            ["treatment.id"],
            name=op.f("fk_dose_treatment_id_treatment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose")),
        sa.UniqueConstraint(
            "treatment_id", "due_on", "slot", name=op.f("uq_dose_treatment_id_due_on_slot")
        ),
    )
    op.create_index(
        "ix_dose_closes_at_open",
        "dose",
        ["closes_at"],
        unique=False,
        postgresql_where=sa.text("expectation = 'expected' and evidence = 'none'"),
    )
    op.create_index("ix_dose_patient_id_due_on", "dose", ["patient_id", "due_on"], unique=False)
    op.create_table(
        "dose_hold",
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_dose_hold_days_in_order")),
        sa.ForeignKeyConstraint(
            ["held_by"],
            ["staff_member.id"],
            name=op.f("fk_dose_hold_held_by_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["treatment_id"],
            ["treatment.id"],
            name=op.f("fk_dose_hold_treatment_id_treatment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose_hold")),
    )
    op.create_index(op.f("ix_dose_hold_treatment_id"), "dose_hold", ["treatment_id"], unique=False)
    op.create_table(
        "treatment_change",
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "started",
                "edited",
                "held",
                "rescheduled",
                "stopped",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["staff_member.id"],
            name=op.f("fk_treatment_change_changed_by_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["treatment_id"],
            ["treatment.id"],
            name=op.f("fk_treatment_change_treatment_id_treatment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_change")),
    )
    op.create_index(
        op.f("ix_treatment_change_treatment_id"), "treatment_change", ["treatment_id"], unique=False
    )
    op.create_table(
        "treatment_phase",
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_treatment_phase_days_in_order")),
        sa.ForeignKeyConstraint(
            ["treatment_id"],
            ["treatment.id"],
            name=op.f("fk_treatment_phase_treatment_id_treatment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_phase")),
        sa.UniqueConstraint(
            "treatment_id", "starts_on", name=op.f("uq_treatment_phase_treatment_id_starts_on")
        ),
    )
    op.create_table(
        "dose_report",
        sa.Column("dose_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "none",
                "video",
                "live",
                "in_person",
                "self_report",
                name="evidence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "no_signal",
                "no_private_place",
                "phone_problem",
                "unwell",
                "ran_out",
                "travelling",
                "forgot",
                "other",
                name="cannotfilmreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dose_id"], ["dose.id"], name=op.f("fk_dose_report_dose_id_dose"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_dose_report_staff_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose_report")),
    )
    op.create_index(op.f("ix_dose_report_dose_id"), "dose_report", ["dose_id"], unique=False)
    op.create_table(
        "phase_drug",
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=True),
        sa.Column("tablets", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("slots", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tablets > 0 and tablets <= 20", name=op.f("ck_phase_drug_tablets")),
        sa.ForeignKeyConstraint(
            ["phase_id"],
            ["treatment_phase.id"],
            name=op.f("fk_phase_drug_phase_id_treatment_phase"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_drug")),
    )
    op.create_index(op.f("ix_phase_drug_phase_id"), "phase_drug", ["phase_id"], unique=False)
    op.create_table(
        "recording",
        sa.Column("dose_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "uploaded",
                "processing",
                "ready",
                "unusable",
                "abandoned",
                name="recordingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("day_code", sa.Text(), nullable=False),
        sa.Column("mirrored", sa.Boolean(), nullable=False),
        sa.Column(
            "problem",
            sa.Enum(
                "empty",
                "too_large",
                "not_a_video",
                "truncated",
                "no_video_track",
                "too_short",
                "too_long",
                "too_many_pixels",
                "undecodable",
                "processing_limit",
                name="videoproblem",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("film_key", sa.Text(), nullable=True),
        sa.Column("film_deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("poster_key", sa.Text(), nullable=True),
        sa.Column("sheet_key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "flagged",
            sa.Boolean(),
            sa.Computed("cardinality(flags) > 0", persisted=True),
            nullable=False,
        ),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "pending_reading",
            sa.Enum(
                "first",
                "second",
                name="reading",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("first_reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("first_reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dose_id"], ["dose.id"], name=op.f("fk_recording_dose_id_dose"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["first_reviewer_id"],
            ["staff_member.id"],
            name=op.f("fk_recording_first_reviewer_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["leased_by"],
            ["staff_member.id"],
            name=op.f("fk_recording_leased_by_staff_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["media_object.id"],
            name=op.f("fk_recording_media_id_media_object"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_recording_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_recording_team_id_team"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("media_id", name=op.f("uq_recording_media_id")),
        sa.UniqueConstraint(
            "patient_id", "client_key", name=op.f("uq_recording_patient_id_client_key")
        ),
    )
    op.create_index(
        "ix_recording_dose_id_created_at", "recording", ["dose_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_recording_patient_id_created_at",
        "recording",
        ["patient_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_recording_queue",
        "recording",
        ["team_id", sa.literal_column("flagged DESC"), "due_by", "id"],
        unique=False,
        postgresql_where=sa.text("pending_reading is not null"),
    )
    op.create_index(
        "uq_recording_live_dose",
        "recording",
        ["dose_id"],
        unique=True,
        postgresql_where=sa.text(
            "state in ('requested', 'uploaded', 'processing') or pending_reading = 'first'"
        ),
    )
    op.create_table(
        "side_effect_report",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("dose_id", sa.Uuid(), nullable=False),
        sa.Column("symptoms", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("severe", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dose_id"],
            ["dose.id"],
            name=op.f("fk_side_effect_report_dose_id_dose"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_side_effect_report_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_effect_report")),
    )
    op.create_index(
        op.f("ix_side_effect_report_dose_id"), "side_effect_report", ["dose_id"], unique=False
    )
    op.create_index(
        "ix_side_effect_report_patient_id_reported_at",
        "side_effect_report",
        ["patient_id", "reported_at"],
        unique=False,
    )
    op.create_table(
        "review",
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("dose_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column(
            "reading",
            sa.Enum(
                "first",
                "second",
                name="reading",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "verdict",
            sa.Enum(
                "observed",
                "partial",
                "unverifiable",
                "rejected",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "face_not_visible",
                "drug_not_shown",
                "swallow_not_seen",
                "mouth_not_shown",
                "too_dark",
                "wrong_code",
                "wrong_person",
                "wrong_drug_count",
                "damaged",
                "other",
                name="reviewreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("tablets", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("watched_ms", sa.Integer(), nullable=False),
        sa.Column("played_rate", sa.Numeric(precision=3, scale=2), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dose_id"], ["dose.id"], name=op.f("fk_review_dose_id_dose"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_review_recording_id_recording"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["staff_member.id"],
            name=op.f("fk_review_reviewer_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint(
            "reviewer_id", "client_key", name=op.f("uq_review_reviewer_id_client_key")
        ),
    )
    op.create_index("ix_review_created_at", "review", ["created_at"], unique=False)
    op.create_index("ix_review_dose_id", "review", ["dose_id"], unique=False)
    op.create_index(
        "ix_review_recording_id_created_at", "review", ["recording_id", "created_at"], unique=False
    )
    op.create_table(
        "review_withdrawal",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
            name=op.f("fk_review_withdrawal_review_id_review"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_withdrawal")),
    )
    # The two tables point at each other: this one comes when both stand.
    op.create_foreign_key(
        op.f("fk_dose_recording_id_recording"),
        "dose",
        "recording",
        ["recording_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
