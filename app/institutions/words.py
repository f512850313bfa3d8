"""What pages call the things of institutions."""

from app.core.words import Words

TITLES = {
    "village_doctor": "村医",
    "family_doctor": "家庭医生",
    "nurse": "护士",
    "tb_supervisor": "结核病督导员",
    "specialist": "专科医生",
    "pharmacist": "药师",
    "administrator": "管理员",
}

RIGHTS = {
    "start_treatment": "开始、修改或恢复治疗",
    "stop_treatment": "结束治疗",
    "hold_treatment": "暂停服药",
    "set_targets": "设定控制目标",
    "close_severe_alert": "处理严重提醒",
}

ABSENCE_REASONS = {
    "leave": "休假",
    "sick": "病假",
    "training": "培训",
    "other": "其他",
}

ACCESS_CHANGES = {
    "created": "新建账号",
    "credentials": "换新密码",
    "activation": "启用账号",
    "roles": "改角色",
    "title": "改职称",
    "move": "调到另一机构",
    "membership": "加入团队",
    "absence": "登记请假，由人顶班",
    "team_merge": "合并团队",
    "institution_merge": "合并机构",
}

WORDS = Words(
    words={
        "access_change": ACCESS_CHANGES,
        "title": TITLES,
        "absence_reason": ABSENCE_REASONS,
        "tier": {
            "village_clinic": "村卫生室",
            "township_centre": "乡镇卫生院",
            "central_township_hospital": "中心卫生院",
            "district_hospital": "区县医院",
        },
    }
)
