"""Requests in many voices, each with what a right answer must satisfy, graded by running the answer's code.

The cases are in prompts_*.md: a heading "category: name", "{shop}" where the request is asked over examples/shop, "{open}"
where the answer is not right yet (then the case runs under the marker oracle, and passing is a failure: take the word
away); the request; and a block "check" of Python that runs behind the code of the answer (see prompt_run.py for what it can use).
A check that begins with #text looks at the answer only.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SHOP = HERE.parents[1] / "examples" / "shop"
CASE = re.compile(r"^# (\w+: [^\n{]*?)( \{shop\})?( \{open\})?\n(.*?)\n```check\n(.*?)^```$", re.M | re.S)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def cases():
    for path in sorted(HERE.glob("prompts_*.md")):
        for name, shop, still_open, request, check in CASE.findall(path.read_text()):
            yield name, bool(shop), request, check, bool(still_open)


CASES = list(cases())


def ask(aludel, shop, request):
    options = ["--project", "."] if shop else []
    result = aludel.run("ask", request, "--json", "--no-run", *options, cwd=SHOP if shop else HERE)
    assert result.code in (0, 1), result
    return json.loads(result.out)


def grade(aludel, python):
    """{name: (answer, what went wrong or "")} of every case."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda case: ask(aludel, case[1], case[2]), CASES))
    jobs = []
    for (_, shop, _, check, _), answer in zip(CASES, answers):
        blocks = BLOCK.findall(answer["markdown"])
        if answer["intent"] == "modernize":
            blocks = blocks[-1:]  # the first is what it was
        cwd = str(SHOP if shop else HERE)
        jobs.append({"code": "\n".join(blocks), "check": check, "answer": answer, "cwd": cwd})
    command = [python, "-W", "ignore", "-B", str(HERE / "prompt_run.py")]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=300)
    problems = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(problems) == len(CASES), done.stderr
    return {case[0]: (answer, problem) for case, answer, problem in zip(CASES, answers, problems)}


@pytest.fixture(scope="module")
def graded(aludel, sa20):
    return grade(aludel, sa20)


def parameter(case):
    marks = [pytest.mark.oracle, pytest.mark.xfail(strict=True)] if case[4] else []
    return pytest.param(case[0], marks=marks)


@pytest.mark.parametrize("name", [parameter(case) for case in CASES])
def test_prompt(graded, name):
    answer, problem = graded[name]
    assert not problem, problem + "\n" + answer["markdown"]
