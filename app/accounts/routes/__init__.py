"""JSON edge of accounts, and the address that WeChat itself calls."""

from fastapi import APIRouter

from app.accounts.routes import client_errors, consents, wechat_push

router = APIRouter()
for part in (client_errors, consents, wechat_push):
    router.include_router(part.router)
