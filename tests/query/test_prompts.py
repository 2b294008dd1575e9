"""Requests over the shop's models, answered, run, and compared with SQL written by hand."""

import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent


def prompts():
    """[(request, SQL)]"""
    out = []
    for line in (HERE / "prompts.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("> "):
            out.append([line[2:], None])
        elif line and not line.startswith("#"):
            out[-1][1] = line
    return out


def answers(aludel):
    found = []
    for request, sql in prompts():
        done = aludel.run("ask", request, "--project", HERE / "shop", "--no-run", "--json")
        answer = json.loads(done.out) if done.out.startswith("{") else {}
        found.append({"request": request, "sql": sql, "markdown": answer.get("markdown", "")})
    return found


def judged(aludel, python):
    done = subprocess.run(
        [python, HERE / "run_prompts.py", HERE / "shop"],
        input=json.dumps(answers(aludel)).encode(),
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_prompts(aludel, sa20):
    verdicts = judged(aludel, sa20)
    assert len(verdicts) >= 150
    failing = [v for v in verdicts if v["verdict"].startswith("fails")]
    assert not failing, "code that does not run: %s" % json.dumps(failing, indent=1)
    wrong = [v for v in verdicts if v["verdict"] != "right"]
    assert len(wrong) * 20 <= len(verdicts), json.dumps(wrong, indent=1)
