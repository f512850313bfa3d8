"""What of medication a patient may let a family member see or do."""

from app.core.feature import FamilyScope

READ = FamilyScope("medication.read", "看服药和医生的审核结果")
FILM = FamilyScope("medication.film", "帮忙拍服药视频")
REPORT = FamilyScope("medication.report", "帮忙报告服药和不舒服")

SCOPES = (READ, FILM, REPORT)
