"""Files that are not what one expects: read without a crash, with a reason; parse_large.c has the times."""

import subprocess
import time

import pytest

def dump(aludel, folder, content, *options, timeout=120):
    path = folder / "weird.py"
    path.write_bytes(content)
    start = time.monotonic()
    with open(folder / "out", "wb") as out:
        done = subprocess.run(
            [str(aludel), "dump", "ast", *options, path.name],
            cwd=folder,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=timeout,
        )
    seconds = time.monotonic() - start
    assert done.returncode in (0, 1), done.stderr[-2000:]
    assert b"Sanitizer" not in done.stderr, done.stderr[-2000:]
    return done.returncode, (folder / "out").read_bytes(), done.stderr.decode(), seconds


ACCEPTED = {
    "empty": b"",
    "one newline": b"\n",
    "only a comment": b"# a",
    "only a byte order mark": b"\xef\xbb\xbf",
    "byte order mark and code": b"\xef\xbb\xbfx = 1\n",
    "no final newline": b"x = 1",
    "no final newline in a block": b"if x:\n    y",
    "comment without newline in a block": b"if x:\n    y\n    # a",
    "cr lf": b"if x:\r\n    y = '''a\r\nb'''\r\n",
    "cr": b"if x:\r    y = 1\rz = 2\r",
    "mixed line ends": b"a\rb\nc\r\nd",
    "tabs": b"if x:\n\ty\n\tif z:\n\t\tw\n",
    "form feed before code": b"\x0cx = 1\n",
    "form feed in an indent": b"if x:\n  y\n\x0c\nz\n",
    "form feed between tokens": b"x\x0c=\x0c1\n",
    "joined lines": b"x = \\\n  1 + \\\n  2\n",
    "joined lines, cr lf": b"x = \\\r\n  1\r\n",
    "latin-1": b"# coding: latin-1\nx = '\xe9'\n",
    "cp1252": b"# coding: cp1252\nx = '\x80'\n",
    "identifiers": "é = naïve = 变量 = ª = ﬁ = 1\n".encode(),
    "blank lines with blanks": b"if x:\n    y\n  \n \n    z\n",
    "many semicolons": b"a;b;c;\n",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(aludel, tmp_path, name):
    import ast

    compile(ACCEPTED[name], name, "exec", ast.PyCF_ONLY_AST)
    code, out, err, _ = dump(aludel, tmp_path, ACCEPTED[name], "--json")
    assert (code, err) == (0, ""), err
    assert out.startswith(b'{"_type":"Module"')


REJECTED = {
    "nul byte": (b"x = 1\0\n", "1:6"),
    "nul byte in a string": (b"x = 'a\0b'\n", "1:7"),
    "nul byte in a comment": (b"# a\0b\nx = 1\n", "1:4"),
    "only nul bytes": (b"\0\0\0", "1:1"),
    "utf-16": ("x = 1\n".encode("utf-16"), "utf-16"),
    "utf-32": ("x = 1\n".encode("utf-32"), "utf-32"),
    "not utf-8": (b"x = 1\ny = '\xff'\n", "line 2"),
    "unknown encoding": (b"# coding: klingon\n", "klingon"),
    "backslash at the end": (b"x = 1 \\", "1:7"),
    "backslash and blank": (b"x = 1 \\ \n", "1:7"),
    "binary": (bytes(range(1, 128)), "1:"),
    "byte order mark inside": (b"x = 1\n\xef\xbb\xbfy = 2\n", "2:1"),
    "unclosed triple quotes": (b"x = '''\n" + b"a\n" * 1000, "1:5"),
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejected_with_a_place(aludel, tmp_path, name):
    content, place = REJECTED[name]
    code, out, err, _ = dump(aludel, tmp_path, content)
    assert code == 1
    assert place in err, err
    assert "weird.py" in err


DEEP = {
    "parentheses": (b"(" * 10000 + b")" * 10000, "parentheses"),
    "lists": (b"[" * 10000 + b"]" * 10000, "parentheses"),
    "calls": (b"f(" * 10000 + b")" * 10000, "parentheses"),
    "unclosed": (b"[" * 10000, "parentheses"),
    "blocks": (b"".join(b" " * i + b"if x:\n" for i in range(3000)) + b" " * 3000 + b"y\n", "indent"),
    "not": (b"x = " + b"not " * 10000 + b"a\n", None),
    "minus": (b"x = " + b"-" * 10000 + b"a\n", None),
    "power": (b"x = " + b"a ** " * 10000 + b"a\n", None),
    "plus": (b"x = " + b"a + " * 10000 + b"a\n", None),
    "attributes": (b"x = a" + b".b" * 10000 + b"\n", None),
    "calls in a row": (b"x = a" + b"(b)" * 10000 + b"\n", None),
    "subscripts": (b"x = a" + b"[0]" * 10000 + b"\n", None),
    "lambda": (b"x = " + b"lambda: " * 10000 + b"a\n", None),
    "conditions": (b"x = " + b"a if b else " * 10000 + b"c\n", None),
    "elif": (b"if a: b\n" + b"elif c: d\n" * 10000, None),
    "f-strings": (b"x = " + b"f'{" * 10000 + b"a" + b"}'" * 10000, None),
    "format specs": (b"x = f'" + b"{a:" * 10000 + b"}" * 10000 + b"'\n", None),
    "await": (b"x = " + b"await " * 10000 + b"a\n", None),
    "stars": (b"x = f(" + b"*" * 10000 + b"a)\n", None),
    "patterns": (b"match x:\n case " + b"[" * 10000 + b"]" * 10000 + b": y\n", "parentheses"),
    "decorators": (b"@a\n" * 10000 + b"def f(): pass\n", None),
    "walrus": (b"x = " + b"(y := " * 10000 + b"1" + b")" * 10000, "parentheses"),
    "assignments": (b"x = " * 10000 + b"1\n", None),
    "compare": (b"x = a" + b" < a" * 10000 + b"\n", None),
    "closing": (b")" * 10000, None),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting(aludel, tmp_path, name):
    content, word = DEEP[name]
    for options in ([], ["--json"]):
        code, _, err, seconds = dump(aludel, tmp_path, content + b"\nafter = 1\n", *options)
        assert seconds < 20
        if word:
            assert code == 1 and word in err, err[:500]
        if code == 1:
            assert "weird.py:" in err
