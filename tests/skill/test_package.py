"""The skill package: the format's rules, its references run, installation."""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKILL = ROOT / "skill" / "sqlalchemy-coding-agent"
REFERENCES = sorted(path.name for path in (SKILL / "references").iterdir())


def test_all_references_are_there():
    topics = ["async", "core_basics", "fastapi_integration", "migrations_with_alembic"]
    topics += ["orm_basics", "performance_patterns", "relationships"]
    assert REFERENCES == ["sqlalchemy_%s.md" % topic for topic in topics]


@pytest.mark.parametrize("version", ["sa20", "sa21"])
@pytest.mark.parametrize("name", REFERENCES)
def test_examples_run(request, name, version, tmp_path):
    python = request.getfixturevalue(version)
    text = (SKILL / "references" / name).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) >= 3 and sum(block.count("assert") for block in blocks) >= 5
    (tmp_path / "example.py").write_text("\n".join(blocks))
    done = subprocess.run(
        [python, "-W", "error::sqlalchemy.exc.SAWarning", "-W", "ignore", "example.py"],
        cwd=tmp_path,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_our_own_rules_find_nothing_in_the_examples(aludel, tmp_path):
    """What the references say is not what `aludel check` warns of; lazy loads are shown on purpose."""
    for name in REFERENCES:
        blocks = re.findall(r"^```python\n(.*?)^```", (SKILL / "references" / name).read_text(), re.M | re.S)
        (tmp_path / (name[:-3] + ".py")).write_text("\n".join(blocks))
    result = aludel.run("check", "--isolated", "--output-format", "json", ".", cwd=tmp_path)
    found = {(f["code"], f["filename"][-40:], f["location"]["row"]) for f in json.loads(result.out)}
    shown_on_purpose = {"P101", "Q125", "S110"}  # a lazy loop, no unique(), no commit
    assert not {f for f in found if f[0] not in shown_on_purpose}


def test_front_matter_and_body():
    text = (SKILL / "SKILL.md").read_text()
    front, body = text.split("---\n", 2)[1:]
    assert "name: sqlalchemy-coding-agent\n" in front
    assert len(body.splitlines()) < 500
    for trigger in ("session.query", "MissingGreenlet", "alembic", "IntegrityError"):
        assert trigger in front
    assert not re.search(r"\[\d+\]", text)  # citations that lead nowhere


def write_skill(folder, front, body="\n# Body\n\ntext\n"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text("---\n" + front + "---\n" + body)
    return folder


def test_our_package_is_valid(aludel):
    result = aludel.run("skill", "validate", SKILL)
    assert result.code == 0 and "warning" not in result.out, result


GOOD = "name: a-skill\ndescription: Does it. Use when it is needed.\n"


@pytest.mark.parametrize(
    "front, body, line, message",
    [
        ("name: a-skill\n", None, 1, "'description' is missing"),
        ("description: x\n", None, 1, "'name' is missing"),
        (GOOD.replace("a-skill", "b-skill"), None, 2, "the folder is 'a-skill'"),
        (GOOD.replace("a-skill", "A_skill"), None, 2, "lower case letters"),
        (GOOD.replace("a-skill", "a--skill"), None, 2, "two in a row"),
        (GOOD.replace("a-skill", "a" * 65), None, 2, "65 characters"),
        ("name: a-skill\ndescription: " + "x" * 1025 + "\n", None, 3, "1025 characters"),
        ("name: a-skill\ndescription:\n", None, 3, "0 characters"),
        ("name: a-skill\ndescription: a: b\n", None, 3, "must be in quotes"),
        (GOOD + "version: 1\n", None, 4, "'version' is not allowed"),
        (GOOD + "name: a-skill\n", None, 4, "given twice"),
        (GOOD + "compatibility: " + "x" * 501 + "\n", None, 4, "501 characters"),
        (GOOD + "metadata: x\n", None, 4, "indented"),
        (GOOD + "nonsense\n", None, 4, "key: value"),
        (GOOD, "", 4, "no instructions"),
        (GOOD, "see [x](references/none.md)\n", 5, "'references/none.md' does not exist"),
        (GOOD, "see references/a/b.md\n", 5, "one level deep"),
        (GOOD, "run `/scripts/x.py`\n", 5, "relative"),
    ],
)
def test_what_the_format_forbids(aludel, tmp_path, front, body, line, message):
    folder = write_skill(tmp_path / "a-skill", front, "\ntext\n" if body is None else body)
    result = aludel.run("skill", "validate", folder)
    assert result.code == 1, result
    first = [l for l in result.out.splitlines() if message in l]
    assert first and f"SKILL.md:{line}: error" in first[0], result


def test_what_the_format_allows(aludel, tmp_path):
    folder = write_skill(
        tmp_path / "a-skill",
        "# comment\nname: 'a-skill'\ndescription: >-\n  Does it.\n\n  Use it: always.\nlicense: MIT\n"
        'compatibility: any\nmetadata:\n  version: "1"\n  author: x\nallowed-tools: Bash(git:*) Read\n',
    )
    assert aludel.run("skill", "validate", folder).code == 0
    assert aludel.run("skill", "validate", tmp_path).code == 2
    write_skill(tmp_path / "a-skill", GOOD, "\n" + "line\n" * 600)
    result = aludel.run("skill", "validate", folder)
    assert result.code == 0 and "warning" in result.out
    (folder / "SKILL.md").write_text("# no front matter\n")
    assert aludel.run("skill", "validate", folder).code == 1
    (folder / "SKILL.md").write_text("---\nname: a-skill\n")
    assert "not closed" in aludel.run("skill", "validate", folder).out


def tree(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != ".installed" and "__pycache__" not in p.parts
    }


def test_export_is_the_package(aludel, tmp_path):
    assert aludel.run("skill", "export", tmp_path / "out").code == 0
    ours = {k: v for k, v in tree(SKILL).items() if not k.startswith(".")}
    assert tree(tmp_path / "out" / "sqlalchemy-coding-agent") == ours
    assert aludel.run("skill", "validate", tmp_path / "out" / "sqlalchemy-coding-agent").code == 0
    assert os.access(tmp_path / "out" / "sqlalchemy-coding-agent" / "scripts" / "fix_query.py", os.X_OK)


def test_install(aludel, tmp_path):
    result = aludel.run("skill", "install", "--client", "all", cwd=tmp_path)
    assert result.code == 0, result
    home = tmp_path / ".agents" / "skills" / "sqlalchemy-coding-agent"
    for client in (".claude", ".goose"):
        link = tmp_path / client / "skills" / "sqlalchemy-coding-agent"
        assert link.is_symlink() and not os.path.isabs(os.readlink(link))
        assert (link / "SKILL.md").read_bytes() == (SKILL / "SKILL.md").read_bytes()
    assert aludel.run("skill", "install", "--client", "all", cwd=tmp_path).code == 0  # once more
    # an edit of the user stops it, before anything is written
    (home / "SKILL.md").write_text("mine")
    (home / "scripts" / "fields.py").unlink()
    result = aludel.run("skill", "install", cwd=tmp_path)
    assert result.code == 2 and "SKILL.md was edited" in result.err and "--force" in result.err
    assert (home / "SKILL.md").read_text() == "mine" and not (home / "scripts" / "fields.py").exists()
    assert aludel.run("skill", "install", "--force", cwd=tmp_path).code == 0
    assert tree(home) == {k: v for k, v in tree(SKILL).items() if not k.startswith(".")}


def test_an_older_version_is_no_edit(aludel, tmp_path):
    assert aludel.run("skill", "install", cwd=tmp_path).code == 0
    home = tmp_path / ".agents" / "skills" / "sqlalchemy-coding-agent"
    old = b"an older text\n"
    value = 0xCBF29CE484222325
    for byte in old:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    manifest = (home / ".installed").read_text()
    manifest = re.sub(r"[0-9a-f]{16} SKILL.md", "%016x SKILL.md" % value, manifest)
    (home / ".installed").write_text(manifest)
    (home / "SKILL.md").write_bytes(old)
    assert aludel.run("skill", "install", cwd=tmp_path).code == 0
    assert (home / "SKILL.md").read_bytes() == (SKILL / "SKILL.md").read_bytes()


def test_install_for_the_user_and_odd_places(aludel, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home)}
    assert aludel.run("skill", "install", "--user", "--client", "claude", cwd=tmp_path, env=env).code == 0
    assert (home / ".claude" / "skills" / "sqlalchemy-coding-agent" / "SKILL.md").exists()
    project = tmp_path / "project"
    own = project / ".claude" / "skills" / "sqlalchemy-coding-agent"
    own.mkdir(parents=True)
    (own / "SKILL.md").write_text("mine")
    result = aludel.run("skill", "install", "--project", project)
    assert result.code == 2 and (own / "SKILL.md").read_text() == "mine"
    copied = tmp_path / "copied"
    copied.mkdir()
    assert aludel.run("skill", "install", "--copy", "--client", "goose", "--project", copied).code == 0
    assert [p.name for p in copied.iterdir()] == [".goose"]
    assert not (copied / ".goose" / "skills" / "sqlalchemy-coding-agent").is_symlink()
    other = copied / ".claude" / "skills"
    other.mkdir(parents=True)
    (other / "sqlalchemy-coding-agent").symlink_to("/nowhere")
    assert aludel.run("skill", "install", "--client", "claude", "--project", copied).code == 2
    assert aludel.run("skill", "install", "--client", "emacs", cwd=tmp_path).code == 2
    assert aludel.run("skill", "install", "--project", tmp_path / "none").code == 2


@pytest.mark.oracle
def test_reference_implementations_agree(tmp_path):
    """The format's own validator accepts the package, and the usual installer lists and installs it."""

    def npx(package, *args):
        done = subprocess.run(
            ["npx", "--yes", package, *map(str, args)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "Valid skill" in npx("skills-ref@0.1.5", "validate", SKILL)
    assert "Found 1 skill" in npx("skills@1.5.26", "add", SKILL, "--list")
    npx("skills@1.5.26", "add", SKILL, "-y", "-a", "claude-code")
    assert (tmp_path / ".claude" / "skills" / "sqlalchemy-coding-agent" / "SKILL.md").exists()
