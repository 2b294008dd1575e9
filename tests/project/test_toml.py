"""The TOML reader against CPython's tomllib: the cases of the specification, and generated documents."""
import json
import math
import pathlib
import random
import subprocess

import pytest

import tomllib

HERE = pathlib.Path(__file__).parent
CONTROLS = [
    (b"a = 1\r\nb = 2\r\n", True), (b"a = 1\r", False), (b"a = 1\rb = 2", False), (b'a = "\x00"', False),
    (b'a = "\x1f"', False), (b'a = "\x7f"', False), (b"a = '\x01'", False), (b'a = """\x01"""', False),
    (b'a = """\r"""', False), (b'a = """x\r\ny"""', True), (b"a = '''x\r\ny'''", True), (b"a = '''\r'''", False),
    (b"# \x01", False), (b"# \x7f", False), (b"# \t x", True), (b"# a\rb", False), (b"a\t=\t1", True), (b"\x0ca = 1", False),
    (b"a = 1\x0b", False), (b'a = "\t"', True), (b"a = [1,\r\n2]", True), (b"a = [1,\r2]", False), (b"\r\n", True),
    (b'a = """\\\r\n  x"""', True), (b'a = """a\\  \n\n \t x"""', True), ("a\u00a0= 1".encode(), False),
    ("a = \"\u2028\"".encode(), True), ("# \u0085".encode(), True),
]


def cases(name):
    """Documents of a file, each but the first behind a broken bar at the start of a line."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [c.rstrip("\n").encode() for c in text.split("¦")]


def tagged(value):
    import datetime as dt

    if isinstance(value, dict):
        return {k: tagged(v) for k, v in value.items()}
    if isinstance(value, list):
        return [tagged(v) for v in value]
    if isinstance(value, float) and math.isnan(value):
        return ("float", "nan", math.copysign(1, value))
    if isinstance(value, float):
        return ("float", value.hex())
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return (type(value).__name__, value)
    return (type(value).__name__, value)


def untagged(node):
    import datetime as dt

    kind, value = node["type"], node["value"]
    if kind == "table":
        return {k: untagged(v) for k, v in value.items()}
    if kind == "array":
        return [untagged(v) for v in value]
    if kind == "float":
        number = float.fromhex(value)
        return ("float", "nan", math.copysign(1, number)) if math.isnan(number) else ("float", number.hex())
    if kind in ("datetime", "datetime-local", "date-local", "time-local"):
        parsed = tomllib.loads("x = " + value)["x"]
        name = {"datetime": dt.datetime, "datetime-local": dt.datetime, "date-local": dt.date, "time-local": dt.time}[kind]
        assert type(parsed) is name
        assert kind != "datetime" or parsed.tzinfo
        assert kind != "datetime-local" or not parsed.tzinfo
        return (name.__name__, parsed)
    return ({"string": "str", "integer": "int", "bool": "bool"}[kind], value)


def read_all(program, documents):
    run = subprocess.run([program("toml_dump")], input=b"\0".join(documents), capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    lines = run.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]
    assert len(lines) == len(documents)
    return [json.loads(line) for line in lines]


def reference(document):
    """What tomllib reads, or None. Integers past 64 bits are an error of ours by the specification."""
    try:
        value = tomllib.loads(document.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return None

    def fits(v):
        if isinstance(v, dict):
            return all(map(fits, v.values()))
        if isinstance(v, list):
            return all(map(fits, v))
        return not isinstance(v, int) or -(2**63) <= v < 2**63

    return value if fits(value) else None


def compare(program, documents):
    accepted = 0
    for document, got in zip(documents, read_all(program, documents)):
        want = reference(document)
        if want is None:
            assert "error" in got, f"accepted: {document!r}"
            assert got["line"] >= 1 and got["column"] >= 1 and got["error"]
        else:
            assert "error" not in got, f"{document!r}: {got}"
            assert untagged(got["value"]) == tagged(want), document
            accepted += 1
    return accepted


def test_valid_cases(program):
    documents = cases("toml_valid.txt")
    assert compare(program, documents) == len(documents)


def test_invalid_cases(program):
    documents = cases("toml_invalid.txt")
    assert len(documents) + len(cases("toml_valid.txt")) > 230
    assert compare(program, documents) == 0


def test_control_characters(program):
    documents = [d.replace(b"\0", b"\x02") for d, _ in CONTROLS]
    for (document, valid), got in zip(CONTROLS, read_all(program, documents)):
        assert ("error" not in got) == valid, document
    compare(program, documents)


def test_position_of_errors(program):
    documents = [b"a = 1\n\nb = [1,\n  x]\n", 'é = "ü" x\n'.encode(), b"[t]\nk = 1\nk = 2\n", b'a = """\n\n\\q"""',
                 '"é" = "ü" x\n'.encode()]
    places = [(g["line"], g["column"]) for g in read_all(program, documents)]
    assert places == [(4, 3), (1, 1), (3, 1), (3, 1), (1, 11)]


def test_reading_goes_on_behind_an_error(program):
    got = read_all(program, [b"a = \nb = 2\n[t]\nc = nope\nd = 4\n[[x]\ny = 1\n[z]\nw = 1\n"])[0]
    assert untagged(got["value"]) == {"b": ("int", 2), "t": {"d": ("int", 4)}, "z": {"w": ("int", 1)}}
    assert got["errors"] == 3


def test_bytes_that_are_not_utf8_and_bom(program):
    bad, bom = read_all(program, [b'a = 1\nb = "\xff"\n', b"\xef\xbb\xbfa = 1\n"])
    assert bad["line"] == 2
    assert untagged(bom["value"]) == {"a": ("int", 1)}


def test_depth_is_limited(program):
    fine, deep, tables, dotted = read_all(
        program, [b"a = " + b"[" * 90 + b"]" * 90, b"a = " + b"[" * 100000, b"a = " + b"{b=" * 100000,
                  b".".join([b"a"] * 20000) + b" = 1"])
    assert "error" not in fine and "200" in deep["error"] and "200" in tables["error"]
    assert "error" in dotted


KEYS = ["a", "b", "c", '"d e"', "'f'", "a.b", "a.c", "b.c.d", '"x".y', "a.b.c"]


def random_string(rng):
    chars = ["a", "Z", " ", "é", "😀", "\t", "#", "[", "]", "{", "=", "'", '"', "\\", "\\n", "\\u00e9", "\\U0001F600",
             "\\\\", '\\"', "\n", "\\\n  ", "\r\n", '""', "''", "\x7f", "\\x"]
    body = "".join(rng.choice(chars[: rng.choice([12, 20, 26])]) for _ in range(rng.randint(0, 7)))
    quote = rng.choice(['"', "'", '"""', "'''"])
    return quote + body + quote


def random_number(rng):
    shapes = ["{d}", "+{d}", "-{d}", "0x{h}", "0o{o}", "0b{b}", "{d}.{f}", "-{d}.{f}e{d}", "{d}e-{f}", "{d}E+{f}", "inf", "-nan",
              "{f}", "{d}_{f}", "{d}{d}{d}", "{d}_{d}.{f}_{f}", "0x{h}_{h}", "{d}{d}{d}{d}{d}{d}{d}{d}{d}{d}{d}{d}{d}{d}{d}"]
    return rng.choice(shapes).format(d=rng.choice(["0", "1", "7", "12", "93", "00"]), f=rng.choice(["0", "5", "05", "125", ""]),
                                     h=rng.choice(["0", "fF", "DEAD"]), o="17", b="101")


def random_date(rng):
    date = "{:04}-{:02}-{:02}".format(rng.randint(1, 9999), rng.randint(0, 13), rng.randint(0, 32))
    time = "{:02}:{:02}:{:02}".format(rng.randint(0, 24), rng.randint(0, 60), rng.randint(0, 60)) + rng.choice(["", ".5", ".123456", "."])
    return rng.choice([date, time, date + "T" + time, date + " " + time + "Z", date + "t" + time + "+0{}:30".format(rng.randint(0, 9)),
                       date + "T" + time + "-25:00"])


def random_value(rng, depth=0):
    kind = rng.random()
    if kind < 0.12 and depth < 4:
        sep = rng.choice([", ", ",", ",\n", " , # c\n", ",\r\n "])
        items = sep.join(random_value(rng, depth + 1) for _ in range(rng.randint(0, 3)))
        return "[" + items + rng.choice(["", "", ",", "\n", " # c\n", ",,"]) + "]"
    if kind < 0.24 and depth < 4:
        items = ", ".join(rng.choice(KEYS) + " = " + random_value(rng, depth + 1) for _ in range(rng.randint(0, 3)))
        return "{" + items + rng.choice(["", "", " ", ","] if items else [""]) + "}"
    if kind < 0.45:
        return random_string(rng)
    if kind < 0.65:
        return random_number(rng)
    return random_date(rng) if kind < 0.8 else rng.choice(["true", "false", "1", "2", "True"])


def random_line(rng):
    kind = rng.random()
    if kind < 0.25:
        return "[" + rng.choice(KEYS) + "]"
    if kind < 0.4:
        return "[[" + rng.choice(KEYS) + "]]"
    if kind < 0.47:
        return rng.choice(["", "# comment", "   ", "\t# é", "[ a . b ]"])
    line = rng.choice(KEYS) + rng.choice([" = ", "=", "\t=  "]) + random_value(rng)
    return line + rng.choice(["", "", " # c", " ", "x"] if kind < 0.55 else [""])


def random_document(rng):
    lines = [random_line(rng) for _ in range(rng.choice([1, 1, 2, 3, 4, 6, 9]))]
    return (rng.choice(["\n", "\n", "\r\n"]).join(lines) + rng.choice(["", "\n"])).encode()


def mutated(rng, document):
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(document) + 1)
        document = document[:at] + rng.choice([b"", b"'", b'"', b"]", b"[", b".", b"=", b"\n", b" ", b"_", b"}", b"0"]) + document[at + rng.randint(0, 2):]
    return document


def generated(seed, count):
    rng = random.Random(seed)
    fixed = cases("toml_valid.txt")
    documents = [random_document(rng) for _ in range(count)]
    for _ in range(count // 2):
        documents.append(mutated(rng, rng.choice(fixed)))
    # Python has no year 0, RFC 3339 has.
    return [d for d in documents if b"\0" not in d and b"0000-" not in d]


def test_generated(program):
    documents = generated(7, 4000)
    accepted = compare(program, documents)
    assert len(documents) / 4 < accepted < len(documents) * 3 / 4


@pytest.mark.oracle
def test_generated_long(program):
    for seed in range(100, 120):
        compare(program, generated(seed, 5000))
