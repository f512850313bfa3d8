"""Writes miniprogram/src/api/schema.gen.ts from the application's OpenAPI document."""

import difflib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.core.settings import Settings
from app.main import create_app
from scripts.dev import settings_file
from scripts.dev.paths import MINIPROGRAM
from scripts.dev.processes import SetupError
from scripts.dev.surroundings import surroundings
from scripts.dev.terminal import run_script, say

TYPES = MINIPROGRAM / "src/api/schema.gen.ts"


def main() -> int:
    made = _types_of(document())
    if "--check" in sys.argv[1:]:
        _compare(made)
        return 0
    TYPES.write_text(made)
    say(f"Wrote {TYPES}")
    return 0


def document() -> dict[str, Any]:
    """Nothing is connected to: the document follows from the code alone."""
    where = settings_file.addresses("127.0.0.1", 8000, "http://127.0.0.1:8001", Path("none"))
    made_up = settings_file.make_secrets() | where
    made_up["DATABASE_URL"] = "postgresql+psycopg://nowhere/none"
    made_up["S3_ENDPOINT"] = made_up["S3_PUBLIC_ENDPOINT"] = "http://127.0.0.1:9"
    fields: dict[str, Any] = {name.lower(): value for name, value in made_up.items()}
    fields["field_keys"] = json.loads(made_up["FIELD_KEYS"])
    return create_app(Settings(**fields)).openapi()


def _types_of(document: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory(prefix="weibu-openapi-") as place:
        source, target = Path(place) / "openapi.json", Path(place) / "schema.gen.ts"
        source.write_text(json.dumps(document, ensure_ascii=False, sort_keys=True))
        generate = ["npm", "run", "--silent", "openapi", "--", str(source), "--output", str(target)]
        ran = subprocess.run(
            generate,
            cwd=MINIPROGRAM,
            env=surroundings(),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise SetupError(f"The types could not be generated: {ran.stderr or ran.stdout}")
        return target.read_text()


def _compare(made: str) -> None:
    committed = TYPES.read_text() if TYPES.exists() else ""
    if made == committed:
        return
    lines = (committed.splitlines(), made.splitlines())
    difference = list(difflib.unified_diff(*lines, "committed", "from the application", n=1))
    raise SetupError(
        f"{TYPES.name} is behind the application; run scripts/openapi and commit it.\n"
        + "\n".join(difference[:40])
    )


if __name__ == "__main__":
    sys.exit(run_script("openapi", main))
