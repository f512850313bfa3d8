-- A district of any size, made by the database itself. Psycopg fills in %(patients)s and the like.
-- Days are counted back from today in the clinic's zone; ids tell what they are of.
create function bench_id(kind int, n bigint) returns uuid language sql immutable parallel safe as
$$ select ('019' || lpad(to_hex(kind), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

create function bench_at(day date, hours numeric) returns timestamptz language sql stable parallel safe as
$$ select (day + hours * interval '1 hour') at time zone 'Asia/Shanghai' $$;

create table bench_size as
select %(patients)s::bigint as patients,
       greatest(1, %(patients)s / 1000)::bigint as teams, %(doctors)s::bigint as doctors,
       (now() at time zone 'Asia/Shanghai' - interval '3 hours')::date as today,
       %(name)s::text as name, %(phone)s::text as phone, %(secret)s::text as secret;

-- step: institutions, teams, staff
insert into institution (id, created_at, parent_id, tier, name, path)
select bench_id(1, 0), now() - interval '1 year', null, 'district_hospital', '区人民医院', bench_id(1, 0)::text;
insert into institution (id, created_at, parent_id, tier, name, path)
select bench_id(1, n), now() - interval '1 year', bench_id(1, 0), 'township_centre', '卫生院 ' || n,
       bench_id(1, 0) || '.' || bench_id(1, n)
from bench_size, generate_series(1, teams) n;
insert into team (id, created_at, institution_id, name)
select bench_id(2, n), now() - interval '1 year', bench_id(1, n), '团队 ' || n
from bench_size, generate_series(1, teams) n;
insert into staff_account (id, created_at, username, password_hash, must_change_password, totp_secret,
                           totp_last_step, roles, is_active)
select bench_id(3, n), now() - interval '1 year', 'doctor' || n, 'x', false, secret, 0,
       case when n > doctors * teams then array['supervisor'] else array['doctor'] end, true
from bench_size, generate_series(1, doctors * teams + 1) n;
insert into staff_member (id, institution_id, name, title)
select bench_id(3, n), bench_id(1, case when n > doctors * teams then 0 else (n - 1) / doctors + 1 end), '医生 ' || n, 'family_doctor'
from bench_size, generate_series(1, doctors * teams + 1) n;
insert into team_member (team_id, staff_id)
select bench_id(2, (n - 1) / doctors + 1), bench_id(3, n) from bench_size, generate_series(1, doctors * teams) n;
insert into staff_session (id, created_at, staff_account_id, token_hash, expires_at, device)
select bench_id(4, n), now(), bench_id(3, n), encode(sha256(('bench-staff-' || n)::bytea), 'hex'),
       now() + interval '1 day', 'bench'
from bench_size, generate_series(1, doctors * teams + 1) n;

-- step: patients, phones, consents
insert into wechat_account (id, created_at, openid, session_key, session_key_at, last_login_at)
select bench_id(5, n), now() - interval '70 days', 'bench-' || n, secret, now(), now()
from bench_size, generate_series(1, patients) n;
insert into consent (id, created_at, wechat_account_id, purpose, version)
select bench_id(6, n * 2 + k), now() - interval '70 days', bench_id(5, n),
       (array['health_record', 'video_observation'])[k + 1], '2026-11'
from bench_size, generate_series(1, patients) n, generate_series(0, 1) k;
insert into patient (id, created_at, wechat_account_id, team_id, name, phone, search_keys, sex, birth_on,
                     weight_kg, conditions, zone)
select bench_id(7, n), now() - interval '70 days', bench_id(5, n), bench_id(2, (n - 1) / 1000 + 1), name, phone,
       array[md5('a' || n %% 400), md5('b' || n %% 90000), md5('c' || n), md5('d' || n %% 10000)],
       'male', date '1960-01-01' + (n %% 9000)::int, 60, array[case when n %% 10 = 0 then 'tuberculosis' else 'hypertension' end],
       'Asia/Shanghai'
from bench_size, generate_series(1, patients) n;

-- step: treatments
insert into treatment (id, created_at, patient_id, template_id, name, condition, starts_on, slot_times, laid_until, started_by)
select bench_id(8, n), now() - interval '54 days', bench_id(7, n), null, '每日一次',
       case when n %% 10 = 0 then 'tuberculosis' else 'hypertension' end, today - 54, '{"morning": "08:00"}',
       today + %(doses)s - 55, bench_id(3, ((n - 1) / 1000) * 8 + 1)
from bench_size, generate_series(1, patients) n;
insert into treatment_phase (id, created_at, treatment_id, name, starts_on, ends_on)
select bench_id(9, n), now() - interval '54 days', bench_id(8, n), '强化期', today - 54, today + 120
from bench_size, generate_series(1, patients) n;
insert into phase_drug (id, created_at, phase_id, name, strength, tablets, slots, weekdays)
select bench_id(10, n), now() - interval '54 days', bench_id(9, n), '四联抗结核片 HRZE', 'H75/R150/Z400/E275 mg', 3,
       array['morning'], array[1,2,3,4,5,6,7]
from bench_size, generate_series(1, patients) n;

-- step: doses
-- One dose in nine now and then, and the last three of every fiftieth patient.
create function bench_missed(n bigint, k int) returns boolean language sql immutable parallel safe as
$$ select (n + k) %% 9 = 0 or n %% 50 = 3 and k between 51 and 53 $$;

-- The first 35 days of a plan are laid out at its start, each later day by the nightly job.
create function bench_doses(first int, last int, by_day boolean) returns void language sql as $$
insert into dose (id, created_at, treatment_id, patient_id, due_on, slot, opens_at, due_at, closes_at, drugs,
                  expectation, evidence, verdict, progress, recording_id, self_reported_taken, side_effects_at)
select bench_id(11, n * 100 + k), now() - interval '54 days', bench_id(8, n), bench_id(7, n), today - 54 + k, 'morning',
       bench_at(today - 54 + k, 0), bench_at(today - 54 + k, 8), bench_at(today - 53 + k, 3),
       '[{"name": "四联抗结核片 HRZE", "strength": "H75/R150/Z400/E275 mg", "tablets": "3"}]', 'expected',
       case when k >= 54 then 'none' when n %% 10 = 0 then 'video' when bench_missed(n, k) then 'none' else 'self_report' end,
       case when n %% 10 = 0 and k < 48 then 'observed' end,
       case when n %% 10 = 0 and k between 48 and 53 then 'pending_review' else 'none' end,
       case when n %% 10 = 0 and k < 54 then bench_id(13, n * 100 + k) end,
       case when n %% 10 > 0 and k < 54 and not bench_missed(n, k) then true end,
       case when n %% 10 = 0 and k < 54 then bench_at(today - 54 + k, 8) end
from bench_size, generate_series(1, patients) n, generate_series(first, last) k
order by case when by_day then k end, n, k
$$;
select bench_doses(0, 34, false);
select bench_doses(35, %(doses)s - 1, true);

-- step: films
insert into media_object (id, created_at, key, content_type, state, announce_job, patient_id, presigned_until,
                          next_check_at, checks, size, stored_at, delete_at, family, purpose, owner_feature, owner_kind,
                          owner_id, deleted_job, queue, max_bytes, keep_days)
select bench_id(12, n * 100 + k), bench_at(today - 54 + k, 8), 'films/bench' || lpad((n * 100 + k)::text, 27, '0') || '/source',
       'video/mp4', 'stored', 'medication.film_arrived', bench_id(7, n), bench_at(today - 54 + k, 8.3),
       bench_at(today - 54 + k, 8), 0, 2000000, bench_at(today - 54 + k, 8), bench_at(today + 40 + k, 8),
       'film', 'medication.film', 'medication', 'recording', bench_id(13, n * 100 + k),
       'medication.film_deleted', 'video', 50000000, 180
from bench_size, generate_series(0, 53) k, generate_series(10, patients, 10) n order by k, n;
insert into recording (id, created_at, dose_id, patient_id, team_id, media_id, client_key, request_hash, state, opened_at,
                       captured_at, sent_at, uploaded_at, ready_at, day_code, mirrored, duration_ms, width, height, film_key,
                       poster_key, sheet_key, fingerprint, flags, due_by, pending_reading, first_reviewer_id, first_reviewed_at)
select bench_id(13, n * 100 + k), t, bench_id(11, n * 100 + k), bench_id(7, n), bench_id(2, (n - 1) / 1000 + 1),
       bench_id(12, n * 100 + k), 'seed-' || n * 100 + k, md5((n * 100 + k)::text), 'ready', t, t, t, t, t, '1234', true,
       20000, 480, 640, 'films/bench' || lpad((n * 100 + k)::text, 27, '0') || '/source',
       'stills/bench' || lpad((n * 100 + k)::text, 27, '0') || '/poster.jpg',
       'stills/bench' || lpad((n * 100 + k)::text, 27, '0') || '/sheet.jpg',
       decode(repeat(md5((n * 100 + k)::text), 40), 'hex'),
       case when (n / 10 + k) %% 12 = 0 then array['dark'] else array[]::text[] end, t + interval '24 hours',
       case when k >= 48 then 'first' end,
       case when k < 48 then bench_id(3, ((n - 1) / 1000) * 8 + 1 + n %% 8) end, case when k < 48 then t + interval '5 hours' end
from bench_size, generate_series(0, 53) k, generate_series(10, patients, 10) n, bench_at(today - 54 + k, 8) t order by k, n;

-- step: reviews and the audit trail
insert into review (id, created_at, recording_id, dose_id, reviewer_id, client_key, reading, verdict, watched_ms, played_rate, opened_at)
select bench_id(14, n * 100 + k), t + interval '5 hours', bench_id(13, n * 100 + k), bench_id(11, n * 100 + k),
       bench_id(3, ((n - 1) / 1000) * 8 + 1 + n %% 8), 'seed-' || n * 100 + k, 'first', 'observed', 15000, 1.5, t + interval '5 hours'
from bench_size, generate_series(0, 47) k, generate_series(10, patients, 10) n, bench_at(today - 54 + k, 8) t order by k, n;
insert into side_effect_report (id, created_at, patient_id, dose_id, symptoms, severe, reported_at)
select bench_id(15, n * 100 + k), t, bench_id(7, n), bench_id(11, n * 100 + k),
       case when k %% 9 = 0 then array['nausea'] else array[]::text[] end, false, t
from bench_size, generate_series(0, 53) k, generate_series(10, patients, 10) n, bench_at(today - 54 + k, 8) t order by k, n;
insert into audit_event (id, created_at, actor_kind, actor_id, action, patient_id, subject_id)
select bench_id(16, n * 100 + k), t + interval '5 hours', 'staff', bench_id(3, ((n - 1) / 1000) * 8 + 1 + n %% 8), 'view_video',
       bench_id(7, n), bench_id(13, n * 100 + k)
from bench_size, generate_series(0, 47) k, generate_series(10, patients, 10) n, bench_at(today - 54 + k, 8) t order by k, n;

-- step: flags, alerts and inboxes
insert into patient_flag (id, created_at, patient_id, source, code, severity, subject_id, count, since)
select bench_id(17, n), t, bench_id(7, n), 'medication', 'missed_in_row', 'warning', bench_id(8, n), 3, t
from bench_size, bench_at(today, 3) t, generate_series(3, patients, 50) n;
-- What waits, of the newest four days; and four that were handled, of every tenth patient.
insert into alert (id, created_at, patient_id, team_id, source, kind, episode, severity, level, subject_feature, subject_kind,
                   subject_id, detail, state, raised_at, times_raised, escalate_from, escalation_step, escalate_at)
select bench_id(18, n), t, bench_id(7, n), bench_id(2, (n - 1) / 1000 + 1), 'medication', 'misses_in_row', bench_id(11, n * 100 + 51)::text,
       'warning', 2, 'medication', 'treatment', bench_id(8, n), '{"count": 3}', 'open', t, 1, t, 0, t + interval '30 days'
from bench_size, generate_series(3, patients, 50) n, bench_at(today - (n %% 4)::int, 3) t;
insert into alert (id, created_at, patient_id, team_id, source, kind, episode, severity, level, subject_feature, subject_kind,
                   subject_id, state, raised_at, times_raised, handled_at, handled_by, action_taken, closed_at, closed_why,
                   escalate_from, escalation_step)
select bench_id(19, n * 100 + k), t, bench_id(7, n), bench_id(2, (n - 1) / 1000 + 1), 'medication', 'severe_side_effect',
       'dose:' || bench_id(11, n * 100 + k * 10), 'severe', 0, 'medication', 'dose', bench_id(11, n * 100 + k * 10), 'closed', t, 1,
       t + interval '10 minutes', bench_id(3, ((n - 1) / 1000) * 8 + 1), '电话随访', t + interval '1 day', 'handled', t, 0
from bench_size, generate_series(0, 3) k, generate_series(10, patients, 10) n, bench_at(today - 54 + k * 10, 9) t;
insert into alert_event (id, created_at, alert_id, kind, detail)
select bench_id(20, a.rank), a.raised_at, a.id, 'raised', jsonb_build_object('severity', a.severity, 'level', a.level)
from (select row_number() over (order by id) as rank, alert.* from alert) a;
insert into notice (id, created_at, patient_id, kind, key, subject_feature, subject_kind, subject_id)
select bench_id(21, n * 100 + k), bench_at(today - 40 + k, 12), bench_id(7, n), 'film_not_accepted', 'bench-' || k, 'medication', 'dose',
       bench_id(11, n * 100 + k)
from bench_size, generate_series(0, 39, 4) k, generate_series(1, patients) n;
