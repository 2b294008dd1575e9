"""`aludel check`: formats, selection, suppression, and what it does to files."""

import json
import os
import pathlib
import resource
import signal
import stat
import subprocess
import xml.etree.ElementTree

import pytest

CODE = """from sqlalchemy import Column, Integer, select
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class A(Base):
    __tablename__ = "a"
    id = Column(Integer, primary_key=True)
    x = Column(Integer)
stmt = select(A).where(A.x == None)
"""
FIXED = CODE.replace("A.x == None", "A.x.is_(None)")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app.py").write_bytes(CODE.encode())
    return tmp_path


def check(aludel, folder, *options, code=1, **more):
    result = aludel.run("check", "--isolated", *options, cwd=folder, **more)
    assert result.code == code, result
    return result


def test_json_has_the_keys_of_ruff(aludel, folder):
    ours = json.loads(check(aludel, folder, "--output-format", "json").out)[0]
    (folder / "bad.py").write_text("import os\n")
    ruff = os.path.join(os.environ.get("ALUDEL_VENVS", "build/venvs"), "test/bin/ruff")
    done = subprocess.run([os.path.abspath(ruff), "check", "--isolated", "--no-cache",
                           "--output-format", "json", str(folder / "bad.py")],
                          capture_output=True, text=True)
    theirs = json.loads(done.stdout)[0]
    assert set(theirs) <= set(ours)
    assert set(theirs["fix"]) == set(ours["fix"])
    assert set(theirs["fix"]["edits"][0]) == set(ours["fix"]["edits"][0])
    assert ours["location"] == {"column": 24, "row": 8}
    assert ours["end_location"] == {"column": 35, "row": 8}


def test_other_formats(aludel, folder):
    sarif = json.loads(check(aludel, folder, "--output-format", "sarif").out)
    assert sarif["version"] == "2.1.0"
    result = sarif["runs"][0]["results"][0]
    assert result["ruleId"] == "Q106" and result["fixes"]
    assert [r["id"] for r in sarif["runs"][0]["tool"]["driver"]["rules"]] == ["Q106"]
    gitlab = json.loads(check(aludel, folder, "--output-format", "gitlab").out)
    assert gitlab[0]["location"] == {"path": "app.py", "lines": {"begin": 8, "end": 8}}
    junit = xml.etree.ElementTree.fromstring(check(aludel, folder, "--output-format", "junit").out)
    assert junit.find(".//testcase").get("name") == "aludel.Q106"
    github = check(aludel, folder, "--output-format", "github").out
    assert github.startswith("::notice title=aludel (Q106),file=app.py,line=8,col=24,")


def test_selection_and_suppression(aludel, folder):
    check(aludel, folder, "--ignore", "Q1", code=0)
    check(aludel, folder, "--select", "M", code=0)
    check(aludel, folder, "--select", "migration", code=0)
    wrong = check(aludel, folder, "--select", "comparison-with-none1", code=2)
    assert "comparison-with-none" in wrong.err
    (folder / "app.py").write_text(CODE.replace("None)", "None)  # noqa: Q106"))
    check(aludel, folder, code=0)
    check(aludel, folder, "--ignore-noqa")
    check(aludel, folder, "--exit-zero", "--ignore-noqa", code=0)


def test_fix_keeps_encoding_line_ends_and_mode(aludel, folder):
    text = CODE.replace("\n", "\r\n").replace("from", "# -*- coding: latin-1 -*-\r\n# \xe9\r\nfrom", 1)
    path = folder / "app.py"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o640)
    check(aludel, folder, "--fix", code=0)
    assert path.read_bytes() == text.replace("A.x == None", "A.x.is_(None)").encode("latin-1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_stdin_and_diff(aludel, folder):
    fixed = check(aludel, folder, "--fix", "-", input=CODE, code=0)
    assert fixed.out == FIXED
    diff = check(aludel, folder, "--diff")
    assert "-stmt = select(A).where(A.x == None)\n+stmt" in diff.out
    assert (folder / "app.py").read_text() == CODE


def test_broken_file_is_reported_and_left_alone(aludel, folder):
    (folder / "broken.py").write_text("def f(:\n    pass\n")
    result = check(aludel, folder, "--output-format", "concise", "--fix")
    assert "broken.py:1:7: invalid-syntax" in result.out
    assert (folder / "broken.py").read_text() == "def f(:\n    pass\n"
    assert (folder / "app.py").read_text() == FIXED


def test_unreadable_file(aludel, folder):
    (folder / "utf16.py").write_bytes("x = 1\n".encode("utf-16"))
    result = check(aludel, folder, code=2)
    assert "utf16.py" in result.err and "Q106" in result.out


@pytest.mark.parametrize("text, says", [
    (b"x = 1\n\xff = 2\n", "line 2: byte 0xff is not utf-8"),
    (b"# -*- coding: nope -*-\nx = 1\n", "names `nope`"),
    (b"# coding: ascii\nx = 1\ny = '\xc3\xa9'\n", "line 3"),
    ("x = 1\n".encode("utf-16"), "utf-16"),
])
def test_encodings_that_cannot_be_read(aludel, folder, text, says):
    (folder / "strange.py").write_bytes(text)
    result = check(aludel, folder, "--fix", code=2)
    assert "strange.py" in result.err and says in result.err.lower()
    assert len(result.err.strip().splitlines()) == 1
    assert (folder / "strange.py").read_bytes() == text
    assert (folder / "app.py").read_text() == FIXED


def test_read_only_file_is_named_and_kept(aludel, folder):
    (folder / "more.py").write_text(CODE)
    (folder / "app.py").chmod(0o444)
    result = check(aludel, folder, "--fix", code=2)
    assert "app.py: is read-only" in result.err and "All checks passed" not in result.out
    assert (folder / "app.py").read_text() == CODE
    assert (folder / "more.py").read_text() == FIXED


def test_missing_path_and_dangling_link(aludel, folder):
    missing = check(aludel, folder, "nothere.py", code=2)
    assert "nothere.py" in missing.err and "No such file" in missing.err
    (folder / "gone.py").symlink_to("nothere.py")
    (folder / "loop").symlink_to(".")
    assert check(aludel, folder).out.count("Q106") == 1


def test_gitignore_and_per_file_ignores(aludel, folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "other.py").write_text(CODE)
    (folder / ".git").mkdir()
    (folder / ".gitignore").write_text("sub/\n")
    assert check(aludel, folder).out.count("Q106") == 1
    (folder / ".gitignore").unlink()
    (folder / "pyproject.toml").write_text(
        "[tool.aludel.per-file-ignores]\n\"sub/*\" = [\"Q106\"]\n")
    result = aludel.run("check", cwd=folder)
    assert result.out.count("Q106") == 1 and "sub/" not in result.out
    (folder / "pyproject.toml").write_text(
        "[tool.aludel.per-file-ignores]\n\"*.py\" = [\"Q1\"]\n")
    assert aludel.run("check", cwd=folder).code == 0
    for selector in ("query", "comparison-with-none", "ALL"):
        (folder / "pyproject.toml").write_text(
            f"[tool.aludel.per-file-ignores]\n\"*.py\" = [\"{selector}\"]\n")
        assert aludel.run("check", cwd=folder).code == 0, selector


def test_very_many_selectors(aludel, folder):
    """Each selector is looked up once, whatever stands around it."""
    many = ", ".join(["\"Q106\""] * 100_000)
    (folder / "pyproject.toml").write_text(
        f"[tool.aludel]\nignore = [{many}]\n[tool.aludel.per-file-ignores]\n\"*.py\" = [{many}]\n")
    assert aludel.run("check", cwd=folder).code == 0


def test_statistics(aludel, folder):
    (folder / "more.py").write_text(CODE + CODE.replace("None", "True"))
    lines = check(aludel, folder, "--statistics").out.splitlines()
    assert lines[0].split("\t") == ["2", "Q106", "[*] comparison-with-none"]
    found = json.loads(check(aludel, folder, "--statistics", "--output-format", "json").out)
    assert [f["count"] for f in found if f["code"] == "Q106"] == [2]


def test_stdin_filename_has_the_settings_of_its_project(aludel, tmp_path):
    """As for a named path: an editor runs anywhere."""
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (project / "src").mkdir(parents=True)
    elsewhere.mkdir()
    (project / "pyproject.toml").write_text('[tool.aludel]\nignore = ["Q106"]\n')
    (elsewhere / "pyproject.toml").write_text('[tool.aludel]\nselect = ["Q106"]\n')
    for name in (str(project / "src" / "new.py"), "../project/src/new.py", "../project/new.py"):
        out = aludel.run("check", "--output-format", "concise", "--stdin-filename", name, cwd=elsewhere, input=CODE).out
        assert "Q106" not in out, name
    inside = aludel.run("check", "--output-format", "concise", "--stdin-filename", "new.py", cwd=elsewhere, input=CODE)
    assert "Q106" in inside.out
    missing = aludel.run("check", "--output-format", "concise", "--stdin-filename", "gone/new.py", cwd=tmp_path, input=CODE)
    assert "Q106" in missing.out


def test_paths_that_share_no_folder_have_the_settings_of_the_current_one(aludel, folder):
    (folder / "pyproject.toml").write_text('[tool.aludel]\nselect = ["Q106"]\n')
    done = aludel.run("check", "--output-format", "concise", "app.py", os.__file__, cwd=folder)
    assert done.code == 1 and "Q106" in done.out, done.err


def test_stdin_filename(aludel, folder):
    (folder / "pyproject.toml").write_text(
        "[tool.aludel.per-file-ignores]\n\"tests/*\" = [\"Q106\"]\n")
    named = aludel.run("check", "--stdin-filename", "src/x.py", "--output-format", "concise",
                       "-", cwd=folder, input=CODE)
    assert named.code == 1 and named.out.startswith("src/x.py:8:24: Q106")
    ignored = aludel.run("check", "--stdin-filename", "tests/x.py", "-", cwd=folder, input=CODE)
    assert ignored.code == 0


def test_output_file(aludel, folder):
    done = check(aludel, folder, "--output-format", "json", "-o", "report.json")
    assert done.out == "" and json.loads((folder / "report.json").read_text())[0]["code"] == "Q106"


def test_two_runs_at_once(aludel, tmp_path):
    for i in range(40):
        (tmp_path / f"app{i}.py").write_text(CODE)
    runs = [subprocess.Popen([aludel, "check", "--isolated", "--fix", "-q", "."], cwd=tmp_path,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for run in runs:
        run.communicate()
        assert run.returncode in (0, 2)  # 2: the other one was there first
    assert {p.read_text() for p in tmp_path.glob("*.py")} == {FIXED}
    assert not list(tmp_path.glob(".*"))


def test_interrupted_run_leaves_whole_files(aludel, tmp_path):
    for i in range(60):
        (tmp_path / f"app{i}.py").write_text(CODE)
    run = subprocess.Popen([aludel, "check", "--isolated", "--fix", "-q", "."], cwd=tmp_path,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not any(p.read_text() == FIXED for p in tmp_path.glob("app*.py")) and run.poll() is None:
        pass
    run.kill()
    run.wait()
    assert {p.read_text() for p in tmp_path.glob("app*.py")} <= {CODE, FIXED}


def test_fixes_that_touch_one_another(aludel, tmp_path):
    """One deletes the argument that the other puts its own behind: one after the other."""
    (tmp_path / "app.py").write_text(
        "from sqlalchemy.ext.asyncio import AsyncSession\n"
        "from sqlalchemy.orm import sessionmaker\n"
        "Maker = sessionmaker(class_=AsyncSession)\n")
    result = check(aludel, tmp_path, "--fix", "--unsafe-fixes", "--sqlalchemy", "2.0", code=0)
    assert "does not parse" not in result.err
    assert "Maker = async_sessionmaker(expire_on_commit=False)" in (tmp_path / "app.py").read_text()


def limit_file_size():
    """As a full disk does: from the 100th byte of a file on every write fails."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_full_disk_is_named_and_nothing_lost(aludel, tmp_path):
    for i in range(3):
        (tmp_path / f"app{i}.py").write_text(CODE)
    (tmp_path / "small.py").write_text("x = 1\n")
    run = subprocess.run([aludel, "check", "--isolated", "--fix", "-q", "."], cwd=tmp_path,
                         capture_output=True, text=True, preexec_fn=limit_file_size)
    assert run.returncode == 2, run
    assert all(f"app{i}.py" in run.stderr for i in range(3)), run.stderr
    assert {p.read_text() for p in tmp_path.glob("app*.py")} == {CODE}
    assert {p.name for p in tmp_path.iterdir()} == {"app0.py", "app1.py", "app2.py", "small.py"}


def test_files_that_vanish_meanwhile(aludel, tmp_path):
    for i in range(200):
        (tmp_path / f"app{i}.py").write_text(CODE)
    run = subprocess.Popen([aludel, "check", "--isolated", "--fix", "-q", "."], cwd=tmp_path,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    gone = {f"app{i}.py" for i in range(0, 200, 2)}
    for name in gone:
        (tmp_path / name).unlink()
    _, err = run.communicate()
    assert run.returncode in (0, 1, 2), err
    left = {p.name: p.read_text() for p in tmp_path.iterdir()}
    assert set(left.values()) <= {CODE, FIXED} and not [n for n in left if n.startswith(".")]
    assert {n for n in left if n not in gone} == {f"app{i}.py" for i in range(1, 200, 2)}
    if run.returncode != 2:  # nobody was told: then nothing was left undone
        assert {left[f"app{i}.py"] for i in range(1, 200, 2)} == {FIXED}
    for line in err.splitlines():
        assert any(name in line for name in gone), line


def test_same_output_for_any_number_of_threads(aludel, tmp_path):
    for i in range(30):
        (tmp_path / f"app{i}.py").write_text(CODE)
    one = check(aludel, tmp_path, "-j", "1").out
    assert one == check(aludel, tmp_path, "-j", "4").out and one.count("Q106") == 30


def test_rules_page_is_the_one_in_docs(aludel):
    page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "rules.md"
    assert aludel.run("rules", "--output-format", "markdown").out == page.read_text(encoding="utf-8")


def test_explain_and_rules(aludel):
    page = aludel.run("explain", "Q106")
    assert page.code == 0 and page.out.startswith("# Q106 comparison-with-none")
    assert aludel.run("explain", "Q999").code == 2
    listed = json.loads(aludel.run("rules", "--output-format", "json").out)
    assert len(listed) > 40 and {r["fix"] for r in listed} <= {"none", "show", "unsafe", "safe", "modernize"}
    assert aludel.run("explain", "query-all").out.startswith("# M202 query-all\n")
    assert all(r["what"] for r in listed) and len({r["code"] for r in listed}) == len(listed)


@pytest.mark.parametrize("text, said", [
    ("[tool.aludel\n", "pyproject.toml:1:1: this table header is not closed"),
    ("[tool]\naludel = [1]\n", '"tool.aludel" should be a table'),
    ('[tool.aludel]\nselect = ["Q106"\n', "pyproject.toml:2:10: this array is not closed"),
])
def test_broken_configuration_is_not_passed_over(aludel, folder, text, said):
    (folder / "pyproject.toml").write_text(text)
    result = aludel.run("check", ".", cwd=folder)
    assert result.code == 2 and said in result.err and "not usable" in result.err


def test_broken_file_of_other_tools_is_not_ours(aludel, folder):
    (folder / "pyproject.toml").write_text("[tool.ruff\n")
    assert aludel.run("check", ".", cwd=folder).code == 1


def test_settings_are_those_of_the_named_paths(aludel, folder):
    """As in ruff: of the nearest folder above what is named, wherever the command runs."""
    (folder / "pyproject.toml").write_text('[tool.aludel]\nignore = ["Q106"]\n')
    for name in ("here", "lib", "service"):
        (folder / name).mkdir()
        (folder / name / "app.py").write_text(CODE)
    (folder / "service" / "aludel.toml").write_text('select = ["Q106"]\n')

    def codes(*paths, cwd):
        return aludel.run("check", "--output-format", "concise", *paths, cwd=cwd).out.count("Q106")

    assert codes(folder / "lib" / "app.py", cwd="/") == 0
    assert codes(folder / "service" / "app.py", cwd="/") == 1
    assert codes("service", cwd=folder) == 1
    assert codes(folder / "lib", folder / "service", cwd=folder / "here") == 0
    assert codes(".", cwd=folder) == codes(cwd=folder) == 0
    assert codes("../lib", cwd=folder / "service") == 0
    assert codes("..", cwd=folder / "service") == 4, "the current folder's, as it lies in what is named"
