"""What institutions refuse."""

from app.core.problems import FieldRefused, Problem


class TierTooHigh(Problem):
    type, title, status = "tier-too-high", "下级机构的层级应低于上级机构。", 422


class NameTaken(Problem):
    type, title, status = "name-taken", "这里已有同名的机构或团队，请换一个名称。", 409


class InstitutionClosed(Problem):
    type, title, status = "institution-closed", "这个机构已关闭，请先恢复或选择另一个机构。", 409


class InstitutionNotEmpty(Problem):
    """Facts: how many open `institutions` and `teams` and active `staff` are left."""

    type, status = "institution-not-empty", 409
    title = "机构里还有下级机构、团队或在职人员，请先关闭、调走或停用，也可以并入另一机构。"


class TeamClosed(Problem):
    type, title, status = "team-closed", "这个团队已关闭，请先恢复或选择另一个团队。", 409


class TeamNotEmpty(Problem):
    """Facts: how many `patients` and `members` are left."""

    type, status = "team-not-empty", 409
    title = "团队里还有患者或成员，请先转走患者、清空成员，也可以并入另一团队。"


class MergeRefused(Problem):
    type, status = "merge-refused", 422
    title = "不能并入自己，也不能并入自己的下级，请选择另一个。"


class AlreadyMerged(Problem):
    type, title, status = "already-merged", "已并入另一个，不能再恢复。", 409


class TeamOutOfReach(FieldRefused):
    type, title, status = "team-out-of-reach", "请从列表中选择一个团队。", 422
    field = "team_id"


class TeamWithoutPhone(FieldRefused):
    type, status = "team-without-phone", 422
    title = "这个团队和所在机构都没有公布电话，不能接收患者，请管理员先填写电话。"
    field = "team_id"


class TeamTakesNobody(FieldRefused):
    type, title, status = "team-takes-nobody", "这个团队已关闭，请选择另一个团队。", 422
    field = "team_id"


class AbsenceOverlaps(FieldRefused):
    type, title, status = "absence-overlaps", "这几天已经登记过请假，请改日期或先结束那一次。", 409
    field = "from_on"


class AbsentStandsIn(FieldRefused):
    type, status = "absent-stands-in", 409
    title = "这几天正替别的同事顶班，请先为那位同事换人。"
    field = "from_on"


class StandInUnsuitable(FieldRefused):
    type, status = "stand-in-unsuitable", 422
    title = "顶班的人要是同一机构或同一团队的在职医护人员，请从列表中选择。"
    field = "stand_in_id"


class StandInAbsent(FieldRefused):
    type, title, status = "stand-in-absent", "这位同事那几天自己也请假，请换一位。", 409
    field = "stand_in_id"


class AbsenceOver(Problem):
    type, title, status = "absence-over", "这次请假已经结束，不用再改。", 409


class CalendarDayUnfit(Problem):
    type, status = "calendar-day-unfit", 422
    title = "调休上班只能是周六或周日。"


class AskOperatorAbove(Problem):
    type, status = "ask-operator-above", 409
    title = "这个账号不全在您管理的范围内，请上一级机构的管理员办理。"


class NobodyCanConfirm(Problem):
    type, status = "nobody-can-confirm", 409
    title = "这一步要第二个人确认，现在没有合适的人：请先请上一级机构设好督导或另一位管理员。"


class NotIndependent(Problem):
    type, status = "not-independent", 409
    title = "您不能确认这一项：要由与申请人无关的督导确认；没有督导时由上一级机构的管理员确认。"


class AccessChangeSettled(Problem):
    type, title, status = "access-change-settled", "这项变更已经有了结果或已过期。", 409


class AccessChangeVoid(Problem):
    type, status = "access-change-void", 409
    title = "申请人已经不管理这里，这项变更作废，请现在的管理员重新办理。"
