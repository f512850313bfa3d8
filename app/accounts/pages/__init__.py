"""PC pages of accounts: logging in, and one's own account."""

from fastapi import APIRouter

from app.accounts.pages import account, login

router = APIRouter(include_in_schema=False)
router.include_router(login.router, prefix="/staff")
router.include_router(account.router, prefix="/staff")
