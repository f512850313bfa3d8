"""What pages call the things of institutions."""

from app.core.words import Words

TITLES = {
    "village_doctor": "村医",
    "family_doctor": "家庭医生",
    "nurse": "护士",
    "tb_supervisor": "结核病督导员",
    "administrator": "管理员",
}

WORDS = Words(
    words={
        "title": TITLES,
        "tier": {
            "village_clinic": "村卫生室",
            "township_centre": "乡镇卫生院",
            "central_township_hospital": "中心卫生院",
            "district_hospital": "区县医院",
        },
    }
)
