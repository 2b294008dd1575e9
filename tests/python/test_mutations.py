"""Accepts what CPython accepts: real files and snippets with one token changed.

One token is deleted, doubled, swapped with the next, or replaced by another; then Aludel
and CPython must both accept the text or both reject it. Nothing is random: the seed is
fixed and the snippets stand below, so that a failure can be looked at.
"""

import io
import json
import random
import subprocess
import tokenize

import pytest

from test_ast_oracle import (  # noqa: F401
    NEWEST,
    PYTHONS,
    accepted_natively,
    judge,
    sample,
    stdlib_files,
)

SNIPPETS = """
x = 1
x: int = 1
x, *y = z = 1, 2
x += 1; y **= 2; z //= 3; a @= b; c >>= 4
del x, y.z, a[0], (b, c), [d]
assert x, "message"
raise ValueError(x) from None
return x, y
global a, b
nonlocal a
import a.b.c as d, e
from . import (a as b, c,)
from ...a.b import *
pass; break; continue
yield x
x = yield from y
await x
x = lambda a, /, b=1, *c, d, e=2, **f: a
x = a if b else c
x = not a or b and c in d not in e is f is not g
x = a < b <= c == d != e > f >= g
x = -a ** -b + ~c @ d // e % f << g >> h & i ^ j | k
x = (y := f(x, *a, b=1, **c))
x = f(a for a in b if c if d)
x = f(a=(b for b in c), *d)
x = [a async for a, b in c for d in e if f]
x = {a: b for a, b in c}
x = {a for a in b}
x = {**a, 'b': c, **d}
x = {a, *b}
x = a[1:2, ::3, ..., *b]
x = a[b:=1]
x = a.b.c(d)[e](f).g
x = 'a' "b" r'c' u'd'
x = b'a' rb'b'
x = f'{a!r:>{b}} {c=} {{}}' 'd'
x = f'{a:%Y-%m-%d}' f"{b['c']}"
x = 0xFF + 0b11 + 0o17 + 1_000 + 1.5e-3 + 2j + .5
x = None, True, False, ...
x = ()
x = (a,)
type X[T: int = str, *Ts, **P] = dict[T, P]
if a: b
if a:
    b
elif c:
    d
else:
    e
while a:
    b
else:
    c
for a, *b in c, d:
    e
else:
    f
async for a in b:
    c
with a as b, c as (d, e): f
with (a as b, c,): d
with (a, b) as c: d
async with a as b:
    c
try:
    a
except b as c:
    d
except (e, f):
    g
else:
    h
finally:
    i
try:
    a
except* b:
    c
def f(a, /, b: int = 1, *c: int, d=2, **e) -> int:
    'doc'
    return a
async def f[T](*, a): return await a
@a.b(c)
class A[T](B, metaclass=C):
    x: int
    def f(self): ...
match a, b:
    case 1 | -2.5 | 1+2j | 'a': c
    case [a, *_, b]: d
    case (a, b) if c: d
    case {'a': b, **c}: d
    case A.B(c, d=e) as f: g
    case None | True: h
    case _: i
match = case = type = _ = 1
match(a)
type(a)[b]
print(f"{a}" f'{b:{c}}')
a = b = yield
@(yield)
def f(): pass
x = *a, *b
for x in *a, *b: c
return *a, b
x[a] : int
(x): int = 1
x.y: int
lambda: (yield)
if (a := b) and (c := d): e
"""

POOL = (
    "( ) [ ] { } , : ; . = := + - * ** / // % @ << >> & | ^ ~ < > <= >= == != -> += ... ! "
    "and or not in is if elif else for while def class return yield await async lambda with as "
    "import from raise try except finally pass break del global assert match case type _ None "
    "True x y 1 1.5 2j 'a' b'b' f'{a}' r'c' u'd' int"
).split()
SMALL_FILES = 70  # top-level statements of real files are used up to this many lines


def statements(text):
    """Top-level statements of SNIPPETS, each alone."""
    block = []
    for line in text.strip("\n").split("\n"):
        goes_on = line.startswith((" ", "elif", "else", "except", "finally"))
        if block and not goes_on and not block[-1].startswith("@"):
            yield "\n".join(block) + "\n"
            block = []
        block.append(line)
    yield "\n".join(block) + "\n"


def tokens_of(code):
    """(start, end) offsets of the tokens that have text."""
    starts = [0]
    for line in code.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    try:
        found = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return []

    def at(place):
        return starts[place[0] - 1] + place[1]

    spans = [(at(t.start), at(t.end)) for t in found if t.string.strip() and t.type != tokenize.COMMENT]
    return sorted(set(spans))


def mutate(code, rng):
    spans = tokens_of(code)
    if len(spans) < 3:
        return code
    i = rng.randrange(len(spans) - 1)
    (start, end), (start2, end2) = spans[i], spans[i + 1]
    kind = rng.randrange(5)
    if kind == 0:
        return code[:start] + code[end:]
    if kind == 1:
        return code[:end] + " " + code[start:end] + code[end:]
    if kind == 2:
        return code[:start] + code[start2:end2] + code[end:start2] + code[start:end] + code[end2:]
    if kind == 3:
        return code[:start] + " " + rng.choice(POOL) + " " + code[end:]
    return code[:end] + " " + rng.choice(POOL) + " " + code[end:]




def check(aludel, folder, cases, newest_of):
    paths = []
    for i, code in enumerate(cases):
        path = folder / ("case%05d.py" % i)
        path.write_bytes(code.encode())
        paths.append(str(path))
    ours = set()
    for i in range(0, len(paths), 400):
        part = paths[i : i + 400]
        done = subprocess.run([str(aludel), "dump", "ast", "--json", *part], capture_output=True)
        assert done.returncode in (0, 1), done.stderr[-2000:]
        lines = done.stdout.split(b"\n")
        assert len(lines) == len(part) + 1
        ours.update(p for p, line in zip(part, lines) if line != b"null")
    theirs = accepted_natively(paths)
    unequal = sorted(ours ^ theirs)
    newest = newest_of(unequal) if unequal else set()
    wrong = [p for p in unequal if (p in ours) != (p in newest)]
    shown = ["%s\n%s" % ("accepted" if p in ours else "rejected", cases[paths.index(p)]) for p in wrong]
    print(json.dumps({"cases": len(cases), "accepted": len(ours), "unequal": len(unequal)}))
    assert not wrong, "%d of %d\n" % (len(wrong), len(cases)) + "\n".join(shown[:30])


def test_snippets_themselves(aludel, tmp_path, judge):  # noqa: F811
    check(aludel, tmp_path, list(statements(SNIPPETS)) + [SNIPPETS], judge)


@pytest.mark.parametrize("seed", range(2))
def test_mutated_snippets(aludel, tmp_path, judge, seed):  # noqa: F811
    rng = random.Random(seed)
    snippets = list(statements(SNIPPETS))
    check(aludel, tmp_path, [mutate(rng.choice(snippets), rng) for _ in range(4000)], judge)


def real_statements():
    for path in sample(stdlib_files(NEWEST), 40):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        block = []
        for line in text.split("\n"):
            if block and line[:1].strip() and line[:1] not in ")]}#" and not block[-1].startswith("@"):
                if len(block) <= SMALL_FILES:
                    yield "\n".join(block) + "\n"
                block = []
            block.append(line)


def test_mutated_real_code(aludel, tmp_path, judge):  # noqa: F811
    rng = random.Random(7)
    blocks = list(real_statements())
    cases = [mutate(mutate(rng.choice(blocks), rng), rng) for _ in range(1500)]
    cases += [mutate(rng.choice(blocks), rng) for _ in range(2500)]
    check(aludel, tmp_path, cases, judge)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(10, 30))
def test_many_mutations(aludel, tmp_path, judge, seed):  # noqa: F811
    rng = random.Random(seed)
    snippets, blocks = list(statements(SNIPPETS)), list(real_statements())
    cases = [mutate(rng.choice(snippets), rng) for _ in range(4000)]
    cases += [mutate(mutate(rng.choice(snippets), rng), rng) for _ in range(4000)]
    cases += [mutate(rng.choice(blocks), rng) for _ in range(4000)]
    check(aludel, tmp_path, cases, judge)
