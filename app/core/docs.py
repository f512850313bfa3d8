"""The API's own documentation page, with assets of ours: no other host is asked."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from app.core.access import PUBLIC

PAGE = """<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>微步之约 · 接口文档</title>
    <link rel="icon" href="/static/favicon.svg">
    <link rel="stylesheet" href="/static/vendor/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/static/vendor/swagger-ui-bundle.js"></script>
    <script src="/static/docs.js"></script>
  </body>
</html>
"""

router = APIRouter(dependencies=[PUBLIC], include_in_schema=False)


@router.get("/docs")
async def read_docs() -> Response:
    return HTMLResponse(PAGE)
