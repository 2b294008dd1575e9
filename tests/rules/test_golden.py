"""Each case of tests/rules/*.md: findings, fixes and what is shown are as written there.

UPDATE=1 writes the blocks anew; read the difference before it is committed.
"""

import os
import re

import pytest

import golden

CASES = [case for path in golden.rule_files() for case in golden.cases_of(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_case(case, aludel, tmp_path):
    case.write(tmp_path)
    blocks = golden.actual_blocks(aludel, case, tmp_path, case.path.stem)
    if os.environ.get("UPDATE"):
        text = case.path.read_text(encoding="utf-8")
        new = text.replace(case.text, golden.updated(case, blocks))
        case.path.write_text(new.rstrip("\n") + "\n", encoding="utf-8")
        return
    assert blocks["findings"] == case.expected.get("findings", "")
    assert blocks.get("diff", "") == case.expected.get("diff", "")
    assert blocks.get("shown", "") == case.expected.get("shown", "")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_fix_is_stable(case, aludel, tmp_path):
    """A second --fix changes nothing more, and what was fixed still parses."""
    case.write(tmp_path)
    options = ("--select", case.path.stem, "--fix", "--unsafe-fixes")
    golden.aludel_check(aludel, tmp_path, *options)
    once = {name: (tmp_path / name).read_bytes() for name in case.files}
    golden.aludel_check(aludel, tmp_path, *options)
    assert once == {name: (tmp_path / name).read_bytes() for name in case.files}
    for name, text in once.items():
        compile(text, name, "exec")


@pytest.mark.parametrize("path", golden.rule_files(), ids=lambda p: p.stem)
def test_page(path):
    """Each rule has a page, cases that are reported, and one that is not."""
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.stem}\n\n\s*\S", text), "the title is the rule's name"
    cases = golden.cases_of(path)
    assert any(c.expected.get("findings") for c in cases)
    assert any(not c.expected.get("findings", "").strip() for c in cases)
