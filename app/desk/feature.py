"""What the desk brings to the application."""

from app.accounts.access import CLINICAL
from app.alerts.queries.lists import count_waiting
from app.alerts.telling import CHANGED
from app.core.feature import Feature, Finder, Tab
from app.desk import pages
from app.desk.audit import ACTIONS
from app.desk.words import WORDS

FEATURE = Feature(
    name="desk",
    pages=(pages.router,),
    nav=(
        Tab("desk", "工作台", "/staff", CLINICAL, order=0),
        Tab("patients", "患者", "/staff/patients", CLINICAL, order=10),
        Tab(
            "alerts",
            "提醒",
            "/staff/alerts",
            CLINICAL,
            order=30,
            badge=count_waiting,
            refresh_on=CHANGED,
        ),
    ),
    finder=Finder(
        "找患者",
        "姓名、拼音首字母、手机号、尾号四位或证件号码",
        "/staff/patients/find",
        "/staff/patients",
        CLINICAL,
    ),
    words=WORDS,
    audit_actions=ACTIONS,
)
