"""What a person is asked to agree to, as data: one document a purpose, each with its version."""

from dataclasses import dataclass

from app.accounts.models import ConsentPurpose

EDITION = "2026-11"

HEALTH_RECORD = """
为了让您的家庭医生团队照看您按时吃药，我们需要记录您的健康信息。请看清楚，再决定同不同意。

记录什么：您的姓名、性别、出生日期、手机号（身份证号和体重可以不给），您的病种、用药计划、
每次吃药的情况，以及您自己报告的不舒服。健康信息是敏感个人信息，只用来照看您的治疗。

谁能看：只有照看您的医生团队，以及负责检查他们工作的上级医疗机构督导。每一次查看都会记下来，
您可以在“我的”里查到是谁、什么时候看的。我们不卖您的信息，也不给广告商。

怎么保护：姓名、手机号、身份证号加密保存；发给您的提醒不会写出病名。

存多久：治疗期间一直保存。治疗结束或您注销以后，病历按国家对病历保存年限的规定保存，
不再用于别的事。

您可以随时在“我的”里查看和导出自己的全部记录、撤回同意、注销账号，不用说明理由；记错了可以请医生更正。
撤回以后，我们不再通过手机为您服务，医生仍会按普通门诊照看您。

不同意也可以：不影响您在卫生院看病拿药，只是不能用手机来记录。
"""

VIDEO_OBSERVATION = """
医生想看到您确实把药吃下去了。以前要您到卫生院当面吃，现在可以自己拍一段视频代替。

拍什么：每次最长 60 秒，只在您按下拍摄时用手机前面的镜头录，会拍到您的脸、药片和声音。
不会从相册里取东西，也不会在您不知道的时候录。请在您方便的地方拍。

谁能看：只有照看您的医生团队和上级督导。少量视频会由第二位医生再看一遍，检查审核得准不准。
每一次观看都会记下来，您可以在“我的”里查到。视频不会公开，也不会用来训练别的系统。

存多久：审核以后 {retention_days} 天自动删除视频。几张小的画面截图和“已看到服药”这样的结论，
会作为服药记录留在病历里。

怎么撤回：在“我的”里撤回这份同意，马上生效，不用说明理由。撤回以后不再拍新的视频；
已经拍好的视频按上面的期限删除，如要提前删除，请告诉您的医生。

不同意或撤回都不影响您的治疗：您可以改为到卫生院当面服药，或者自己报告服药情况。
"""


@dataclass(frozen=True)
class ConsentDocument:
    """The version changes with every fact in the text, so an old yes never covers a new promise."""

    purpose: ConsentPurpose
    version: str
    title: str
    paragraphs: list[str]
    required: bool


def _paragraphs(text: str) -> list[str]:
    return [part.replace("\n", "") for part in text.strip().split("\n\n")]


def documents(retention_days: int) -> list[ConsentDocument]:
    return [
        ConsentDocument(
            ConsentPurpose.HEALTH_RECORD,
            EDITION,
            "健康档案知情同意书",
            _paragraphs(HEALTH_RECORD),
            required=True,
        ),
        ConsentDocument(
            ConsentPurpose.VIDEO_OBSERVATION,
            f"{EDITION}-{retention_days}",
            "拍摄服药视频知情同意书",
            _paragraphs(VIDEO_OBSERVATION.format(retention_days=retention_days)),
            required=False,
        ),
    ]
