"""What the pages call things: the Chinese word, icon and colour token of every coded value."""

from typing import NamedTuple


class Mark(NamedTuple):
    """A state as a person sees it: never colour alone. `token` is one of app.css's colours."""

    icon: str
    word: str
    token: str


WORDS: dict[str, dict[str, str]] = {
    "absence_reason": {"leave": "休假", "sick": "病假", "training": "培训", "other": "其他"},
    "slot": {"morning": "早上", "noon": "中午", "evening": "晚上", "bedtime": "睡前"},
    "sex": {"male": "男", "female": "女"},
    "condition": {"tuberculosis": "结核病", "hypertension": "高血压", "diabetes": "糖尿病"},
    "role": {"doctor": "医生", "supervisor": "督导", "operator": "运营"},
    "title": {
        "village_doctor": "村医",
        "family_doctor": "家庭医生",
        "nurse": "护士",
        "tb_supervisor": "结核病督导员",
        "specialist": "专科医生",
        "pharmacist": "药师",
        "administrator": "管理员",
    },
    "tier": {
        "village_clinic": "村卫生室",
        "township_centre": "乡镇卫生院",
        "central_township_hospital": "中心卫生院",
        "district_hospital": "区县医院",
    },
    "outcome": {
        "cured": "治愈",
        "completed": "完成治疗",
        "failed": "治疗失败",
        "died": "死亡",
        "lost": "失访",
        "transferred": "转出",
        "not_evaluated": "未评估",
        "stopped_by_doctor": "医生停药",
    },
    "review_reason": {
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
    },
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
    "video_flag": {
        "dark": "画面偏暗",
        "short": "时长偏短",
        "no_motion": "画面不动",
        "near_duplicate": "与以往视频相似",
        "wrong_day": "当日数字不符",
        "late_upload": "过时才传到",
    },
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
    "audit_action": {
        "read_record": "查看档案",
        "view_video": "观看视频",
        "list_patients": "查看患者列表",
        "change_record": "修改档案",
        "issue_binding_code": "生成绑定码",
        "export": "导出数据",
        "close_account": "注销账号",
        "bind": "绑定手机",
        "unbind": "解除绑定",
        "change_staff": "变更人员",
        "change_institution": "变更机构",
        "change_team": "变更团队",
        "change_calendar": "变更工作日历",
        "change_absence": "变更请假",
    },
}

MARKS: dict[str, dict[str, Mark]] = {
    "dose_state": {
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
    },
    "verdict": {
        "observed": Mark("check", "通过", "ok"),
        "partial": Mark("half", "部分服药", "warn"),
        "unverifiable": Mark("question", "无法判断", "warn"),
        "rejected": Mark("cross", "退回", "danger"),
    },
    "recording_state": {
        "requested": Mark("upload", "等待上传", "wait"),
        "uploaded": Mark("upload", "已收到", "wait"),
        "processing": Mark("clock", "处理中", "wait"),
        "ready": Mark("eye", "可以观看", "accent"),
        "unusable": Mark("cross", "不能用", "danger"),
        "abandoned": Mark("minus", "已重拍", "held"),
        "deleted": Mark("minus", "已到期删除", "held"),
    },
    "alert": {
        "severe_side_effect": Mark("alert", "严重不良反应", "danger"),
        "two_misses": Mark("alert", "连续漏服两次", "warn"),
        "seven_misses": Mark("alert", "累计漏服七次", "danger"),
    },
    "binding": {
        "bound": Mark("check", "已绑定", "ok"),
        "unbound": Mark("minus", "未绑定", "held"),
        "closed": Mark("cross", "已注销", "held"),
    },
}
