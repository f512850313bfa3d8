"""What pages call the things of institutions."""

from app.core.words import Mark, Words

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

ACCESS_STATES = {
    "waiting": Mark("clock", "等待确认", "wait"),
    "confirmed": Mark("check", "已生效", "ok"),
    "refused": Mark("cross", "被拒绝", "danger"),
    "cancelled": Mark("minus", "已撤回", "held"),
    "expired": Mark("alert", "过期作废", "warn"),
}

WORDS = Words(
    marks={"access_state": ACCESS_STATES},
    words={
        "access_change": ACCESS_CHANGES,
        "title": TITLES,
        "absence_reason": ABSENCE_REASONS,
        "audit_detail": {
            "contacts_set": "设置联系方式",
            "credentials_renewed": "重发登录凭据",
            "credentials_prepared": "备好新的登录凭据，等人确认",
            "phone_kept": "保留关联的微信",
            "credentials": "重发登录凭据",
            "activation": "启用账号",
            "title": "职称",
            "move": "调动",
            "membership": "加入团队",
            "absence": "请假",
            "team_merge": "合并团队",
            "institution_merge": "合并机构",
            "member_added": "加入成员",
            "members_removed": "移出成员",
            "requested_by": "申请人",
            "staff_id": "工作人员",
            "reason": "原因",
            "deactivated": "停用",
            "reactivated": "重新启用",
            "members_set": "设置团队成员",
            "roles_set": "设置角色",
            "title_set": "设置职称",
            "sessions_ended": "结束全部登录",
            "took_in": "并入",
            "entered": "登记",
            "put": "设置",
            "removed": "删除",
            "holiday": "休息日",
            "workday": "上班日",
            "added": "加入的人",
            "absences_released": "不再顶班的请假",
            "teams_left": "离开的团队",
            "institution_id": "机构",
            "into_id": "并入到",
            "from_id": "来自",
            "to_id": "去往",
            "absence_id": "请假",
            "stand_in_id": "顶班人",
            "from_on": "从",
            "to_on": "到",
            "day": "日期",
            "job_id": "任务编号",
            "roles": "角色",
            "address": "地址",
            "on_call_phone": "值班电话",
            "opening_hours": "开放时间",
            **TITLES,
        },
        "tier": {
            "village_clinic": "村卫生室",
            "township_centre": "乡镇卫生院",
            "central_township_hospital": "中心卫生院",
            "district_hospital": "区县医院",
        },
    },
)
