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


def answers(aludel, chosen, before="", **more):
    found = []
    for request, sql in chosen:
        request = before + request
        done = aludel.run("ask", request, "--project", HERE / "shop", "--no-run", "--json")
        answer = json.loads(done.out) if done.out.startswith("{") else {}
        found.append({"request": request, "sql": sql, "markdown": answer.get("markdown", ""), **more})
    return found


def judged(found, python):
    done = subprocess.run(
        [python, HERE / "run_prompts.py", HERE / "shop"],
        input=json.dumps(found).encode(),
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_prompts(aludel, sa20):
    verdicts = judged(answers(aludel, prompts()), sa20)
    assert len(verdicts) >= 150
    failing = [v for v in verdicts if v["verdict"].startswith("fails")]
    assert not failing, "code that does not run: %s" % json.dumps(failing, indent=1)
    wrong = [v for v in verdicts if v["verdict"] != "right"]
    assert len(wrong) * 20 <= len(verdicts), json.dumps(wrong, indent=1)


def test_core(aludel, sa20):
    """The same requests for Core: tables and a connection, the same rows."""
    words = ("eager", "load", "with their", "page", "pagina", "along with", "keyset", "including")
    chosen = [p for p in prompts() if not any(w in p[0].lower() for w in words)][::3]
    verdicts = judged(answers(aludel, chosen, "Using SQLAlchemy Core, ", core=True), sa20)
    assert len(verdicts) >= 40
    wrong = [v for v in verdicts if v["verdict"] != "right"]
    assert len(wrong) * 20 <= len(verdicts), json.dumps(wrong, indent=1)


def test_questions_never_change_rows(aludel):
    for request in (
        "which orders deleted the items",
        "show delete orders",
        "find insert categories",
        "what updates the stock of products to 0",
        "list delete customers",
    ):
        done = aludel.run("ask", request, "--project", HERE / "shop", "--no-run", "--json")
        markdown = json.loads(done.out)["markdown"]
        assert not any(w in markdown for w in ("delete(", "insert(", "update(", "session.add(")), markdown


def test_days_that_no_calendar_has_are_refused(aludel):
    """Neither left out nor taken for a city."""
    for request in (
        "orders created on 2024-02-30",
        "orders created before 2024-13-01",
        "orders shipped on 02/30/2024",
        "delete orders created before 2023-02-29",
    ):
        done = aludel.run("ask", request, "--project", HERE / "shop", "--no-run", "--json")
        assert done.code == 1, done.out
        assert "select(" not in done.out and "delete(" not in done.out, done.out


def test_core_joins_what_it_asks_to_be_absent(aludel, sa20):
    """The subquery has its own rows of a table that the query joins too."""
    wanted = ("customers whose orders are all cancelled", "customers with paid but no cancelled orders")
    chosen = [p for p in prompts() if p[0] in wanted]
    verdicts = judged(answers(aludel, chosen, "Using SQLAlchemy Core, ", core=True), sa20)
    assert [v["verdict"] for v in verdicts] == ["right"] * len(wanted), verdicts
