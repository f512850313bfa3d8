"""Where things are; everything that the scripts make is under `.weibu/`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MINIPROGRAM = ROOT / "miniprogram"
STATE = ROOT / ".weibu"
LOGS = STATE / "logs"
STAMPS = STATE / "stamps"
VENV = STATE / "venv"
PYTHON = VENV / "bin/python"
ACCOUNTS = STATE / "accounts.json"
SETTINGS = STATE / "dev.env"
