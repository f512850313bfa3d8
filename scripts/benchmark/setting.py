"""Put a database into the state that one round of calls needs, and take it back afterwards."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from scripts.benchmark.capture import MADE_NOW
from scripts.benchmark.world import (
    OWN_MEDIA,
    OWN_RECORDING,
    STAFF,
    bench_id,
    leased_films,
    waiting_films,
)

ANNOUNCE_MEDIA = """
insert into media_object (id, created_at, key, content_type, state, announce_job, patient_id,
                          presigned_until, next_check_at, checks, family, purpose, owner_feature,
                          owner_kind, owner_id, deleted_job, queue, max_bytes, keep_days)
select bench_id(32, n), now(), 'films/confirm' || n || '/source', 'video/mp4', 'presigned',
       'medication.film_arrived', bench_id(7, n), now() + interval '15 minutes', now(), 0,
       'film', 'medication.film', 'medication', 'recording', bench_id(33, n),
       'medication.film_deleted', 'video', 50000000, 180
from unnest(%(numbers)s::bigint[]) n
on conflict (id) do nothing
"""
ANNOUNCE_RECORDING = """
insert into recording (id, created_at, dose_id, patient_id, team_id, media_id, client_key,
                       request_hash, state, opened_at, captured_at, day_code, mirrored, flags)
select bench_id(33, n), now(), bench_id(11, n * 100 + 54), bench_id(7, n),
       bench_id(2, (n - 1) / 1000 + 1), bench_id(32, n), 'confirm-' || n, 'x', 'requested', now(),
       now(), '1234', true, '{}'
from unnest(%(numbers)s::bigint[]) n
"""
POINT_DOSES = """
update dose set progress = 'uploading', recording_id = bench_id(33, n)
from unnest(%(numbers)s::bigint[]) n where dose.id = bench_id(11, n * 100 + 54)
"""
LEASE = """
update recording set leased_by = %(doctor)s, leased_until = now() + interval '2 hours'
where id = any(%(films)s)
"""
CLEAR_DOSES = """
update dose set progress = 'none', recording_id = null, evidence = 'none', verdict = null
where id in (select dose_id from recording where id >= %(fresh)s
             or id between %(own_first)s and %(own_last)s)
"""
FORGET_RECORDINGS = """
delete from recording where id >= %(fresh)s or id between %(own_first)s and %(own_last)s
"""
FORGET_MEDIA = """
delete from media_object where id >= %(fresh)s or id between %(media_first)s and %(media_last)s
"""
FORGET_REVIEWS = "delete from review where id >= %(fresh)s"
REOPEN_FILMS = """
update recording set pending_reading = 'first', first_reviewer_id = null,
                     first_reviewed_at = null, leased_by = null, leased_until = null
where id = any(%(films)s)
"""
REOPEN_DOSES = """
update dose set progress = 'pending_review', verdict = null from recording r
where r.id = any(%(films)s) and dose.id = r.dose_id
"""


def film_key(number: int) -> str:
    return f"films/confirm{number}/source"


class Scene:
    """One open connection to a bench database."""

    def __init__(self, conninfo: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(conninfo, autocommit=True)
        # The application deletes no recording; here each would be looked for among all doses.
        self._connection.execute("set session_replication_role = replica")

    def __enter__(self) -> "Scene":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def announce(self, numbers: Sequence[int]) -> None:
        """Announce films of today's doses, as a presign leaves them."""
        for statement in (ANNOUNCE_MEDIA, ANNOUNCE_RECORDING, POINT_DOSES):
            self._connection.execute(statement, {"numbers": list(numbers)})

    def log_in_again(self) -> None:
        """Sessions of an hour ago have ended by themselves."""
        self._connection.execute("update staff_session set last_seen_at = now()")

    def forget_films(self) -> None:
        """Bring today's doses back as they were seeded."""
        values = {
            "fresh": MADE_NOW,
            "own_first": bench_id(OWN_RECORDING, 0),
            "own_last": bench_id(OWN_RECORDING, 2**40),
            "media_first": bench_id(OWN_MEDIA, 0),
            "media_last": bench_id(OWN_MEDIA, 2**40),
        }
        for statement in (CLEAR_DOSES, FORGET_RECORDINGS, FORGET_MEDIA):
            self._connection.execute(statement, values)
        self._vacuum("dose", "recording", "media_object")

    def lease(self, team: int) -> None:
        """Lease every waiting film of the team to one of its doctors."""
        by_doctor: dict[int, list[Any]] = {}
        for doctor, film in leased_films(team):
            by_doctor.setdefault(doctor, []).append(film)
        for doctor, films in by_doctor.items():
            self._connection.execute(LEASE, {"doctor": bench_id(STAFF, doctor), "films": films})

    def lease_one_each(self, team: int, doctors: int) -> None:
        """Give each doctor the film that is on the screen while the next one is asked for."""
        first = (team - 1) * doctors + 1
        for n, film in enumerate(waiting_films(team, doctors)):
            doctor = bench_id(STAFF, first + n)
            self._connection.execute(LEASE, {"doctor": doctor, "films": [film]})

    def reopen(self, teams: Sequence[int]) -> None:
        """Bring the queue of these teams back as it was seeded."""
        films = [film for team in teams for _, film in leased_films(team)]
        for statement in (FORGET_REVIEWS, REOPEN_FILMS, REOPEN_DOSES):
            self._connection.execute(statement, {"films": films, "fresh": MADE_NOW})
        self._vacuum("recording", "dose", "review")

    def _vacuum(self, *tables: str) -> None:
        """Leave no dead rows for the next round to step over."""
        for table in tables:
            self._connection.execute(sql.SQL("vacuum {}").format(sql.Identifier(table)))
