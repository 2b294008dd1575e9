"""Random programs give the same before and after their queries are rewritten.

The programs are those of query_programs.py; run_query_programs.py runs them on each SQLAlchemy.
"""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import from_self_programs
import set_programs
import pytest
import query_programs

HERE = Path(__file__).parent
PER_PROCESS = 500
TARGETS = {"sa14": "2.0", "sa20": "2.0", "sa21": "2.1"}


def write(folder, first, last):
    folder.mkdir()
    for name, text in query_programs.model_modules().items():
        (folder / (name + ".py")).write_text(text)
    for number in range(first, last):
        (folder / ("p%06d.py" % number)).write_text(query_programs.program(number))


def convert(aludel, folder, select=("--select", "M2"), profile="modern", target="2.0"):
    out = folder.parent / (folder.name + ".json")
    done = aludel.run(
        "modernize", "--isolated", "--profile", profile, "--target", target, *select, "--write", "--allow-dirty",
        "--output-format", "json", "-o", out, ".", cwd=folder,
        timeout=900,
    )  # fmt: skip
    assert done.code in (0, 1), done
    return json.loads(out.read_text())["sites"]


def execute(python, old, new, first, last):
    done = subprocess.run(
        [python, HERE / "run_query_programs.py", old, new, str(first), str(last)],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def hold(aludel, tmp_path, pythons, parts):
    """Mismatches by version and all sites of both targets. `parts`: version, first and last program."""
    first, last = min(p[1] for p in parts), max(p[2] for p in parts)
    old, new = tmp_path / "old", {"2.0": tmp_path / "new", "2.1": tmp_path / "new21"}
    write(old, first, last)
    sites = []
    for target, folder in new.items():
        own = [p for p in parts if TARGETS[p[0]] == target]
        write(folder, min(p[1] for p in own), max(p[2] for p in own))
        sites += convert(aludel, folder, target=target)
        again = convert(aludel, folder, target=target)
        assert [s for s in again if s["converted"]] == []
    jobs = [
        (version, start, min(start + PER_PROCESS, to))
        for version, since, to in parts
        for start in range(since, to, PER_PROCESS)
    ]
    with ThreadPoolExecutor(2) as pool:
        runs = list(
            pool.map(lambda j: execute(pythons[j[0]], old, new[TARGETS[j[0]]], j[1], j[2]), jobs)
        )
    bad, legacy, raised = {v: [] for v in pythons}, {v: {} for v in pythons}, 0
    for (version, _, _), run in zip(jobs, runs):
        bad[version] += run["bad"]
        legacy[version].update(run["legacy"])
        raised += run["raised"]
    # Where the old program itself gives something else on 1.4, SQLAlchemy has changed.
    bad["sa14"] = [
        b for b in bad["sa14"]
        if legacy["sa14"].get(b[0] + "." + b[1]) == legacy["sa20"].get(b[0] + "." + b[1])
    ]  # fmt: skip
    assert raised < sum(map(len, legacy.values())) / 2
    return bad, sites


def check(aludel, tmp_path, pythons, parts, share=0.8):
    bad, sites = hold(aludel, tmp_path, pythons, parts)
    assert {v: b[:3] for v, b in bad.items() if b} == {}
    converted = sum(s["converted"] for s in sites)
    assert len(sites) > max(p[2] for p in parts) - min(p[1] for p in parts)
    assert converted > share * len(sites)


def test_the_same_before_and_after(aludel, tmp_path, sa14, sa20, sa21):
    pythons = {"sa14": sa14, "sa20": sa20, "sa21": sa21}
    check(aludel, tmp_path, pythons, [("sa20", 0, 1100), ("sa21", 900, 2000), ("sa14", 0, 200)])


def test_the_same_in_the_ways_that_people_write(aludel, tmp_path, sa14, sa20, sa21):
    pythons = {"sa14": sa14, "sa20": sa20, "sa21": sa21}
    first = query_programs.WIDE
    parts = [("sa20", first, first + 300), ("sa21", first + 200, first + 500)]
    check(aludel, tmp_path, pythons, parts, share=0.77)


@pytest.mark.parametrize("profile", ["compat", "modern"])
def test_from_self_gives_the_same_on_1_4(aludel, tmp_path, sa14, profile):
    first, last = from_self_programs.FIRST, from_self_programs.FIRST + 200
    old, new = tmp_path / "old", tmp_path / "new"
    write(old, first, last)
    write(new, first, last)
    sites = convert(aludel, new, profile=profile)
    run = execute(sa14, old, new, first, last)
    assert run["bad"] == []
    assert run["raised"] < 60
    assert sum(s["converted"] for s in sites) > 0.9 * len(sites) > 150


def test_what_means_the_result_of_a_set_operation(aludel, tmp_path, sa14, sa20, sa21):
    pythons = {"sa14": sa14, "sa20": sa20, "sa21": sa21}
    first = set_programs.FIRST
    parts = [("sa20", first, first + 150), ("sa21", first + 100, first + 250)]
    check(aludel, tmp_path, pythons, [*parts, ("sa14", first, first + 60)], share=0.6)


@pytest.mark.oracle
def test_the_same_in_the_ways_that_people_write_for_long(
    aludel, tmp_path, sa14, sa20, sa21
):
    pythons = {"sa14": sa14, "sa20": sa20, "sa21": sa21}
    start = query_programs.WIDE + 2000
    for first in range(start, start + 30000, 5000):
        folder = tmp_path / str(first)
        folder.mkdir()
        parts = [("sa20", first, first + 5000), ("sa21", first, first + 5000)]
        check(aludel, folder, pythons, parts, share=0.77)


@pytest.mark.oracle
def test_the_same_before_and_after_for_long(aludel, tmp_path, sa14, sa20, sa21):
    pythons = {"sa14": sa14, "sa20": sa20, "sa21": sa21}
    for first in range(2000, 102000, 5000):
        folder = tmp_path / str(first)
        folder.mkdir()
        parts = [("sa20", first, first + 5000), ("sa21", first, first + 5000)]
        check(aludel, folder, pythons, parts + [("sa14", first, first + 1000)])
