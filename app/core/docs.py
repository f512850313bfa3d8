"""The API's own documentation, with assets of ours, and tables of what the code declares."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from app.core import documented
from app.core.access import PUBLIC
from app.core.documented import Table
from app.core.state import AppFeatures, AppSettings

PAGES = {
    "/docs/settings": "环境变量",
    "/docs/problems": "错误类型",
    "/docs/jobs": "后台任务",
    "/docs/vocabulary": "词表",
}
# Plain links: our style sheet and Swagger's do not bear each other.
LINKS = " · ".join(
    f'<a href="{href}">{word}</a>' for href, word in {"/staff": "回到电脑端", **PAGES}.items()
)
PAGE = f"""<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>微步之约 · 接口文档</title>
    <link rel="icon" href="/static/favicon.svg">
    <link rel="stylesheet" href="/static/vendor/swagger-ui.css">
  </head>
  <body>
    <nav aria-label="文档">{LINKS}</nav>
    <div id="docs"></div>
    <script src="/static/vendor/swagger-ui-bundle.js"></script>
    <script src="/static/docs.js"></script>
  </body>
</html>
"""

router = APIRouter(dependencies=[PUBLIC], include_in_schema=False)


def _show(request: Request, tables: Sequence[Table]) -> Response:
    environment: Environment = request.app.state.environment
    page = environment.get_template("docs.html")
    return HTMLResponse(page.render(tables=tables, pages=PAGES, here=request.scope["path"]))


@router.get("/docs")
async def read_docs() -> Response:
    return HTMLResponse(PAGE)


@router.get("/docs/settings")
async def show_settings(request: Request) -> Response:
    """Show names, defaults and meanings; never a value of this system."""
    return _show(request, [documented.settings_table()])


@router.get("/docs/problems")
async def show_problems(request: Request) -> Response:
    return _show(request, [documented.problems_table()])


@router.get("/docs/jobs")
async def show_jobs(request: Request, features: AppFeatures) -> Response:
    return _show(request, [documented.jobs_table(features)])


@router.get("/docs/vocabulary")
async def show_vocabulary(
    request: Request, features: AppFeatures, settings: AppSettings
) -> Response:
    return _show(request, documented.vocabulary_tables(features, settings))
