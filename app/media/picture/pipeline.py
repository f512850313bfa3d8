"""Decode one picture wholly and write it anew; runs in the child process only."""

import io
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.media.picture.problems import PictureProblem, PictureRejected
from app.media.picture.report import PictureLimits, PictureReport

FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 88
_WHITE = (255, 255, 255)


def examine(source: Path, workdir: Path, limits: PictureLimits) -> PictureReport:
    size = source.stat().st_size
    if size == 0:
        raise PictureRejected(PictureProblem.EMPTY)
    if size > limits.max_bytes:
        raise PictureRejected(PictureProblem.TOO_LARGE)
    picture = _upright(_decoded(source, limits))
    picture.thumbnail((limits.longest_side, limits.longest_side))
    small = picture.copy()
    small.thumbnail((limits.thumbnail_side, limits.thumbnail_side))
    return PictureReport(
        picture=_written(picture, workdir / "picture.jpg"),
        thumbnail=_written(small, workdir / "small.jpg"),
        width=picture.width,
        height=picture.height,
    )


def _decoded(source: Path, limits: PictureLimits) -> Image.Image:
    """Believe the header only as far as to refuse what would be too much to decode."""
    Image.MAX_IMAGE_PIXELS = None  # the bound is ours, and below
    try:
        picture = Image.open(source, formats=FORMATS)
    except (UnidentifiedImageError, SyntaxError, ValueError):
        raise PictureRejected(PictureProblem.NOT_A_PICTURE) from None
    if picture.width * picture.height > limits.max_pixels:
        raise PictureRejected(PictureProblem.TOO_MANY_PIXELS)
    picture.draft("RGB", (limits.longest_side, limits.longest_side))  # a JPEG decodes smaller
    try:
        picture.load()
    except OSError as error:
        if error.errno is not None:  # of the system: memory or disk, told by the caller
            raise
        cut = "truncated" in str(error)
        problem = PictureProblem.TRUNCATED if cut else PictureProblem.UNDECODABLE
        raise PictureRejected(problem) from None
    except (SyntaxError, ValueError, IndexError):
        raise PictureRejected(PictureProblem.UNDECODABLE) from None
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """Turn it as its camera was held, on white where it is transparent, in the usual colours."""
    profile = picture.info.get("icc_profile")
    turned = ImageOps.exif_transpose(picture)
    if turned.has_transparency_data:
        layer = turned.convert("RGBA")
        turned = Image.new("RGB", layer.size, _WHITE)
        turned.paste(layer, mask=layer.getchannel("A"))
    return _in_srgb(turned.convert("RGB"), profile)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones take pictures in wider colours; read as sRGB, a rash would look paler than it is."""
    if not profile:
        return picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        usual = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, own, usual, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile, or one of another mode
        return picture
    return converted or picture


def _written(picture: Image.Image, to: Path) -> Path:
    """Write pixels only: where and with what it was taken stays with whoever took it."""
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    bare.save(to, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return to
