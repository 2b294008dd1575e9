"""Safe fixes, executed: what a program does before and after, on real SQLAlchemy.

A case with a `run` block is run in a folder with its files, before and after `--fix`, by
each version that the block names (1.4 2.0 2.1). Where an `output` block stands, the fixed
program must print that; else it must print what the original prints on the same version,
or, where the original fails, what it prints on the first version where it works.
"""

import json
import shutil
import subprocess

import pytest

import golden

RUNNER = r"""
import contextlib, io, json, os, sys, traceback, warnings
warnings.simplefilter("ignore")
results = {}
for name, folder, code in json.load(sys.stdin):
    out = io.StringIO()
    before = set(sys.modules)
    sys.path.insert(0, folder)
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(code, "run", "exec"), {"__name__": "__main__"})
        results[name] = ["printed", out.getvalue()]
    except BaseException as error:
        results[name] = ["raised", type(error).__name__ + ": " + str(error).split("\n")[0]]
    sys.path.remove(folder)
    for module in set(sys.modules) - before:
        if str(getattr(sys.modules[module], "__file__", "") or "").startswith(folder):
            del sys.modules[module]
json.dump(results, sys.stdout)
sys.stdout.flush()
os._exit(0)  # a driver's thread that a failed program left must not keep it alive
"""

CASES = [c for p in golden.rule_files() for c in golden.cases_of(p) if c.run]


@pytest.fixture(scope="session")
def executed(aludel, sa14, sa20, sa21, tmp_path_factory):
    """{(case id, version, stage): result}"""
    root = tmp_path_factory.mktemp("executed").resolve()
    jobs = {"14": [], "20": [], "21": []}
    for number, case in enumerate(CASES):
        before, after = root / f"{number}_before", root / f"{number}_after"
        before.mkdir()
        case.write(before)
        shutil.copytree(before, after)
        golden.aludel_check(aludel, after, "--select", case.path.stem, "--fix")
        for version in case.versions:
            for stage, folder in (("before", before), ("after", after)):
                name = f"{case.id}|{version}|{stage}"
                jobs[version].append((name, str(folder), case.run))
    results = {}
    for version, python in (("14", sa14), ("20", sa20), ("21", sa21)):
        done = subprocess.run([str(python), "-c", RUNNER], input=json.dumps(jobs[version]),
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        results.update(json.loads(done.stdout))
    return results


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_same_result(case, executed):
    if case.output is not None:
        wanted = {v: case.output for v in case.versions}
    else:
        before = {v: executed[f"{case.id}|{v}|before"] for v in case.versions}
        worked = [text for how, text in before.values() if how == "printed"]
        assert worked, f"the original works nowhere: {before}"
        wanted = {v: text if how == "printed" else worked[0]
                  for v, (how, text) in before.items()}
    for version in case.versions:
        assert wanted[version].strip(), "the program prints nothing: it proves nothing"
        assert executed[f"{case.id}|{version}|after"] == ["printed", wanted[version]], version
