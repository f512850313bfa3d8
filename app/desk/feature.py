"""What the desk brings to the application."""

from app.accounts.access import CLINICAL
from app.alerts.queries.lists import count_waiting
from app.core.feature import Feature, Tab
from app.desk import alerts, pages

FEATURE = Feature(
    name="desk",
    pages=(pages.router, alerts.router),
    nav=(Tab("alerts", "提醒", "/staff/alerts", CLINICAL, order=30, badge=count_waiting),),
)
