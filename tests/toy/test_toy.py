"""One package and one line in each list make a domain; breaking a rule turns a test red."""

from pathlib import Path

import pytest

from tests.toy.house import Line, add, build, run, run_contracts, run_tests

ACCESS, ARCHITECTURE = "tests/test_access.py", "tests/test_architecture.py"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture
def other_house(tmp_path: Path) -> Path:
    """One to break."""
    return build(tmp_path)


def test_everything_that_the_toy_brings_is_alive(house: Path) -> None:
    result = run_tests(
        house, "tests/test_toy_in_the_house.py", "tests/test_access.py", ARCHITECTURE
    )

    assert result.returncode == 0, result.stdout[-4000:]


def test_imports_stand_in_their_floors(house: Path) -> None:
    result = run_contracts(house)

    assert result.returncode == 0, result.stdout[-2000:]


FORBIDDEN = {
    "a sister": "from app.medication import rules as _rules  # noqa: F401\n",
    "the edge from below": "from app.toy import routes as _routes  # noqa: F401\n",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_an_import_that_is_not_allowed_breaks_a_contract(other_house: Path, what: str) -> None:
    add(other_house, Line("app/toy/queries.py", "from app.accounts.access import StaffActor\n",
                          FORBIDDEN[what]))  # fmt: skip

    result = run_contracts(other_house)

    assert result.returncode != 0
    assert "BROKEN" in result.stdout


MANIFEST, WORDS = "app/toy/feature.py", "app/toy/words.py"
CONTRADICTIONS = {
    "an event that nobody publishes": Line(MANIFEST, 'listens={"patients.moved', "_far"),
    "an alert kind declared twice": Line(MANIFEST, "alert_kinds=(DRY,", " DRY,"),
    "a word that another domain has": Line(
        WORDS, "marks={", '"binding": {"bound": Mark("check", "x", "ok")}, '
    ),
    "a listener that is no job of its own": Line(MANIFEST, '"toy.patient_moved', "_away"),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_contradiction_stops_the_start(other_house: Path, what: str) -> None:
    add(other_house, CONTRADICTIONS[what])

    result = run(other_house, "-c", "import app.features")

    assert result.returncode != 0
    assert "declared twice" in result.stderr or "ManifestError" in result.stderr


UNPAGED = """

@router.get("/all", response_model=list[CupsRead])
async def all_cups(patient: OwnPatient) -> Any:
    return []


"""
BROKEN_RULES = {
    "test_only_the_edge_commits": Line(
        "app/toy/service.py", "    at, on = clock.now()", ", await session.commit()"
    ),
    "test_every_job_enqueued_is_declared": Line(
        "app/toy/jobs.py",
        "        await service.forget(session, UUID(patient_id))\n",
        '        await enqueue(session, "toy.nobody_does_it")\n',
    ),
    "test_lists_are_pages": Line("app/toy/routes.py", 'tags=["toy"])\n', UNPAGED),
    "test_migrations_are_one_line_and_in_step_with_the_models": Line(
        "app/toy/models.py", "    cups: Mapped[int]\n", "    sugar: Mapped[int]\n"
    ),
    "test_the_table_is_what_the_code_declares": Line(
        "app/toy/routes.py", '@router.post("/cups', "/of-water"
    ),
}


def test_breaking_the_rules_of_the_house_turns_tests_red(other_house: Path) -> None:
    """All at once, because each run of the tests starts its own engines."""
    for line in BROKEN_RULES.values():
        add(other_house, line)

    result = run_tests(other_house, ARCHITECTURE, ACCESS)

    red = {name for name in BROKEN_RULES if f"::{name}" in result.stdout}
    assert red == BROKEN_RULES.keys(), result.stdout[-4000:]
