"""What a patient may allow a family member to see or do with the record itself."""

from app.core.feature import FamilyScope

READ_RECORD = FamilyScope("read_record", "查看个人资料和照看的团队")

SCOPES = (READ_RECORD,)
