"""Holds `aludel dump ast --json` against the `ast` of the Python that runs this file.

    python oracle_ast.py FILES DUMPS

FILES has one path per line, DUMPS the dump of each (`null` where Aludel rejects it) on
the same line. Prints one JSON object: counts, the conventions that were used, and the
differences. Runs on every CPython from 3.8 on, and inside Pyodide; needs nothing but the
standard library.

Conventions, and nothing else, are allowed to differ:

  surrogates   JSON cannot tell a pair of surrogates from the character they stand for.
  encoding     Only utf-8, ascii, latin-1 and cp1252 are read; Python reads more.
  newer        Rejected by this Python, accepted by the newest (the caller checks that).
  withdrawn    Accepted by this Python, rejected by the newest (the caller checks that).
  fields       `type_params` (3.12) and `default_value` (3.13) are empty before they existed.
  fstring      Before 3.12 nothing inside an f-string has true positions.
  fstring_3.12 3.12 has empty strings and lost text in format specs, and drops the comment
               sign's rest from `{"#"=}`; 3.13 and later are right.
  index_3.8    3.8 wraps subscripts in Index and ExtSlice; those have no positions, nor do
               slices, keyword arguments (3.9) and aliases (3.10).
  kwonly_3.8   3.8 ends a keyword-only parameter before its annotation, unlike all others.
  with_3.8     3.8 reads `with (a, b):` as one tuple; 3.9 and later enter a and b.
  starred_3.8  3.8 ends a starred call argument before the closing parentheses of its value.
  block_3.8    3.8 ends a block on its header's line before that line's last semicolon.
"""

import ast
import io
import json
import re
import sys
import tokenize
import warnings

VERSION = sys.version_info[:2]
SKIPPED_FIELDS = {"ctx", "type_comment"}
READ_ENCODINGS = {"utf-8", "utf-8-sig", "ascii", "iso-8859-1", "cp1252"}
LATER_FIELDS = {"type_params": [], "default_value": None}
NO_POSITIONS = set()
if VERSION < (3, 10):
    NO_POSITIONS.add("alias")
if VERSION < (3, 9):
    NO_POSITIONS.update(("keyword", "Slice", "Index", "ExtSlice"))
PREFIX = "/host" if sys.platform == "emscripten" else ""  # see pyodide_run.mjs
NEWLINE = re.compile(rb"\r\n|\r|\n")
PAIRS = re.compile("[\ud800-\udbff][\udc00-\udfff]")

if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)


def join_surrogates(text):
    return PAIRS.sub(lambda m: m.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)


def encoding_of(source):
    """Canonical name of the file's encoding, or None."""
    import codecs

    try:
        name = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        return codecs.lookup(name).name
    except (SyntaxError, LookupError):
        return None


class Report:
    def __init__(self):
        self.files = self.nodes = self.rejected = self.difference_count = 0
        self.conventions = {}
        self.differences = []
        self.only_aludel = []  # accepted by Aludel, rejected here
        self.only_python = []  # the other way round

    def use(self, convention):
        self.conventions[convention] = self.conventions.get(convention, 0) + 1

    def differ(self, path, where, what):
        self.difference_count += 1
        if len(self.differences) < 200:
            self.differences.append("%s: %s: %s" % (path, where, what))


def where(path):
    names = []
    while path:
        path, name = path
        names.append(str(name))
    return ".".join(reversed(names)) or "Module"


def number_value(text):
    text = text.replace("_", "")
    if text[-1] in "jJ":
        return complex(0, float(text[:-1]))
    try:
        return int(text, 0)
    except ValueError:
        return int(text) if text.strip("0") == "" else float(text)


class File:
    """Compares one file."""

    def __init__(self, path, source, report):
        self.path = path
        self.report = report
        self.bom = 3 if source.startswith(b"\xef\xbb\xbf") else 0
        encoding = encoding_of(source)
        if encoding in ("iso8859-1", "iso-8859-1", "latin-1", "cp1252"):
            source = source.decode(encoding).encode("utf-8")
        self.source = source
        self.starts = [0] + [m.end() for m in NEWLINE.finditer(source)]

    def offset(self, line, column):
        return self.starts[line - 1] + column + (self.bom if line == 1 else 0)

    def differ(self, path, what):
        self.report.differ(self.path, where(path), what)

    def compare(self, tree, dump):
        stack = [(tree, dump, None, False)]
        count = 0
        while stack:
            node, dumped, path, in_fstring = stack.pop()
            if isinstance(node, list):
                self.compare_lists(node, dumped, path, in_fstring, stack)
            elif isinstance(node, ast.AST):
                count += 1
                self.compare_nodes(node, dumped, path, in_fstring, stack)
            elif node != dumped or type(node) is not type(dumped):
                self.differ(path, "%r, dumped %r" % (node, dumped))
        self.report.nodes += count

    def compare_lists(self, node, dumped, path, in_fstring, stack):
        if not isinstance(dumped, list):
            return self.differ(path, "a list, dumped %r" % (dumped,))
        if VERSION == (3, 12) and in_fstring and len(node) != len(dumped):
            node = [n for n in node if not (isinstance(n, ast.Constant) and n.value == "")]
            self.report.use("fstring_3.12")
        if len(node) != len(dumped):
            return self.differ(path, "%d items, dumped %d" % (len(node), len(dumped)))
        for i, item in enumerate(node):
            stack.append((item, dumped[i], (path, i), in_fstring))

    def compare_nodes(self, node, dumped, path, in_fstring, stack):
        name = node.__class__.__name__
        if name == "Index":
            self.report.use("index_3.8")
            return stack.append((node.value, dumped, path, in_fstring))
        if not isinstance(dumped, dict):
            return self.differ(path, "%s, dumped %r" % (name, dumped))
        if name == "ExtSlice":
            self.report.use("index_3.8")
            return stack.append((node.dims, dumped.get("elts"), path, in_fstring))
        if dumped.get("_type") != name:
            return self.differ(path, "%s, dumped %s" % (name, dumped.get("_type")))
        if VERSION == (3, 8) and name in ("With", "AsyncWith") and len(node.items) == 1:
            held = node.items[0].context_expr
            if isinstance(held, ast.Tuple) and len(dumped.get("items", ())) == len(held.elts) > 1:
                self.report.use("with_3.8")
                node.items = [ast.withitem(e, None) for e in held.elts]
        expected = {"_type"}
        for field in node._fields:
            if field in SKIPPED_FIELDS:
                continue
            expected.add(field)
            if field not in dumped:
                self.differ(path, "%s: no field %s" % (name, field))
            elif name == "Constant" and field == "value":
                self.compare_constant(node, dumped, path, in_fstring)
            else:
                inside = in_fstring or name == "JoinedStr" or name == "TemplateStr"
                stack.append((getattr(node, field, None), dumped[field], (path, field), inside))
        if "lineno" in node._attributes or name in NO_POSITIONS:
            expected.update(("start", "end"))
            if name not in NO_POSITIONS:
                self.compare_positions(node, dumped, path, in_fstring)
        for key in dumped.keys() - expected:
            if key in LATER_FIELDS and dumped[key] == LATER_FIELDS[key]:
                self.report.use("fields")
            else:
                self.differ(path, "%s: %s=%r is not in this ast" % (name, key, dumped[key]))

    def compare_positions(self, node, dumped, path, in_fstring):
        if in_fstring and VERSION < (3, 12):
            return self.report.use("fstring")
        start = self.offset(node.lineno, node.col_offset)
        end = self.offset(node.end_lineno, node.end_col_offset)
        if (VERSION == (3, 8) and isinstance(node, ast.arg) and node.annotation
                and where(path).rpartition(".")[0].endswith(".kwonlyargs")):
            last = node.annotation
            annotated = self.offset(last.end_lineno, last.end_col_offset)
            if end == start + len(node.arg.encode()) and dumped.get("end", 0) >= annotated:
                self.report.use("kwonly_3.8")
                end = dumped["end"]
        if VERSION == (3, 8) and isinstance(node, ast.Starred) and dumped.get("end") != end:
            if self.source[end : dumped["end"]].strip(b") \t\r\n") == b"":
                self.report.use("starred_3.8")
                end = dumped["end"]
        if VERSION == (3, 8) and hasattr(node, "body") and dumped.get("end", 0) > end:
            if self.source[end : dumped["end"]].strip(b" \t\\\r\n") == b";":
                self.report.use("block_3.8")
                end = dumped["end"]
        if (dumped.get("start"), dumped.get("end")) != (start, end):
            self.differ(
                path,
                "%s at %d..%d %r, dumped %s..%s"
                % (
                    node.__class__.__name__,
                    start,
                    end,
                    self.source[start:end][:60],
                    dumped.get("start"),
                    dumped.get("end"),
                ),
            )

    def compare_constant(self, node, dumped, path, in_fstring):
        value, shown = node.value, dumped["value"]
        if isinstance(value, str):
            if value == shown:
                return
            if isinstance(shown, str) and join_surrogates(value) == join_surrogates(shown):
                return self.report.use("surrogates")
            if VERSION == (3, 12) and in_fstring:
                return self.report.use("fstring_3.12")
        elif isinstance(value, bytes):
            if value.decode("latin-1") == shown:
                return
        elif value is Ellipsis:
            if shown == "...":
                return
        elif value is None or isinstance(value, bool):
            if value is shown:
                return
        elif isinstance(shown, str):
            read = number_value(shown)
            if type(read) is type(value) and (read == value):
                return
        self.differ(path, "Constant %.80r, dumped %.80r" % (value, shown))


def parse(source, path):
    """The tree, or None where this Python rejects the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(source, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            return None


def compare_file(path, dump, report):
    with open(path, "rb") as f:
        source = f.read()
    tree = parse(source, path)
    report.files += 1
    rejected = dump.strip() == "null"
    if tree is None:
        report.rejected += 1
        if not rejected:
            report.only_aludel.append(path[len(PREFIX) :])
        return
    if rejected:
        encoding = encoding_of(source)
        if encoding not in READ_ENCODINGS and encoding not in ("iso8859-1",):
            report.use("encoding")
        else:
            report.only_python.append(path[len(PREFIX) :])
        return
    File(path, source, report).compare(tree, json.loads(dump))


def main(files, dumps):
    report = Report()
    if not PREFIX:
        sys.setrecursionlimit(20000)
    with open(files, encoding="utf-8") as f, open(dumps, encoding="utf-8", newline="\n") as d:
        for path in f:
            try:
                compare_file(PREFIX + path.rstrip("\n"), d.readline(), report)
            except RecursionError:
                report.differ(path.rstrip("\n"), None, "too deep for this reader")
    report.version = sys.version.split()[0]
    return json.dumps(vars(report))


def accepts(names):
    """Of the files named in a JSON list those that this Python accepts, as JSON."""
    accepted = []
    for name in json.loads(names):
        with open(PREFIX + name, "rb") as f:
            if parse(f.read(), name) is not None:
                accepted.append(name)
    return json.dumps(accepted)


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
