"""Write down who can log in, for the demo desk and for the person at the terminal."""

import json
from pathlib import Path

from scripts.demo.district import District, Worker
from scripts.demo.people import DOCTORS_PHONE, NEWCOMER_USER, VILLAGERS, Part, Villager

ABOUT = {
    "zhangguohua": "肺结核，继续期，每天一次，今天的药还没拍",
    "liuguilan": "肺结核，今天的视频被退回，可以重拍",
    "yangdeming": "肺结核，今天的视频刚发出，正在处理",
    "huangsuzhen": "肺结核，最近常漏服",
    "zhaochanglin": "肺结核合并糖尿病，两个疗程",
    "wuxinggui": "肺结核，十多天没有消息",
    "maqiuju": "肺结核，今天报告了严重不适，先不能拍",
    "guotianshou": "肺结核，疗程已结束，治愈",
    "liangshufang": "高血压，每天一次，自己报告",
    "zhengjuying": "糖尿病，每天两次，自己报告",
    "chenjing": "监护人：替女儿罗小燕（13岁，肺结核）拍视频",
    "zhoujiafu": "监护人：孙子周子豪刚满14岁，该换成他自己的手机",
}


def write(path: Path, district: District, code: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    patients = [_patient(v) for v in VILLAGERS if v.user in ABOUT]
    content = {
        "patients": [patients[0], _newcomer(code), *patients[1:], _doctors_phone(district)],
        "staff": [_staff(worker) for worker in district.workers],
    }
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1))
    draft.replace(path)


def _patient(villager: Villager) -> dict[str, str]:
    user = str(villager.user)
    holder = villager.parent or villager
    return {"user": user, "name": holder.name, "about": ABOUT[user]}


def _newcomer(code: str) -> dict[str, str]:
    name = next(v.name for v in VILLAGERS if Part.NEWCOMER in v.parts)
    about = f"新患者，手机还没绑定；绑定码 {code}（24 小时内有效，过期由医生再发）"
    return {"user": NEWCOMER_USER, "name": name, "about": about}


def _doctors_phone(district: District) -> dict[str, str]:
    name = f"{district.workers[0].person.name}医生的手机"
    return {"user": DOCTORS_PHONE, "name": name, "about": "用来扫码登录电脑端"}


def _staff(worker: Worker) -> dict[str, str]:
    person = worker.person
    return {
        "username": person.username,
        "password": worker.password,
        "totp_secret": worker.totp_secret,
        "name": person.name,
        "about": person.about,
    }
