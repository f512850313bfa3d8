"""Why an announced upload is refused before a byte of it is sent."""

from app.core.problems import Problem


class MediaTypeUnknown(Problem):
    type, title, status = "media-type-unknown", "不支持这种文件格式，请换一个再试。", 422


class MediaTooLarge(Problem):
    type, title, status = "media-too-large", "文件太大，请换一个小一点的再试。", 422
