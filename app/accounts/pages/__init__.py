"""PC pages of accounts: logging in, and one's own account."""

from fastapi import APIRouter

from app.accounts.pages import account, login

router = APIRouter()
router.include_router(login.router)
router.include_router(account.router)
