"""Mini Program codes: a QR code that opens the page in the preview."""

import io
import re
from typing import Any
from urllib.parse import quote

import segno
from fastapi import Request, Response
from PIL import Image

from scripts.wechat_standin.server import Refused, Standin, json_body
from scripts.wechat_standin.tokens import require_token

SCENE_MAX = 32
WIDTHS = range(280, 1281)
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
ENV_VERSIONS = frozenset({"release", "trial", "develop"})
QUIET_ZONE = 4


async def unlimited_code(standin: Standin, request: Request) -> Response:
    require_token(standin, request)
    body = await _body(request)
    scene, page = _scene(body), _page(standin, body)
    width = body.get("width", 430)
    if not isinstance(width, int) or width not in WIDTHS:
        raise Refused(40097, "invalid args")
    if body.get("env_version", "release") not in ENV_VERSIONS:
        raise Refused(40097, "invalid args")
    url = preview_url(standin.config.h5_base, page, scene)
    return Response(draw(url, width), media_type="image/jpeg")


def preview_url(h5_base: str, page: str, scene: str) -> str:
    """Encode the scene as WeChat does: the page must decodeURIComponent it."""
    return f"{h5_base}#/{page}?scene={quote(scene, safe='')}"


def draw(content: str, width: int) -> bytes:
    rows = segno.make(content, error="m", micro=False).matrix_iter(border=QUIET_ZONE)
    modules = [[0 if dark else 255 for dark in row] for row in rows]
    side = len(modules)
    small = Image.frombytes("L", (side, side), bytes(shade for row in modules for shade in row))
    jpeg = io.BytesIO()
    small.resize((width, width), Image.Resampling.NEAREST).save(jpeg, "JPEG", quality=90)
    return jpeg.getvalue()


async def _body(request: Request) -> dict[str, Any]:
    try:
        return await json_body(request)
    except Refused as refused:
        if refused.errcode in (44002, 47001):
            raise _bad_scene_length() from None
        raise


def _scene(body: dict[str, Any]) -> str:
    scene = body.get("scene")
    if not isinstance(scene, str) or not 1 <= len(scene) <= SCENE_MAX:
        raise _bad_scene_length()
    if not _SCENE.fullmatch(scene):
        raise Refused(40129, "invalid scene")
    return scene


def _page(standin: Standin, body: dict[str, Any]) -> str:
    page = body.get("page") or "pages/today/index"
    is_path = isinstance(page, str) and not page.startswith("/") and "?" not in page
    is_known = page in standin.config.pages or body.get("check_path") is False
    if not (is_path and is_known):
        raise Refused(41030, "invalid page")
    return str(page)


def _bad_scene_length() -> Refused:
    return Refused(40169, "invalid length for scene, or the data is not json string")
