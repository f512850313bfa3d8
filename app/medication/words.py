"""What pages call the things of medication."""

from app.core.words import Mark, Words

SLOTS = {"morning": "早上", "noon": "中午", "evening": "晚上", "bedtime": "睡前"}

# As the phone shows the steps (`features/filming/steps.ts`): what is to be spoken for each.
VOICE_STEPS = {
    "face_and_code": "露出整张脸，念出今天的数字",
    "face": "露出整张脸",
    "palm": "把药放在手心，对着镜头",
    "tongue": "把药放到舌头上",
    "swallow": "喝水，咽下去",
    "mouth": "张开嘴，让医生看看没有了",
}

OUTCOMES = {
    "cured": "治愈",
    "completed": "完成治疗",
    "failed": "治疗失败",
    "died": "死亡",
    "lost": "失访",
    "transferred": "转出",
    "not_evaluated": "未评估",
    "stopped_by_doctor": "医生停药",
}

REVIEW_REASONS = {
    "face_not_visible": "看不清脸",
    "drug_not_shown": "没有展示药片",
    "swallow_not_seen": "没有看到吞咽",
    "mouth_not_shown": "没有张口检查",
    "too_dark": "画面太暗",
    "wrong_code": "当日数字不对",
    "wrong_person": "不是本人",
    "wrong_drug_count": "药片数不对",
    "damaged": "视频损坏",
    "other": "其他原因",
}

VIDEO_FLAGS = {
    "dark": "画面偏暗",
    "short": "时长偏短",
    "no_motion": "画面不动",
    "near_duplicate": "与以往视频相似",
    "wrong_day": "当日数字不符",
    "late_upload": "过时才传到",
    "clock_off": "手机时间不准",
}

VERDICTS = {
    "observed": Mark("check", "通过", "ok"),
    "partial": Mark("half", "部分服药", "warn"),
    "unverifiable": Mark("question", "无法判断", "warn"),
    "rejected": Mark("cross", "退回", "danger"),
}

DOSE_STATES = {
    "upcoming": Mark("clock", "未到时间", "soft"),
    "open": Mark("circle", "今天待服", "accent"),
    "uploading": Mark("upload", "上传中", "wait"),
    "processing": Mark("upload", "处理中", "wait"),
    "pending_review": Mark("eye", "待审核", "wait"),
    "observed": Mark("check", "已看到服药", "ok"),
    "partial": Mark("half", "部分服药", "warn"),
    "unverifiable": Mark("question", "无法确认", "warn"),
    "rejected": Mark("cross", "未通过", "danger"),
    "self_reported": Mark("person", "自己报告", "held"),
    "live": Mark("phone", "视频通话看服", "ok"),
    "in_person": Mark("person", "当面看服", "ok"),
    "missed": Mark("alert", "漏服", "danger"),
    "held": Mark("pause", "暂停", "held"),
    "rescheduled": Mark("move", "已改期", "held"),
    "cancelled": Mark("minus", "已取消", "held"),
}

WORDS = Words(
    words={
        "slot": SLOTS,
        "outcome": OUTCOMES,
        "review_reason": REVIEW_REASONS,
        "cannot_film": {
            "no_signal": "没有信号",
            "no_private_place": "没有合适的地方",
            "phone_problem": "手机有问题",
            "unwell": "身体不舒服",
            "ran_out": "药吃完了",
            "travelling": "外出",
            "forgot": "忘记了",
            "other": "其他原因",
        },
        "video_flag": VIDEO_FLAGS,
        "video_problem": {
            "empty": "文件是空的",
            "too_large": "文件太大",
            "not_a_video": "不是视频文件",
            "truncated": "视频不完整",
            "no_video_track": "只有声音没有画面",
            "too_short": "视频太短",
            "too_long": "视频太长",
            "too_many_pixels": "画面尺寸过大",
            "undecodable": "视频无法播放",
            "processing_limit": "视频无法处理",
        },
        "audit_detail": {
            "started": "开始治疗",
            "edited": "修改方案",
            "held": "暂停服药",
            "hold_ended": "恢复服药",
            "rescheduled": "改期",
            "stopped": "结束治疗",
            "stop_corrected": "更正结束",
            "outcome_before": "原来的结局",
            "outcome_after": "更正后的结局",
            "entered_seen": "登记看见服药",
            "severe_cleared": "严重不适后继续服药",
            "severe_held": "严重不适后暂停",
            "withdrew_seen": "更正登记",
            "withdrew_verdict": "更正审核结论",
            "pending_review": "等待重新审核",
            "review_id": "审核",
            "template_withdrawn": "撤下模板",
            "voice_announced": "换上新的录音",
            "voice_removed": "撤下录音",
            "voice_id": "录音",
            "step": "第几步",
            **VOICE_STEPS,
            "change_id": "变更记录",
            "template_id": "方案模板",
            "starts_on": "开始日",
            "stopped_on": "结束日",
            "outcome": "结局",
            "hold_id": "暂停",
            "dose_id": "这一次",
            "recording_ids": "视频",
            "none": "无",
            "video": "视频",
            "self_report": "患者自己报告",
            "live": "视频通话看着服",
            "in_person": "当面看着服",
            **{code: verdict.word for code, verdict in VERDICTS.items()},
            **OUTCOMES,
        },
        "change": {
            "started": "开始",
            "edited": "修改",
            "held": "暂停",
            "rescheduled": "改期",
            "stopped": "结束",
        },
        "evidence": {
            "none": "无",
            "video": "视频",
            "live": "视频通话",
            "in_person": "当面",
            "self_report": "自己报告",
        },
    },
    marks={
        "dose_state": DOSE_STATES,
        "verdict": VERDICTS,
        "recording_state": {
            "requested": Mark("upload", "等待上传", "wait"),
            "uploaded": Mark("upload", "已收到", "wait"),
            "processing": Mark("clock", "处理中", "wait"),
            "ready": Mark("eye", "可以观看", "accent"),
            "unusable": Mark("cross", "不能用", "danger"),
            "abandoned": Mark("minus", "已重拍", "held"),
            "deleted": Mark("minus", "视频已不在", "held"),
        },
    },
)
