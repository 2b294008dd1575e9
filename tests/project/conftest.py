"""Small C programs that show one module each; built beside the unit tests."""
import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program():
    def find(name):
        for build in ("asan", "debug", "release"):
            path = ROOT / "build" / build / "tests" / name
            if os.access(path, os.X_OK):
                return str(path)
        pytest.fail(f"{name} was not built: meson setup build/asan -Dtests=true")

    return find
