"""Templates against Jinja2 itself: the same text, or the same kind of error at the same line."""

import copy
import json
import re
import sys

import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import jinja_corpus as corpus  # noqa: E402

SEPARATOR = "\x1e\n"  # between the results of one batch


def reference(template, data, includes, **options):
    """("text", ...) or (kind, line) of an error, by Jinja2."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        loader=jinja2.DictLoader(includes),
        **{name.replace("-", "_"): True for name in options.get("flags", ())},
    )
    try:
        return "text", environment.from_string(template).render(copy.deepcopy(data))
    except jinja2.TemplateSyntaxError:
        return "syntax error", None
    except jinja2.UndefinedError:
        return "undefined", None
    except Exception:
        return "error", None


def ours(aludel, folder, template, data, flags=()):
    (folder / "t.j2").write_bytes(template.encode())
    options = ["--" + flag for flag in flags]
    result = aludel.run("render", "t.j2", "--data", "-", *options, input=json.dumps(data), cwd=folder)
    if result.code == 0:
        return "text", result.out
    assert result.code == 2 and result.out == "", result
    match = re.match(r"aludel: error: ([\w.]+):(\d+): ([a-z ]+): .", result.err)
    assert match, result
    return match.group(3), int(match.group(2))


def same(aludel, folder, template, data=corpus.DATA, flags=()):
    wanted = reference(template, data, corpus.INCLUDES, flags=flags)
    got = ours(aludel, folder, template, data, flags)
    if wanted[0] == "text":
        assert got == wanted, template
    else:
        assert got[0] == wanted[0], (template, got, wanted)
    return got


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jinja")
    for name, text in corpus.INCLUDES.items():
        (folder / name).write_bytes(text.encode())
    return folder


def test_expressions(aludel, folder):
    assert len(corpus.EXPRESSIONS) > 150
    wrong = []
    for expression in corpus.EXPRESSIONS:
        try:
            same(aludel, folder, "{{ " + expression + " }}")
        except AssertionError as error:
            wrong.append(str(error).split("\nassert")[0])
    assert not wrong, "\n\n".join(wrong)


def test_templates(aludel, folder):
    wrong = []
    for name, template in corpus.TEMPLATES:
        try:
            same(aludel, folder, template)
        except AssertionError as error:
            wrong.append(name + ": " + str(error).split("\nassert")[0])
    assert not wrong, "\n\n".join(wrong)


FLAGS = ("trim-blocks", "lstrip-blocks", "keep-trailing-newline")
SPACES = """{# a #}
  {% if true %}
    x
  {%- endif %}

\t{% for i in [1, 2] -%}
    {{ i }}
  {% endfor +%}
 a {% if true %} b {% endif %} c
  {# comment #}
  {%+ set q = 1 %}
  {% raw %}
   {{ r }}
  {% endraw %}
end
  {{ q }}
{% if true +%}
z
{% endif %}
"""


@pytest.mark.parametrize("mask", range(8))
def test_white_space_options(aludel, folder, mask):
    flags = [flag for i, flag in enumerate(FLAGS) if mask >> i & 1]
    assert same(aludel, folder, SPACES, flags=flags)[0] == "text"


PIECES = ["{% if true %}", "{%- if n -%}", "{% endif %}", "{%- endif +%}", "{#- c -#}", "{# c #}"]
PIECES += ["{{ n }}", "{{- n -}}", "{%+ set a = 1 %}", "{% raw %}", "{%- endraw -%}", "{% endraw %}"]
PIECES += ["\n", "  ", "\t", "x", "\n\n", " \n", "{% for i in nums %}", "{% endfor %}", "{{ i }}"]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.integers(0, 7))
def test_generated_white_space(aludel, folder, pieces, mask):
    flags = [flag for i, flag in enumerate(FLAGS) if mask >> i & 1]
    same(aludel, folder, "".join(pieces), flags=flags)


ATOMS = ["1", "0", "-3", "2.5", "'ab'", "''", "true", "none", "n", "x", "name", "words", "nums"]
ATOMS += ["empty", "user", "users", "nope", "user.name", "user.zip", "[1, 2]", "(1, 'a')", "{'a': 1}"]
BINARY = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "and", "or", "in", "not in"]
POSTFIX = ["[0]", "[-1]", "['name']", ".upper()", ".items()", "|length", "|upper"]
POSTFIX += ["|list", "|first", "|last", "|join('-')", "|default('d')", "|sort", "|unique|list", "|sum"]
POSTFIX += ["|map('string')|list", "|select('string')|list", "|reverse|list", "|string", "|int", "|abs"]
POSTFIX += ["|replace('a', 'b')", "|trim", "|batch(2)|list", "|min", "|max", "|round(1)"]
POSTFIX += [" is defined", " is string", " is odd", " is none", " is mapping", " is iterable", "|title"]
POSTFIX += [" is eq 1", " is in [1, 'ab']", "|dictsort", "|float", "|capitalize", "|format(1)", "|indent"]


def combine(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(POSTFIX)).map(lambda t: "(%s)%s" % t),
        st.tuples(inner, st.sampled_from(BINARY), inner).map(lambda t: "%s %s %s" % t),
        st.tuples(inner, inner, inner).map(lambda t: "(%s if %s else %s)" % t),
        inner.map("not ({})".format),
        inner.map("-({})".format),
        st.lists(inner, max_size=3).map(lambda items: "[%s]" % ", ".join(items)),
    )


EXPRESSION = st.recursive(st.sampled_from(ATOMS), combine, max_leaves=8)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(EXPRESSION)
def test_generated_expressions(aludel, folder, expression):
    wanted = reference("{{ " + expression + " }}", corpus.DATA, {})
    if wanted[0] == "text" and re.search(r"<(generator|built-in|bound|function)|\d{18}", wanted[1]):
        return  # the text of an object, or an integer of more than 64 bits
    if wanted[0] == "error":  # where Python says that Undefined has a wrong type, we say more
        got = ours(aludel, folder, "{{ " + expression + " }}", corpus.DATA)
        assert got[0] in ("error", "undefined", "limit"), (expression, got)
        return
    same(aludel, folder, "{{ " + expression + " }}")


@pytest.mark.parametrize(
    "template, line, kind",
    [
        ("a\nb\n{{ nope }}", 3, "undefined"),
        ("\n{% if true %}\n{{ user.zip + 1 }}{% endif %}", 3, "undefined"),
        ("{{ 1 }}\n{{ 1 +\n }}", 3, "syntax error"),
        ("{% macro m() %}\n{{ 1 / 0 }}\n{% endmacro %}\n\n{{ m() }}", 2, "error"),
        ("\n\n{# open", 3, "syntax error"),
        ("{% include 'self.j2' %}", 1, "limit"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1, "limit"),
        ("{{ 'x' * 999999999 }}", 1, "limit"),
        ("{{ range(99999999999) }}", 1, "limit"),
        ("{% for i in range(10000) %}{% for j in range(10000) %}x{% endfor %}{% endfor %}", 1, "limit"),
        ("{{ 'x'.ljust(999999999999) }}", 1, "limit"),
        ("{{ 9223372036854775807 + 1 }}", 1, "limit"),
        ("{% set l = [] %}{% set _ = l.append(l) %}{{ l }}", 1, "limit"),
        ("{{ " + "(" * 200 + "1" + ")" * 200 + " }}", 1, "syntax error"),
        ("{{ " + "1 + " * 5000 + "1 }}", 1, "limit"),
    ],
)
def test_errors_name_the_line_and_everything_is_bounded(aludel, folder, template, line, kind):
    assert ours(aludel, folder, template, corpus.DATA) == (kind, line)


def test_the_command_line(aludel, folder):
    (folder / "d.json").write_text('{"a": 1}')
    (folder / "a.j2").write_text("{{ a }}!")
    assert aludel.run("render", "a.j2", "--data", "d.json", cwd=folder).out == "1!"
    assert aludel.run("render", "-", "-d", "d.json", cwd=folder, input="<{{ a }}>").out == "<1>"
    for arguments, message in [
        (["a.j2"], "a.j2:1: undefined: 'a' is undefined"),
        (["none.j2"], "none.j2"),
        (["a.j2", "--data", "none.json"], "none.json"),
        (["-", "--data", "-"], "cannot both be standard input"),
        (["a.j2", "--data", "a.j2"], "a.j2:1:"),
    ]:
        result = aludel.run("render", *arguments, cwd=folder)
        assert result.code == 2 and message in result.err and not result.out, result
    assert "JSON object" in aludel.run("render", "a.j2", "-d", "-", cwd=folder, input="[1]").err


def test_includes_stay_in_their_folder(aludel, tmp_path):
    (tmp_path / "secret").write_text("secret")
    inner = tmp_path / "in"
    inner.mkdir()
    for name in ("../secret", str(tmp_path / "secret"), "x/../../secret"):
        (inner / "t.j2").write_text("{% include '" + name + "' %}")
        result = aludel.run("render", "in/t.j2", cwd=tmp_path)
        assert result.code == 2 and "not found" in result.err and "secret\n" not in result.out
