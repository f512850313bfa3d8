"""What is measured: what each operation needs before, its calls, how it is undone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from scripts.benchmark import world as calls
from scripts.benchmark.setting import Scene, film_key
from scripts.benchmark.world import DOCTORS, Call, World

Put = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Share:
    """The patients (or teams) that one party may use up."""

    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Operation:
    """`repeats`: the same calls may be made again, so a round is bounded in time."""

    name: str
    repeats: bool
    draw: Callable[[World, Random, int, int], list[Share]]
    prepare: Callable[[Scene, Share, Put], None]
    calls: Callable[[World, Share], list[Call]]
    undo: Callable[[Scene, Share], None]


def _nothing(*_: object) -> None:
    return None


def _patients(world: World, rng: Random, parties: int, count: int) -> list[Share]:
    drawn = world.some(parties * count, rng)
    return [Share(drawn[n * count : (n + 1) * count]) for n in range(parties)]


def _same_patients(world: World, rng: Random, parties: int, count: int) -> list[Share]:
    return [Share(world.some(min(count, world.patients), rng))] * parties


def _filming(world: World, rng: Random, parties: int, count: int) -> list[Share]:
    return [Share(world.some(min(count, world.patients // 10), rng, step=10))] * parties


def _teams(world: World, _rng: Random, parties: int, _count: int) -> list[Share]:
    """Another team for each where there are so many; the queue of one is used up otherwise."""
    return [Share([n % world.teams + 1]) for n in range(parties)]


def _doctors(world: World, rng: Random, parties: int, count: int) -> list[Share]:
    doctors = range(1, world.teams * DOCTORS + 1)
    return [Share(rng.sample(doctors, min(count, len(doctors))))] * parties


def _staff_page(name: str, path: str) -> Operation:
    return Operation(
        name,
        True,
        _doctors,
        _nothing,
        lambda world, share: calls.staff_calls(world, path, share.numbers),
        _nothing,
    )


def _announce(scene: Scene, share: Share, put: Put) -> None:
    scene.announce(share.numbers)
    for number in share.numbers:
        put(film_key(number))


OPERATIONS = (
    Operation(
        "today",
        True,
        _same_patients,
        _nothing,
        lambda world, share: calls.today_calls(world, share.numbers),
        _nothing,
    ),
    Operation(
        "presign",
        False,
        _patients,
        _nothing,
        lambda world, share: calls.presign_calls(world, share.numbers),
        lambda scene, _: scene.forget_films(),
    ),
    Operation(
        "confirm",
        False,
        _patients,
        _announce,
        lambda world, share: calls.confirm_calls(world, share.numbers),
        lambda scene, _: scene.forget_films(),
    ),
    Operation(
        "queue-next",
        True,
        _teams,
        lambda scene, share, _: scene.lease_one_each(share.numbers[0], DOCTORS),
        lambda world, share: calls.next_calls(world, share.numbers[0]),
        lambda scene, share: scene.reopen(share.numbers),
    ),
    Operation(
        "verdict",
        False,
        _teams,
        lambda scene, share, _: scene.lease(share.numbers[0]),
        lambda world, share: calls.verdict_calls(world, share.numbers),
        lambda scene, share: scene.reopen(share.numbers),
    ),
    Operation(
        "patient page",
        True,
        _filming,
        _nothing,
        lambda world, share: calls.page_calls(world, share.numbers),
        _nothing,
    ),
    Operation(
        "notices",
        True,
        _same_patients,
        _nothing,
        lambda world, share: calls.notices_calls(world, share.numbers),
        _nothing,
    ),
    _staff_page("desk", "/staff"),
    _staff_page("badges", "/staff/badges"),
    _staff_page("alerts", "/staff/alerts"),
    _staff_page("patients", "/staff/patients"),
)
