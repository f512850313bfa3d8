"""Refusals of medication; each says to the person what to do."""

from app.core.problems import Problem


class DoseNotOpen(Problem):
    type, status = "dose-not-open", 409
    title = "这次服药的时间还没到，或者已经过了，不能再记。请回到今日页面查看。"


class FilmAlreadySent(Problem):
    type, status = "film-already-sent", 409
    title = "这次服药的视频已经收到，不用再拍。"
    constraint = "uq_recording_live_dose"


class SevereSideEffect(Problem):
    type, status = "severe-side-effect", 409
    title = "您报告了严重不适，请先不要服药，马上联系医生。"


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


class PhoneClockAhead(Problem):
    type, status = "phone-clock-ahead", 422
    title = "手机的时间不对，请在手机设置里打开“自动设置时间”，再拍一次。"


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


class TabletsMissing(Problem):
    type, status = "tablets-missing", 422
    title = "看到的片数少于应服片数，请改判为“部分服药”。"


class UndoTooLate(Problem):
    type, status = "undo-too-late", 409
    title = "已超过撤销时间，如需更正请联系督导重新审核。"


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


class MovedTooFar(Problem):
    type, status = "moved-too-far", 422
    title = "最多改到 60 天以内，请核对日期。"


class SameTreatmentRuns(Problem):
    type, status, field = "same-treatment-runs", 409, "another"
    title = "已有进行中的同类治疗，请先核对，免得同一种药服两遍。"


class StartFarAhead(Problem):
    type, status, field = "start-far-ahead", 422, "far"
    title = "开始日在 90 天以后，请核对日期；没有写错，请勾选确认。"


class StopAlreadySet(Problem):
    type, status = "stop-already-set", 409
    title = "这个治疗已经定了最后一天，请用“更正结束”来改。"


class NotStopped(Problem):
    type, status = "not-stopped", 409
    title = "这个治疗没有结束，不用更正。请刷新页面。"


class NotYoursToCorrect(Problem):
    type, status = "not-yours-to-correct", 403
    title = "结束以后 24 小时内由登记的人更正，此后由督导更正。请联系督导。"


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
    title = "两份档案都有正在进行的同一病种治疗，请先结束其中一个，再合并。"


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
