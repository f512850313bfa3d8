"""What notifications bring to the application."""

from app.accounts.access import EVERY_ROLE
from app.core.feature import Feature, Tab
from app.core.jobs import jobs_of
from app.institutions.service.access_waiting import REQUESTED, SETTLED
from app.notifications import jobs, pages, routes, service
from app.notifications.notices import JOB_FAILED
from app.notifications.queries import count_unread_of_staff
from app.notifications.service import CHANGED
from app.notifications.words import WORDS

FEATURE = Feature(
    name="notifications",
    api=(routes.router,),
    pages=(pages.router,),
    nav=(
        Tab(
            "inbox",
            "消息",
            "/staff/inbox",
            EVERY_ROLE,
            order=70,
            badge=count_unread_of_staff,
            refresh_on=CHANGED,
        ),
    ),
    words=WORDS,
    notices=(JOB_FAILED,),
    forgets=service.forget_inbox,
    merges=service.join_inboxes,
    jobs=jobs_of(jobs),
    listens={
        REQUESTED: "notifications.access_requested",
        SETTLED: "notifications.access_settled",
    },
)
