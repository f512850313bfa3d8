"""What the audit trail calls the changes of this domain; `detail.code` says which change."""

CHANGE_STAFF = "change_staff"
CHANGE_INSTITUTION = "change_institution"
CHANGE_TEAM = "change_team"
CHANGE_CALENDAR = "change_calendar"
CHANGE_ABSENCE = "change_absence"
