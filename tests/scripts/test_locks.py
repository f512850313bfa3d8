"""An npm lock serves every platform and every registry."""

import json

import pytest

from scripts.dev.locks import NPM_LOCKS, faults_of_npm_lock
from scripts.dev.paths import ROOT


@pytest.mark.parametrize("lock", NPM_LOCKS)
def test_npm_lock_is_whole(lock: str) -> None:
    assert faults_of_npm_lock((ROOT / lock).read_text()) == []


def test_missing_package_of_another_platform_is_named() -> None:
    packages = {
        "": {"dependencies": {"biome": "1"}},
        "node_modules/biome": {"optionalDependencies": {"biome-arm64": "1", "biome-x64": "1"}},
        "node_modules/biome-x64": {},
    }

    faults = faults_of_npm_lock(json.dumps({"packages": packages}))

    assert faults == ["biome-arm64 of node_modules/biome is missing"]


def test_package_is_looked_for_inside_the_one_that_asks_then_outwards() -> None:
    packages = {
        "": {"dependencies": {"a": "1"}},
        "node_modules/a": {"dependencies": {"b": "1"}},
        "node_modules/a/node_modules/b": {"dependencies": {"a": "1", "c": "1"}},
        "node_modules/a/node_modules/c": {},
        "node_modules/other/node_modules/d": {"dependencies": {"b": "1"}},
    }

    faults = faults_of_npm_lock(json.dumps({"packages": packages}))

    assert faults == ["b of node_modules/other/node_modules/d is missing"]


def test_address_of_a_registry_is_named() -> None:
    packages = {"": {}, "node_modules/a": {"resolved": "https://registry.example/a.tgz"}}

    faults = faults_of_npm_lock(json.dumps({"packages": packages}))

    assert faults == ["node_modules/a has an address"]
