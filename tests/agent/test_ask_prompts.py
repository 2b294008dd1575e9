"""Requests in many voices, each with what a right answer must satisfy, graded by running the answer's code.

The cases are in prompts_*.md: a heading "category: name"; "{shop}" where the request is asked over examples/shop, "{hr}",
"{blog}" or "{music}" where the models of contexts/ are pasted before it; "{open}" where the answer is not right yet (then
passing is a failure: take the word away); the request; and a block "check" of Python that runs behind the code of the
answer (see prompt_run.py for what it can use). A check that begins with #text looks at the answer only.

Every sixth case is run by `make test`, all of them by `make oracle`.
"""

import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import tempfile

import pytest

HERE = pathlib.Path(__file__).parent
SHOP = HERE.parents[1] / "examples" / "shop"
CASE = re.compile(r"^# (\w+: [^\n{]*?)(?: \{(\w+)\})?( \{open\})?\n(.*?)\n```check\n(.*?)^```$", re.M | re.S)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
SAMPLE = 6

Case = collections.namedtuple("Case", "name context open request check")


def cases(pattern="prompts_*.md"):
    for path in sorted(HERE.glob(pattern)):
        for name, context, still_open, request, check in CASE.findall(path.read_text()):
            if context == "open":
                context, still_open = "", True
            yield Case(name, context, bool(still_open), request, check)


CASES = list(cases())


def context_text(case, ending):
    named = case.context and case.context != "shop"
    return (HERE / "contexts" / (case.context + ending)).read_text() if named else ""


def ask(aludel, case):
    shop = case.context == "shop"
    pasted = context_text(case, ".py")
    request = "```python\n%s```\n%s" % (pasted, case.request) if pasted else case.request
    options = ["--project", "."] if shop else []
    with tempfile.TemporaryDirectory() as empty:
        result = aludel.run("ask", request, "--json", "--no-run", *options, cwd=SHOP if shop else empty)
    assert result.code in (0, 1), result
    return json.loads(result.out)


def grade(aludel, python, chosen):
    """{name: (answer, what went wrong or "")} of the cases."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda case: ask(aludel, case), chosen))
    jobs = []
    for case, answer in zip(chosen, answers):
        blocks = BLOCK.findall(answer["markdown"])
        if answer["intent"] == "modernize":
            blocks = blocks[-1:]  # the first is what it was
        cwd = str(SHOP if case.context == "shop" else HERE)
        seed = context_text(case, "_seed.py")
        jobs.append({"code": "\n".join(blocks), "check": case.check, "answer": answer, "cwd": cwd, "seed": seed})
    command = [python, "-W", "ignore", "-B", str(HERE / "prompt_run.py")]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=300)
    problems = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(problems) == len(chosen), done.stderr
    return {case.name: (answer, problem) for case, answer, problem in zip(chosen, answers, problems)}


@pytest.fixture(scope="module")
def graded(aludel, sa20, request):
    names = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    return grade(aludel, sa20, [case for case in CASES if case.name in names])


def parameter(i, case):
    marks = [pytest.mark.xfail(strict=True)] if case.open else []
    if case.open or i % SAMPLE:
        marks.append(pytest.mark.oracle)
    return pytest.param(case.name, marks=marks)


@pytest.mark.parametrize("name", [parameter(i, case) for i, case in enumerate(CASES)])
def test_prompt(graded, name):
    answer, problem = graded[name]
    assert not problem, problem + "\n" + answer["markdown"]


def test_names_are_unique():
    assert len({case.name for case in CASES}) == len(CASES)
