"""What members of staff are told about changes of access. No name stands in a title."""

from app.core.feature import NoticeKind

ACCESS_ASKED = NoticeKind("access_asked", "有一项账号权限变更等您确认")
ACCESS_OF_YOURS = NoticeKind("access_of_yours", "管理员为您的账号申请了变更，还没有生效")
ACCESS_CONFIRMED = NoticeKind("access_confirmed", "一项账号权限变更已确认，现在生效")
ACCESS_REFUSED = NoticeKind("access_refused", "一项账号权限变更没有通过")

NOTICES = (ACCESS_ASKED, ACCESS_OF_YOURS, ACCESS_CONFIRMED, ACCESS_REFUSED)
