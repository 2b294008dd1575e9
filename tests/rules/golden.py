"""Reads and writes tests/rules/<rule>.md.

The first section, up to the first `## `, is the rule's page in the documentation. Each
`## title` is a case, made of fenced blocks:

    ```python [FILE]      a file of the project (app.py); several may stand
    ```config             lines for [tool.aludel], if any
    ```findings           what `aludel check` says (nothing to find: an empty block)
    ```diff               what `--fix --unsafe-fixes` changes, where it changes something
    ```shown              what the fixes would change that a person has to decide on
    ```run [VERSIONS]     a program that uses the files; see test_executed.py
    ```output             what it prints once the safe fixes are in

The findings, diff and shown blocks are written by `UPDATE=1 pytest tests/rules`.
"""

import difflib
import json
import pathlib
import re
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent
FENCE = re.compile(r"^```(\w+)[ \t]*([^\n]*)\n(.*?)^```$", re.M | re.S)
WRITTEN = ("findings", "diff", "shown")


class Case:
    def __init__(self, path, title, text):
        self.path, self.title, self.text = path, title, text
        self.files, self.config, self.run, self.output = {}, "", None, None
        self.versions = ("14", "20", "21")
        self.expected = {}
        for kind, argument, body in FENCE.findall(text):
            if kind == "python":
                self.files[argument.strip() or "app.py"] = body
            elif kind == "config":
                self.config = body
            elif kind == "run":
                self.run = body
                if argument.strip():
                    self.versions = tuple(v.replace(".", "") for v in argument.split())
            elif kind == "output":
                self.output = body
            elif kind in WRITTEN:
                self.expected[kind] = body
            else:
                raise ValueError(f"{path.name}: {title}: unknown block {kind!r}")
        if not self.files:
            raise ValueError(f"{path.name}: {title}: no python block")
        self.id = f"{path.stem}: {title}"

    def write(self, folder):
        for name, text in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        (folder / "pyproject.toml").write_text("[tool.aludel]\n" + self.config)


def rule_files():
    return sorted(p for p in FOLDER.glob("*.md") if p.name != "README.md")


def cases_of(path):
    parts = re.split(r"^## (.*)\n", path.read_text(encoding="utf-8"), flags=re.M)
    return [Case(path, parts[i].strip(), parts[i + 1]) for i in range(1, len(parts), 2)]


def aludel_check(aludel, folder, *options):
    done = subprocess.run([str(aludel), "check", *options], cwd=folder, capture_output=True,
                          text=True, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def code_of(path):
    return path.read_text(encoding="utf-8").split("\n", 1)[0]


def apply_edits(text, edits):
    lines = text.splitlines(keepends=True)

    def offset(place):
        return sum(map(len, lines[: place["row"] - 1])) + place["column"] - 1

    for edit in sorted(edits, key=lambda e: offset(e["location"]), reverse=True):
        start, end = offset(edit["location"]), offset(edit["end_location"])
        text = text[:start] + edit["content"] + text[end:]
    return text


def unified(before, after, name):
    lines = difflib.unified_diff(before.splitlines(keepends=True),
                                 after.splitlines(keepends=True), name, name)
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def actual_blocks(aludel, case, folder, rule):
    """The written blocks as they are now; `rule` alone is selected."""
    select = ("--select", rule)
    found = json.loads(aludel_check(aludel, folder, *select, "--output-format", "json"))
    lines, shown = [], ""
    for f in found:
        name = str(pathlib.Path(f["filename"]).relative_to(folder.resolve()))
        place = f["location"]
        lines.append(f"{name}:{place['row']}:{place['column']}: {f['code']} {f['message']}")
        if f["fix"]:
            lines.append(f"  {f['fix']['applicability']}: {f['fix']['message']}")
            if f["fix"]["applicability"] == "display":
                text = case.files[name]
                shown += unified(text, apply_edits(text, f["fix"]["edits"]), name)
        elif f["refused"]:
            lines.append(f"  not fixed: {f['refused']}")
    diff = aludel_check(aludel, folder, *select, "--diff", "--unsafe-fixes")
    blocks = {"findings": "".join(line + "\n" for line in lines)}
    if diff:
        blocks["diff"] = diff
    if shown:
        blocks["shown"] = shown
    return blocks


def updated(case, blocks):
    """The case's text with the written blocks as they are now."""
    text = FENCE.sub(lambda m: "" if m[1] in WRITTEN else m[0], case.text)
    text = re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"
    written = "".join(f"```{kind}\n{body}```\n" for kind, body in blocks.items())
    run = re.search(r"^```run", text, re.M)
    if run:
        return text[: run.start()] + written + "\n" + text[run.start():] + "\n"
    return text + written + "\n"
