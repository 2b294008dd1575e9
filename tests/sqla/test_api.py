"""src/sqla/api.def says what the installed packages say."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENVS = pathlib.Path(os.environ.get("ALUDEL_VENVS", ROOT / "build" / "venvs"))
NAME = re.compile(r'API_NAME\("([^"]+)", (\w+), (\d)\)')


def test_regenerating_gives_the_same():
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "gen_api.py", "--check"],
        env={**os.environ, "ALUDEL_VENVS": str(VENVS)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# One symbol by the newest version, two objects in an older one. Where the last name is
# the same (1.4's strategy_options.joinedload was the undecorated function) the meaning is
# too; these differ in name:
RENAMED = [
    ["sqlalchemy.engine.cursor.CursorResult", "sqlalchemy.engine.cursor.ResultProxy"],
    ["sqlalchemy.sql.visitors.ExtendedInternalTraversal",
     "sqlalchemy.sql.visitors.InternalTraversal"],
]

# Prints the names that cannot be imported, and the pairs that should be one object.
PROBE = r"""
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
missing, groups = [], {}
for dotted, symbol in json.load(sys.stdin):
    module, _, name = dotted.rpartition(".")
    try:
        value = getattr(importlib.import_module(module or dotted), name, None)
        if value is None:  # a submodule that nobody imported yet
            value = importlib.import_module(dotted)
    except ImportError:
        missing.append(dotted)
        continue
    groups.setdefault(symbol, {})[id(value)] = dotted
print(json.dumps([missing, [sorted(g.values()) for g in groups.values() if len(g) > 1]]))
"""


@pytest.mark.parametrize("environment, bit", [("sa14", 1), ("sa20", 2), ("sa21", 4)])
def test_every_name_is_importable_and_names_one_object(environment, bit):
    text = (ROOT / "src" / "sqla" / "api.def").read_text()
    rows = [(d, s) for d, s, versions in NAME.findall(text)
            if int(versions) & bit and d.startswith("sqlalchemy")]
    assert len(rows) > 2000
    done = subprocess.run(
        [VENVS / environment / "bin" / "python", "-c", PROBE],
        input=json.dumps(rows), capture_output=True, text=True, check=True)
    missing, split = json.loads(done.stdout)
    assert missing == []
    unlike = [names for names in split
              if len({n.rpartition(".")[2] for n in names}) > 1 and names not in RENAMED]
    assert unlike == []
