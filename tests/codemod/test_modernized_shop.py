"""The example project, modernised, passes its own tests on the versions it is made for."""

import os
import shutil
import subprocess

import pytest

from conftest import ROOT, VENVS


# What still warns after compat is the legacy Query, which 2.x keeps.
WARNINGS = {
    "compat": ["error::sqlalchemy.exc.MovedIn20Warning"],
    "modern": ["error::DeprecationWarning", "error::sqlalchemy.exc.LegacyAPIWarning"],
}


@pytest.mark.parametrize("profile", list(WARNINGS))
def test_shop(aludel, tmp_path, profile):
    shop = tmp_path / "shop"
    shutil.copytree(ROOT / "examples" / "shop", shop)
    run = aludel.run("modernize", "--isolated", "--profile", profile, "--write", ".", cwd=shop)
    assert run.code in (0, 1) and run.err == "", run
    for venv in ("sa20", "sa21"):
        done = subprocess.run(
            [
                VENVS / venv / "bin" / "python",
                *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *(word for w in WARNINGS[profile] for word in ("-W", w)),
                "tests",
            ],
            cwd=shop,
            env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{venv}:\n{done.stdout[-4000:]}"
    again = aludel.run("modernize", "--isolated", "--profile", profile, "--diff", ".", cwd=shop)
    assert again.out == ""
