"""The consent to be filmed while taking a dose."""

from app.core.consents import ConsentDocument, paragraphs_of
from app.core.settings import Settings

PURPOSE = "video_observation"
EDITION = "2026-11b"

TEXT = """
医生想看到您确实把药吃下去了。以前要您到卫生院当面吃，现在可以自己拍一段视频代替。

拍什么：每次最长 60 秒，只在您按下拍摄时用手机前面的镜头录，会拍到您的脸、药片和声音。
不会从相册里取东西，也不会在您不知道的时候录。请在您方便的地方拍。

谁能看：只有照看您的医生团队和上级督导。少量视频会由第二位医生再看一遍，检查审核得准不准。
每一次观看都会记下来，您可以在“我的”里查到。视频不会公开，也不会用来训练别的系统。

存多久：审核以后 {retention_days} 天自动删除视频。几张小的画面截图和“已看到服药”这样的结论，
会作为服药记录留在病历里。

怎么撤回：在“我的”里撤回这份同意，马上生效，不用说明理由。撤回以后不再拍新的视频，
还没审核的视频不再给人看，马上删除；已经审核过的视频按上面的期限删除，如要提前删除，请告诉您的医生。

不同意或撤回都不影响您的治疗：您可以改为到卫生院当面服药，或者自己报告服药情况。
"""


def documents(settings: Settings) -> list[ConsentDocument]:
    days = settings.video_retention_days
    text = TEXT.format(retention_days=days)
    title = "拍摄服药视频知情同意书"
    return [
        ConsentDocument(PURPOSE, f"{EDITION}-{days}", title, paragraphs_of(text), required=False)
    ]
