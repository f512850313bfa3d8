"""Who lives and works in the demonstration district. Every name, number and place is invented."""

from dataclasses import dataclass
from enum import StrEnum

from app.accounts.models import Role
from app.institutions.models import AbsenceReason, Tier, Title
from app.patients.models import Condition, GuardianRelation, Sex


@dataclass(frozen=True, slots=True)
class Place:
    key: str
    parent: str | None
    tier: Tier
    name: str
    address: str
    team: str | None = None

    @property
    def phone(self) -> str:
        """Invented, as 0000 begins no number."""
        return f"0230000{1000 + 37 * len(self.key) + sum(map(ord, self.key)):04d}"

    @property
    def team_phone(self) -> str:
        """The mobile phone that the team passes on; no number begins with 190 0000."""
        return f"1900000{8000 + sum(map(ord, self.key)):04d}"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff; `teams` are keys of places that have one."""

    username: str
    name: str
    title: Title
    place: str
    roles: tuple[Role, ...]
    teams: tuple[str, ...] = ()
    about: str = ""


class Habit(StrEnum):
    """How a patient takes the tablets; the words of the demonstration, not of the system."""

    STEADY = "steady"
    GOOD = "good"
    SLIPPING = "slipping"
    LOST = "lost"
    REPORTS = "reports"
    SELDOM = "seldom"
    BY_HAND = "by_hand"


class Part(StrEnum):
    """What is played by this patient just now."""

    OPEN = "open"
    REJECTED = "rejected"
    UPLOADING = "uploading"
    PROCESSING = "processing"
    REPLAY = "replay"
    WRONG_CODE = "wrong_code"
    CLOCK_OFF = "clock_off"
    LATE = "late"
    DARK = "dark"
    SHORT = "short"
    STILL = "still"
    SEVERE = "severe"
    NOT_A_FILM = "not_a_film"
    HELD = "held"
    MOVED = "moved"
    STOPPED = "stopped"
    CURED = "cured"
    EDITED = "edited"
    NEWCOMER = "newcomer"
    TWIN = "twin"


@dataclass(frozen=True, slots=True)
class Leave:
    """Days from today (before it: below nought) on which `who` is away, both included."""

    who: str
    from_day: int
    to_day: int
    stand_in: str
    reason: AbsenceReason
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """The guardian of a child, who holds the phone that acts for it."""

    name: str
    relation: GuardianRelation


@dataclass(frozen=True, slots=True)
class Villager:
    """A patient; with `user` also the phone that the stand-in plays: a guardian's, if there is one.

    `birthday_days` ago was the last birthday; without it any day of the year, and with
    `born_in_some_year` nobody knows which.
    """

    name: str
    sex: Sex
    age: int
    weight_kg: int
    team: str
    conditions: tuple[Condition, ...]
    habit: Habit
    days_on: int
    user: str | None = None
    parts: tuple[Part, ...] = ()
    zone: str = "Asia/Shanghai"
    parent: Parent | None = None
    birthday_days: int | None = None
    born_in_some_year: bool = False
    passport: str | None = None

    @property
    def takes_at_night(self) -> bool:
        """Some take the tablets after work: their films fill the queue of the next morning."""
        return self.weight_kg % 3 == 0

    @property
    def films(self) -> bool:
        filming = {Habit.STEADY, Habit.GOOD, Habit.SLIPPING, Habit.LOST}
        return self.user is not None and self.habit in filming


OFFICE_HOURS = {str(day): ["08:00-12:00", "14:00-17:30"] for day in range(1, 6)}
HOURS = {
    Tier.VILLAGE_CLINIC: {str(day): ["08:00-12:00", "14:00-18:00"] for day in range(1, 8)},
    Tier.TOWNSHIP_CENTRE: OFFICE_HOURS | {"6": ["08:30-12:00"]},
    Tier.CENTRAL_TOWNSHIP_HOSPITAL: OFFICE_HOURS | {"6": ["08:30-12:00"]},
    Tier.DISTRICT_HOSPITAL: OFFICE_HOURS,
}
ON_CALL = {"district": "02300000120", "zhuxi": "02300000995"}
LEAVES = (
    Leave("wuxiaoyan", -33, -31, "lixiuying", AbsenceReason.SICK, "发烧"),
    Leave("zhouyonggui", -1, 3, "lixiuying", AbsenceReason.LEAVE, "女儿结婚"),
)

DISTRICT, CENTRAL, TOWNSHIP, VILLAGE = (
    Tier.DISTRICT_HOSPITAL,
    Tier.CENTRAL_TOWNSHIP_HOSPITAL,
    Tier.TOWNSHIP_CENTRE,
    Tier.VILLAGE_CLINIC,
)

PLACES = (
    Place("district", None, DISTRICT, "清荣区人民医院", "清荣区人民路88号"),
    Place(
        "shitan", "district", CENTRAL, "石滩中心卫生院", "清荣区石滩镇正街21号", "石滩家庭医生团队"
    ),
    Place(
        "gudu", "district", CENTRAL, "古渡中心卫生院", "清荣区古渡镇河坝街6号", "古渡家庭医生团队"
    ),
    Place(
        "zhuxi", "shitan", TOWNSHIP, "竹溪镇卫生院", "清荣区竹溪镇竹海路15号", "竹溪家庭医生团队"
    ),
    Place("baihe", "shitan", TOWNSHIP, "白鹤镇卫生院", "清荣区白鹤镇新街40号", "白鹤家庭医生团队"),
    Place("longjing", "gudu", TOWNSHIP, "龙井乡卫生院", "清荣区龙井乡场口3号", "龙井家庭医生团队"),
    Place("taoping", "gudu", TOWNSHIP, "桃坪镇卫生院", "清荣区桃坪镇桃园路9号", "桃坪家庭医生团队"),
    Place("liuwan", "zhuxi", VILLAGE, "竹溪镇柳湾村卫生室", "竹溪镇柳湾村2组，村委会旁"),
    Place("huangni", "zhuxi", VILLAGE, "竹溪镇黄泥村卫生室", "竹溪镇黄泥村4组，小学对面"),
    Place("hezui", "baihe", VILLAGE, "白鹤镇鹤嘴村卫生室", "白鹤镇鹤嘴村1组，渡口旁"),
    Place("shipan", "longjing", VILLAGE, "龙井乡石盘村卫生室", "龙井乡石盘村3组"),
    Place("fenglin", "taoping", VILLAGE, "桃坪镇枫林村卫生室", "桃坪镇枫林村5组，公路边"),
    Place("datian", "taoping", VILLAGE, "桃坪镇大田村卫生室", "桃坪镇大田村2组"),
)

DOCTOR = (Role.DOCTOR,)
VILLAGE_DOCTOR, FAMILY_DOCTOR, NURSE = Title.VILLAGE_DOCTOR, Title.FAMILY_DOCTOR, Title.NURSE
BOTH = (Role.DOCTOR, Role.SUPERVISOR)

STAFF = (
    Person(
        "chenlixin",
        "陈立新",
        FAMILY_DOCTOR,
        "zhuxi",
        DOCTOR,
        ("zhuxi", "baihe"),
        about="家庭医生，竹溪、白鹤两个团队，审核视频最多",
    ),
    Person(
        "tanyulan",
        "谭玉兰",
        Title.TB_SUPERVISOR,
        "shitan",
        BOTH,
        ("shitan",),
        about="镇级督导，石滩中心卫生院及下级",
    ),
    Person(
        "xuguoqiang",
        "徐国强",
        Title.TB_SUPERVISOR,
        "district",
        (Role.SUPERVISOR,),
        about="区级督导，看全区",
    ),
    Person(
        "zhengmin",
        "郑敏",
        Title.ADMINISTRATOR,
        "district",
        (Role.OPERATOR,),
        about="管理员，管机构和账号，看不到病历",
    ),
    Person(
        "lixiuying",
        "李秀英",
        VILLAGE_DOCTOR,
        "liuwan",
        DOCTOR,
        ("zhuxi",),
        about="村医，柳湾村，替休假的周永贵代班；不能恢复或结束治疗",
    ),
    Person(
        "wuxiaoyan",
        "吴晓燕",
        NURSE,
        "zhuxi",
        DOCTOR,
        ("zhuxi",),
        about="护士，竹溪镇卫生院；能暂停、不能恢复服药",
    ),
    Person(
        "zhouyonggui",
        "周永贵",
        VILLAGE_DOCTOR,
        "huangni",
        DOCTOR,
        ("zhuxi",),
        "村医，黄泥村，正在休假",
    ),
    Person("hewentao", "何文涛", FAMILY_DOCTOR, "baihe", DOCTOR, ("baihe",), "家庭医生，白鹤镇"),
    Person("tangguifang", "唐桂芳", VILLAGE_DOCTOR, "hezui", DOCTOR, ("baihe",), "村医，鹤嘴村"),
    Person(
        "jiangming", "蒋明", FAMILY_DOCTOR, "longjing", DOCTOR, ("longjing",), "家庭医生，龙井乡"
    ),
    Person("fengchunmei", "冯春梅", NURSE, "shipan", DOCTOR, ("longjing",), "护士，石盘村"),
    Person(
        "luojianjun", "罗建军", FAMILY_DOCTOR, "taoping", DOCTOR, ("taoping",), "家庭医生，桃坪镇"
    ),
    Person("pengzhiyuan", "彭志远", FAMILY_DOCTOR, "gudu", BOTH, ("gudu",), "家庭医生兼督导，古渡"),
    Person(
        "dengxiaoqin",
        "邓小琴",
        NURSE,
        "shitan",
        (Role.RECORDS_CLERK,),
        about="病案录入员，石滩中心卫生院，看不到患者",
    ),
)

M, F = Sex.MALE, Sex.FEMALE
TB, BP, DM = (Condition.TUBERCULOSIS,), (Condition.HYPERTENSION,), (Condition.DIABETES,)
TB_DM = (Condition.TUBERCULOSIS, Condition.DIABETES)
BP_DM = (Condition.HYPERTENSION, Condition.DIABETES)

FILMING = (
    Villager("张国华", M, 63, 58, "zhuxi", TB, Habit.GOOD, 66, "zhangguohua", (Part.OPEN,)),
    Villager("刘桂兰", F, 58, 51, "zhuxi", TB, Habit.GOOD, 61, "liuguilan", (Part.REJECTED,)),
    Villager("杨德明", M, 70, 55, "zhuxi", TB, Habit.STEADY, 75, "yangdeming", (Part.PROCESSING,)),
    Villager("黄素珍", F, 66, 47, "zhuxi", TB, Habit.SLIPPING, 70, "huangsuzhen", (Part.DARK,)),
    Villager("赵长林", M, 52, 66, "zhuxi", TB_DM, Habit.STEADY, 62, "zhaochanglin", (Part.REPLAY,)),
    Villager("周世芬", F, 73, 44, "zhuxi", TB, Habit.STEADY, 88, "zhoushifen", (Part.EDITED,)),
    Villager("吴兴贵", M, 48, 72, "zhuxi", TB, Habit.LOST, 68, "wuxinggui"),
    Villager("徐大全", M, 61, 60, "zhuxi", TB, Habit.GOOD, 64, "xudaquan", (Part.WRONG_CODE,)),
    Villager(
        "孙玉琼",
        F,
        55,
        53,
        "zhuxi",
        TB,
        Habit.STEADY,
        63,
        "sunyuqiong",
        (Part.SHORT, Part.CLOCK_OFF),
    ),
    Villager(
        "胡正刚",
        M,
        67,
        59,
        "zhuxi",
        TB,
        Habit.GOOD,
        72,
        "huzhenggang",
        (Part.HELD, Part.PROCESSING),
    ),
    Villager("朱明秀", F, 60, 49, "zhuxi", TB, Habit.STEADY, 65, "zhumingxiu", (Part.STILL,)),
    Villager("高云山", M, 45, 70, "baihe", TB, Habit.GOOD, 69, "gaoyunshan", (Part.UPLOADING,)),
    Villager("林秀华", F, 64, 52, "baihe", TB, Habit.STEADY, 67, "linxiuhua", (Part.LATE,)),
    Villager(
        "何永福",
        M,
        50,
        68,
        "baihe",
        TB,
        Habit.GOOD,
        62,
        "heyongfu",
        (Part.OPEN,),
        zone="Asia/Urumqi",
    ),
    Villager("郭天寿", M, 76, 54, "baihe", TB, Habit.STEADY, 190, "guotianshou", (Part.CURED,)),
    Villager("马秋菊", F, 57, 50, "longjing", TB, Habit.SLIPPING, 71, "maqiuju", (Part.SEVERE,)),
    Villager(
        "罗启明",
        M,
        69,
        57,
        "taoping",
        TB,
        Habit.GOOD,
        140,  # a dose moves at most sixty days, and only behind the course is a day free
        "luoqiming",
        parts=(Part.NOT_A_FILM, Part.MOVED),
    ),
)

REPORTING = (
    Villager("梁淑芳", F, 62, 56, "zhuxi", BP, Habit.REPORTS, 90, "liangshufang"),
    Villager("宋家有", M, 71, 64, "zhuxi", BP, Habit.REPORTS, 82, "songjiayou"),
    Villager("郑菊英", F, 54, 60, "zhuxi", DM, Habit.REPORTS, 77, "zhengjuying"),
    Villager("谢光荣", M, 59, 73, "zhuxi", BP_DM, Habit.SELDOM, 85, "xieguangrong", (Part.TWIN,)),
    Villager("韩立群", M, 65, 67, "baihe", BP, Habit.REPORTS, 64, "hanliqun"),
    Villager("唐世碧", F, 68, 58, "baihe", DM, Habit.REPORTS, 70, "tangshibi"),
    Villager("冯元清", M, 74, 61, "longjing", BP, Habit.SELDOM, 95, "fengyuanqing"),
    Villager("于成秀", F, 63, 55, "longjing", DM, Habit.REPORTS, 66, "yuchengxiu"),
    Villager("董文斌", M, 49, 78, "taoping", BP, Habit.REPORTS, 61, "dongwenbin"),
    Villager("萧桂香", F, 70, 52, "taoping", DM, Habit.SELDOM, 80, "xiaoguixiang"),
    Villager("程有才", M, 66, 65, "gudu", BP, Habit.REPORTS, 73, "chengyoucai"),
    Villager("曹碧云", F, 56, 59, "gudu", DM, Habit.REPORTS, 68, "caobiyun"),
    Villager("袁治平", M, 60, 70, "shitan", BP, Habit.REPORTS, 79, "yuanzhiping"),
)

BY_HAND = (
    Villager("邓福珍", F, 78, 46, "zhuxi", TB, Habit.BY_HAND, 64),
    Villager("许昌义", M, 81, 53, "zhuxi", BP, Habit.BY_HAND, 92),
    Villager("傅素清", F, 75, 50, "zhuxi", BP, Habit.SELDOM, 71),
    Villager("沈德贵", M, 72, 57, "baihe", TB, Habit.BY_HAND, 67, None, (Part.STOPPED,)),
    Villager("曾广玉", F, 79, 45, "baihe", DM, Habit.BY_HAND, 83),
    Villager("彭兴华", M, 64, 62, "longjing", TB, Habit.BY_HAND, 63),
    Villager("吕秀蓉", F, 82, 43, "longjing", BP, Habit.BY_HAND, 100, born_in_some_year=True),
    Villager("苏正国", M, 77, 58, "longjing", BP, Habit.SELDOM, 76),
    Villager("卢安民", M, 68, 60, "taoping", TB, Habit.BY_HAND, 65),
    Villager("蒋玉梅", F, 73, 54, "taoping", BP, Habit.BY_HAND, 88),
    Villager("蔡光明", M, 70, 66, "taoping", DM, Habit.BY_HAND, 69),
    Villager("贾桂英", F, 76, 49, "gudu", BP, Habit.BY_HAND, 94, passport="E00000094"),
    Villager("丁世昌", M, 65, 63, "gudu", TB, Habit.BY_HAND, 62),
    Villager("魏淑贞", F, 71, 51, "shitan", BP, Habit.BY_HAND, 78),
    Villager("库尔班·热合曼", M, 69, 68, "shitan", DM, Habit.SELDOM, 72),
    Villager(
        "罗小燕",
        F,
        13,
        41,
        "zhuxi",
        TB,
        Habit.GOOD,
        33,
        "chenjing",
        parent=Parent("陈静", GuardianRelation.MOTHER),
        birthday_days=150,
    ),
    Villager(
        "周子豪",
        M,
        14,
        47,
        "baihe",
        TB,
        Habit.STEADY,
        52,
        "zhoujiafu",
        parent=Parent("周家富", GuardianRelation.GRANDPARENT),
        birthday_days=9,
    ),
    Villager("王春桃", F, 59, 55, "zhuxi", TB, Habit.SELDOM, 0, None, (Part.NEWCOMER,)),
)

VILLAGERS = FILMING + REPORTING + BY_HAND
NEWCOMER_USER = "wangchuntao"
DOCTORS_PHONE = "doctor-chenlixin"
