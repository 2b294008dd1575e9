"""`aludel dump tokens` against CPython's own tokenizer.

CPython 3.12 and later take f-strings apart; their parts are put together again here, since
we give each as one token. Files that CPython itself does not read are left out.
"""

import io
import os
import pathlib
import tokenize

import pytest

SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.DEDENT, tokenize.INDENT, tokenize.NEWLINE}
SAMPLE = 120


def stdlib():
    folder = pathlib.Path(os.__file__).parent
    files = sorted(p for p in folder.rglob("*.py") if "site-packages" not in p.parts and not {"encoded_modules", "lib2to3"} & set(p.parts))
    return files[:: max(1, len(files) // SAMPLE)]


def reference(path):
    """Places and texts of the tokens that carry text."""
    with tokenize.open(path) as f:
        text = f.read()
    lines = text.splitlines(keepends=True)
    found, depth, start = [], 0, None
    for t in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[t.type]
        if name in ("FSTRING_START", "TSTRING_START"):
            depth += 1
            start = start if depth > 1 else t.start
        if name in ("FSTRING_END", "TSTRING_END"):
            depth -= 1
            if not depth:
                found.append((*place(start), *place(t.end), between(lines, start, t.end)))
        elif not depth and t.type not in SKIPPED:
            found.append((*place(t.start), *place(t.end), t.string))
    return found


def place(at):
    return at[0], at[1] + 1


def between(lines, start, end):
    text = "".join(lines[start[0] - 1 : end[0]])
    return text[start[1] : len(text) - len(lines[end[0] - 1]) + end[1]]


def ours(aludel, path):
    result = aludel.run("dump", "tokens", path)
    assert result.code == 0, result
    found = []
    for line in result.out.splitlines():
        where, kind, *text = line.split("\t", 2)
        if kind in ("NEWLINE", "INDENT", "DEDENT", "END"):
            continue
        start, end = where.split("-")
        found.append(tuple(int(n) for n in (*start.split(":"), *end.split(":"))) + (text[0],))
    return found


def test_tokens_are_those_of_cpython(aludel):
    files = compared = 0
    for path in stdlib():
        try:
            expected = reference(path)
        except (SyntaxError, tokenize.TokenError, UnicodeDecodeError):
            continue
        if "\f" in path.read_text(encoding="utf-8", errors="replace"):
            continue  # columns behind a form feed are counted from it
        got = ours(aludel, path)
        plain = [(a, b, c, d, t.replace("\n", "\\n").replace("\r", "\\r")) for a, b, c, d, t in expected]
        assert got == plain, path
        files += 1
        compared += len(plain)
    assert files > SAMPLE // 2 and compared > 20_000


@pytest.mark.parametrize("text", ["x = 'open\n", "f'{a'\n", "a = $\nb = 1\n", "(\n", "f'''{x\n"])
def test_mistakes_are_told_and_reading_goes_on(aludel, tmp_path, text):
    path = tmp_path / "a.py"
    path.write_text(text)
    result = aludel.run("dump", "tokens", path)
    assert result.code == 1
    assert "%s:1:" % path in result.err
    assert result.out.splitlines()[-1].endswith("END")
