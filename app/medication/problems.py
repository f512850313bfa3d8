"""Refusals of medication; each says to the person what to do."""

from app.core.problems import Problem


class DoseNotOpen(Problem):
    """`reason` is one of "not-yet", "too-late" and "settled": what is true differs."""

    type, status = "dose-not-open", 409
    title = "这次服药现在不能记。请回到今日页面查看。"


class DoseNotYetOpen(DoseNotOpen):
    title = "这次服药的时间还没到，不能先记。请到时间再来。"

    def __init__(self) -> None:
        super().__init__(reason="not-yet")


class DoseTooLate(DoseNotOpen):
    title = "这次服药的时间已经过去太久，收不下了。请打电话告诉医生，不要补服。"

    def __init__(self) -> None:
        super().__init__(reason="too-late")


class DoseSettled(DoseNotOpen):
    title = "这次服药医生已经确认了，不用再发。"

    def __init__(self) -> None:
        super().__init__(reason="settled")


class FilmAlreadySent(Problem):
    """Always with the dose's revision, by which a phone throws its film away.

    So it is no constraint's problem: a database that refuses tells no revision.
    """

    type, status = "film-already-sent", 409
    title = "这次服药的视频已经收到，不用再拍。"

    def __init__(self, *, dose_revision: int) -> None:
        super().__init__(dose_revision=dose_revision)


class SevereHeardAgain(Problem):
    type, status = "severe-heard-again", 409
    title = "您打开以后情况变了（患者又报告了不适，或停着的治疗变了）。请先看最新的内容，再决定。"


class SevereDecided(Problem):
    type, status = "severe-decided", 409
    title = "同事已经作了决定，请看变更记录。"


class StopUndecided(Problem):
    type, status = "stop-undecided", 409
    title = "这个治疗因严重不适停着，要在“严重不适”页面上决定继续或暂停到哪天。"


class RegimenWithdrawn(Problem):
    type, status = "regimen-withdrawn", 409
    title = (
        "这个模板刚刚停用，还没有开始治疗。请核对下面的内容：确定照这样服药就再点一次“开始治疗”，"
        "作为自由方案；不确定就回去另选模板。"
    )


class PlanWithoutDose(Problem):
    type, status, field = "plan-without-dose", 422, "phases.0.starts_on"
    title = "照这样安排，从今天起一次药也没有。请核对日期、星期和时段。"


class DosesLeftOut(Problem):
    type, status, field = "doses-left-out", 409, "from_on"
    title = "生效日和第一阶段开始之间还有安排好的服药，请核对日期。"


class FilmTooLarge(Problem):
    type, status = "film-too-large", 422
    title = "视频太大，请重新拍一段，一分钟以内就好。"


class FilmTooLong(Problem):
    type, status = "film-too-long", 422
    title = "视频太长，请重新拍一段，一分钟以内就好。"


class FilmTypeUnknown(Problem):
    type, status = "film-type-unknown", 422
    title = "这种视频格式不支持，请用小程序里的拍摄按钮重新拍。"


class UploadNotFound(Problem):
    type, status = "upload-not-found", 409
    title = "视频还没有传完，手机会再传一次，请不要关机。"


class FilmNotTaken(Problem):
    type, status = "film-not-taken", 409
    title = "您已撤回拍摄视频的同意，这段视频没有收下，会马上删除。"


class CannotReport(Problem):
    type, status = "cannot-report", 409
    title = "这次服药已有记录，不用再报告。"


class LeaseLost(Problem):
    type, status = "lease-lost", 409
    title = "这段视频已转给其他医生审核，请看下一段。"


class AlreadyReviewed(Problem):
    type, status = "already-reviewed", 409
    title = "这段视频已有结论，请看下一段。"


class ReasonRequired(Problem):
    type, status = "reason-required", 422
    title = "请选择原因，患者才知道怎样拍好。"


class CommentRequired(Problem):
    type, status = "comment-required", 422
    title = "选“其他原因”时请写附言：患者要看了才知道哪里不对、怎样拍好。"


class TabletsMissing(Problem):
    type, status = "tablets-missing", 422
    title = "看到的片数少于应服片数，请改判为“部分服药”。"


class UndoTooLate(Problem):
    type, status = "undo-too-late", 409
    title = "已超过撤销时间。要更正，请打开这次服药的页面，在您的结论旁边点“更正”，写明原因。"


class ReadAgain(Problem):
    type, status = "read-again", 409
    title = (
        "同事已经读了第二遍，不能再撤销，您的结论还在。"
        "要更正，请打开这次服药的页面，在您的结论旁边点“更正”，写明原因。"
    )


class AlreadyCorrected(Problem):
    type, status = "already-corrected", 409
    title = "这一条已经更正过了，请刷新后查看。"


class NotYoursToCorrect(Problem):
    type, status = "not-yours-to-correct", 403
    title = "只能更正自己 24 小时以内记下的内容，其他的请督导来更正。"


class FilmGone(Problem):
    type, status = "film-gone", 409
    title = "这段视频已经删除，没法重新审核，结论不能更正。请写一条联系记录说明情况。"


class FilmTakenBack(Problem):
    type, status = "film-taken-back", 409
    title = "患者已经撤回同意或关闭了档案，这段视频不能再看，结论不能更正。"


class NewerFilm(Problem):
    type, status = "newer-film", 409
    title = "患者后来又拍了一段，这次服药以新的那段为准，请看新的那段。"


class PlanInPast(Problem):
    type, status = "plan-in-past", 422
    title = "只能修改今天以后的方案，已发生的记录不会改动。"


class TreatmentChanged(Problem):
    type, status = "treatment-changed", 409
    title = "这个治疗刚刚被改过，请核对下面的内容，再提交一次。"


class AfterLastDay(Problem):
    type, status = "after-last-day", 422
    title = "这一天在治疗的最后一天以后，请核对日期；还要继续服药，请先更正结束。"


class DayOnHold(Problem):
    type, status = "day-on-hold", 409
    title = "那一天正在暂停服药，不能改到那一天，请另选一天。"


class NothingToHold(Problem):
    type, status = "nothing-to-hold", 422
    title = "这几天没有安排服药，不用暂停，请核对日期。"


class MovedTooFar(Problem):
    type, status = "moved-too-far", 422
    title = "最多改到 60 天以内，请核对日期。"


class SameTreatmentRuns(Problem):
    type, status, field = "same-treatment-runs", 409, "another"
    title = "已有进行中的同类治疗，请先核对，免得同一种药服两遍。"


class DrugInAnother(Problem):
    type, status, field = "drug-in-another", 409, "another"
    title = "另一个进行中的治疗里已有新加的药，请先核对，免得同一种药服两遍。"


class StartFarAhead(Problem):
    type, status, field = "start-far-ahead", 422, "far"
    title = "开始日在 90 天以后，请核对日期；没有写错，请勾选确认。"


class StopAlreadySet(Problem):
    type, status = "stop-already-set", 409
    title = "这个治疗已经定了最后一天，请用“更正结束”来改。"


class NotStopped(Problem):
    type, status = "not-stopped", 409
    title = "这个治疗没有结束，不用更正。请刷新页面。"


class ReasonOfCorrection(Problem):
    type, status, field = "reason-of-correction", 422, "why"
    title = "请写明更正的原因。"


class StoppedAfterPlan(Problem):
    type, status = "stopped-after-plan", 422
    title = "最后一天不能晚于方案里安排的最后一天；要服得更久，请先修改方案。"


class StoppedBeforeStart(Problem):
    type, status = "stopped-before-start", 422
    title = "最后一天不能早于治疗开始的那天。"


class TwoRunningTreatments(Problem):
    type, status = "two-running-treatments", 409
    title = "两份档案都有正在进行的同一病种或同一种药的治疗，请先结束其中一个，再合并。"


class TreatmentStopped(Problem):
    type, status = "treatment-stopped", 409
    title = "这个治疗已经结束，不能再修改。"


class CannotReschedule(Problem):
    type, status = "cannot-reschedule", 409
    title = "这次服药已有记录、因严重不适停着，或目标日期已有同一时段的服药，不能改期。"


class WeightRequired(Problem):
    type, status = "weight-required", 422
    title = "这个方案按体重给药，请先填写患者体重。"


class WeightOutOfBands(Problem):
    type, status = "weight-out-of-bands", 422
    title = "体重不在方案的分档内，请由医生填写片数。"
