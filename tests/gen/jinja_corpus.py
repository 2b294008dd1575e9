"""Templates that Aludel and Jinja2 must render alike: text, or the kind of error.

Each entry: a name, the template, and where it matters the data and the options.
"""

DATA = {
    "name": "User",
    "n": 7,
    "x": 2.5,
    "yes": True,
    "nothing": None,
    "text": "one two-three\nfour\n\n  five",
    "words": ["pear", "Apple", "fig", "apple"],
    "nums": [3, 1, 2, 3],
    "nested": [[1, 2], [3, [4, 5]]],
    "empty": [],
    "user": {"name": "Ann", "age": 40, "tags": ["a", "b"], "items": 5},
    "users": [
        {"name": "Ann", "age": 40, "city": "Rome", "on": True},
        {"name": "bob", "age": 30, "city": "Oslo", "on": False},
        {"name": "Cid", "age": 30, "city": "Rome", "on": True},
    ],
    "fields": [
        {"name": "id", "type": "int", "options": {"primary_key": True}},
        {"name": "email", "type": "str", "options": {"unique": True, "length": 320}},
    ],
    "uni": "Zażółć straße 🎉 'q' \"d\"",
    "tree": [{"v": 1, "kids": [{"v": 2, "kids": []}, {"v": 3, "kids": [{"v": 4, "kids": []}]}]}],
}

INCLUDES = {
    "macros.j2": "{% set _hidden = 1 %}{% set shown = 2 %}{% macro hi(a, b='B') %}<{{ a }}-{{ b }}>{% endmacro %}",
    "part.j2": "[{{ name }}|{{ local | default('none') }}]",
    "bad.j2": "{{ x",
    "undefined.j2": "\n{{ nope }}",
    "self.j2": "{% include 'self.j2' %}",
}

EXPRESSIONS = """
1 + 2 * 3
"a b/c?d=é&x"|urlencode, ''|urlencode, 5|urlencode, none|urlencode, []|urlencode
{"a": 1, "b c": "ü/"}|urlencode, [["a", 1], ["b", none]]|urlencode
[[1]]|urlencode
[1, 2]|urlencode
nothing_there|urlencode
1|filesizeformat, 0|filesizeformat, 999.9|filesizeformat, 1000|filesizeformat, 999999|filesizeformat, -5|filesizeformat
1023|filesizeformat(true), 1024|filesizeformat(true), 1048576|filesizeformat(binary=true), 1e30|filesizeformat
none|filesizeformat
'ab' % nothing_there
not ((1)[0] + 'ab' % nothing_there)
"<a href='x'>&"|forceescape
(1 + 2) * 3
7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 % -3
7 / 2, 6 / 2
2 ** 10, 2 ** -1, -2 ** 2, 2 ** 3 ** 2
1.5 + 1, 1e3, 1.0e-7, 1e16, 123456789.125, 0.1 + 0.2
10 // 0.3, -1.5 % 1, 5.5 // -2
1_000 + 0x1F + 0b101 + 0o17
"a" "b" 'c'
"a\\n\\t\\x41\\u00e9\\101\\q\\\\"
"a" ~ 1 ~ 2.5 ~ none ~ true ~ [1, "x"]
[1, 2] + [3], (1, 2) + (3,), "ab" * 3, [0] * 2, 2 * (1,)
[1, 'a', none, true, 2.0, {'k': (1,)}]
{'a': 1, 'b': [2, {'c': 3}], 1: 'x', none: 2}
(), (1,), (1, 2)
1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, true == 1, "a" < "b", [1, 2] < [1, 3]
1 != 2, not 1 == 2, not true and false or true
1 in [1, 2], 3 not in [1, 2], "a" in "cat", "x" in {'x': 1}
none == none, none is none, [] == [], {} == {}, {'a': 1} == {'a': 1.0}
"yes" if n > 5 else "no"
"a" if false
name[0], name[-1], name[1:3], name[::-1], name[:2], name[-2:]
nums[0], nums[-1], nums[1:], nums[::2], nums[5:1:-1]
user.name, user['name'], user.tags[0], user.tags.0
user['items']
user.missing
user.missing.deeper
user.name.upper(), "a,b,c".split(","), " x ".strip(), "abc".replace("b", "d")
"a b  c".split(), "a b c".split(none, 1), "a.b.c".rsplit(".", 1), "x=y=z".partition("="), "x=y".rpartition("=")
"abc".startswith("a"), "abc".endswith(("x", "c")), "abc".find("c"), "aXbX".count("X")
"-".join(["a", "b"]), "abc".index("b"), "x".zfill(3), "-5".zfill(4), "ab".ljust(5) ~ "|", "ab".rjust(5, "*")
"ab".center(5) ~ "|", "abc".center(6) ~ "|", "abc".center(5, "*"), "a".center(4, "*")
"HelloWorld x".title(), "hello".capitalize(), "removeme".removeprefix("re"), "name_id".removesuffix("_id")
"a1".isalnum(), "a".isalpha(), "1".isdigit(), "ab_c".isidentifier(), "1a".isidentifier(), "AB".isupper(), "ab".islower(), "".isalpha()
"{} and {}".format(1, "b"), "{0}{1}{0}".format("a", "b"), "{x}".format(x=5), "{{}}".format()
"a\\nb\\r\\nc".splitlines()
{'a': 1}.items(), {'a': 1}.keys(), {'a': 1}.values(), {'a': 1}.get('b'), {'a': 1}.get('b', 2)
{'a': 1}.items() | list
[1, 2].index(2), [1, 1].count(1), (1, 2).index(2)
"%s is %d, %5.2f, %r, %x, %05d, %-4s|%+d %% %c %e %g" | format("a", 3, 2.5, "q", 255, 42, "z", 5, "c", 12345.678, 0.0001)
"%(a)s-%(b)03d" | format(a=1, b=2)
"%s" % 5, "%s-%s" % (1, 2), "%s" % "x"
words | join(", "), users | join("/", attribute="name"), "abc" | join("."), 5 | join
words | sort, words | sort(case_sensitive=true), words | sort(reverse=true), nums | sort, users | sort(attribute="age,name") | map(attribute="name") | list
words | unique | list, nums | unique | list, users | unique(attribute="city") | map(attribute="name") | list
words | map("upper") | list, users | map(attribute="name") | join(","), users | map(attribute="zip", default="?") | list, words | map("replace", "p", "b") | list
nums | select("odd") | list, nums | reject("odd") | list, nums | select("gt", 1) | list, nums | select(">=", 2) | list, [0, 1, ""] | select | list
users | selectattr("on") | map(attribute="name") | list, users | rejectattr("on") | map(attribute="name") | list, users | selectattr("age", "eq", 30) | map(attribute="name") | list
users | selectattr("city", "in", ["Oslo"]) | list
users | groupby("city") | map("first") | list
users | groupby("city") | length
nums | sum, users | sum(attribute="age"), nums | sum(start=10), [[1], [2]] | sum(start=[])
nums | min, nums | max, words | min, words | max, users | max(attribute="age") | attr("x") | default("d"), users | min(attribute="age")
[] | min | default("none"), [] | first | default("none"), [] | last | default("none"), [] | sum
nums | first, nums | last, "abc" | first, "abc" | last, nums | length, "añb" | length, user | length, nums | count
nums | reverse | list, "abc" | reverse, nums | list, "abc" | list, user | list
range(5) | batch(2) | list, range(5) | batch(2, "-") | list, range(5) | slice(2) | list, range(5) | slice(3, "x") | list
range(3), range(1, 7, 2), range(3) | list, range(3, 0, -1) | list, range(3)[1], range(5)[1:3] | list, range(3) | length
user | dictsort, {'b': 1, 'A': 2} | dictsort, {'b': 1, 'A': 2} | dictsort(true), {'b': 1, 'a': 2} | dictsort(by="value"), {'b': 1, 'a': 2} | dictsort(reverse=true)
user | items | list
name | upper, name | lower, "heLLO wORLD-foo (bar)" | title, "heLLO" | capitalize, " x " | trim, "xxaxx" | trim("x")
uni | upper
uni | lower, uni | title, uni | length, uni[3:6], uni | list | length
"a b a" | replace("a", "x"), "aaa" | replace("a", "b", 2), "ab" | replace("", "-"), 5 | replace(5, 6)
text | indent, text | indent(2, true), text | indent(2, blank=true), text | indent("> ", true, true), "a" | indent(first=true)
text | wordwrap(5), "a long word-with-hyphens here supercalifragilistic x" | wordwrap(10), "abc def ghi" | wordwrap(7, wrapstring="|"), "abcdefghij" | wordwrap(4), "abcdefghij kl" | wordwrap(4, false)
"  lead and trail  " | wordwrap(8), "" | wordwrap(5), "a\\n\\nb" | wordwrap(5)
"foo bar baz qux" | truncate(9), "foo bar baz qux" | truncate(9, true), "foo bar baz qux" | truncate(11), "foo bar baz qux" | truncate(11, false, "...", 0)
"abc" | center(9) ~ "|", "one two, three" | wordcount
"3" | int, "3.7" | int, "x" | int, "x" | int(5), "0x1f" | int(base=16), "1f" | int(base=16), 3.9 | int, "1_0" | int, none | int, -3.7 | int, " 12 " | int
"3.5" | float, "x" | float, "x" | float(1.5), 3 | float, "1e3" | float, true | float
2.567 | round(2), 2.5 | round, 3.5 | round, 2.1 | round(0, "ceil"), 2.9 | round(method="floor"), 5 | round, 1234.5 | round(-2), 15 | round(-1), 2.675 | round(2)
-3 | abs, -2.5 | abs, 3 | string ~ "x", [1] | string
nope | default("d"), none | default("d"), "" | default("d", true), nope | d, 0 | default(5, boolean=true)
{'b': [1, none, true], 'a': "x<y>&'\\"é\\n"} | tojson
[[] | tojson, {} | tojson, 1.5 | tojson, "🎉" | tojson] | join(" ")
{'b': [1, 2], 'a': {}} | tojson(2)
[[] | tojson(indent=2), [[]] | tojson(1)] | join(" ")
"<a href='x'>&\\"" | escape ~ ""
["abc" | e, "x" | safe] | join
nope is defined, name is defined, nope is undefined, user.zip is defined, user.zip is undefined
n is odd, n is even, n is divisibleby 7, n is divisibleby(2), n is number, n is integer, x is float, yes is boolean, yes is true, nothing is none
name is string, nums is sequence, user is mapping, nums is iterable, n is iterable, range is callable, name is callable
name is upper, "ab" is lower, "AB" is upper, "" is lower, "1" is upper, "aB" is lower
1 is eq 1, 1 is ne 2, 1 is lt 2, 1 is ge 1, 1 is in [1], n is not in [1], n is not defined, 1 is sameas 1, true is sameas 1
"upper" is filter, "nope" is filter, "odd" is test
n is odd and x is float or false
not n is even
-n | abs
n is divisibleby 7 + 0
namespace(a=1).a, dict(a=1, b=2), dict([("a", 1)]), dict({'x': 1}, y=2)
joiner("|")() ~ "x"
nums.append(9), nums
nested | map("length") | list, nested[1][1][0]
[1, 2, 3][1:], (1, 2, 3)[::-1], "abc"[5:], "abc"[1]
users[0].name.upper()[0]
1 if 0 else 2 if 0 else 3
[1, 2, ] | length, {'a': 1,}, (1, 2,)
true, True, none, None, false
'%s' % [1], '%s' % {'a': 1}
'%r %r %r' | format("it's", 'a"b', "a'b\\"c\\\\\\n\\x01é")
[1.0, 100.0, 1e100, 1.5e-5, 123456789012345680.0, 0.00001, -0.0]
"a" < "B", "Z" < "a", "é" > "z"
[3, 1] > [2, 9], (1,) == [1], 1 == "1"
5 | join(",")
nope
nope.x
nope + 1
1 + "a"
"a" + 1
1 < "a"
[1] + (1,)
1 / 0
1 % 0
none + 1
user.nope ~ "x"
nums[10]
nums[10] | default("out")
"abc"[10] is defined
n()
n.foo()
name.nope()
none | length
5 | length
5 | list
5 in 5
"%d" | format("x")
"%s %s" | format(1)
"%s" | format(1, 2)
"x" | round
[1, "a"] | sort
[1, "a"] | sum
{[1]: 2}
{'a': 1}[[1]]
range("a")
range(1, 2, 0)
"x" * -1
{'a': nope}
[nope] | join
[nope]
"a".split("")
"abc".index("z")
[].pop()
{}.pop("x")
-"a"
+"a"
-none
-true, +true, true + true
1 is divisibleby 0
"a" is in 5
nope in [1]
1 in nope
nope == 1
nope and 1
1 and nope
not nope
nope if false else 2
nope | upper
nope | list
nope | length
nope | join
nope ~ ""
none ~ ""
nope | string
nope | int
""|first
x | map("upper") | list
words | map | list
words | map("nope") | list
words | select("nope") | list
users | selectattr | list
words | batch
"a" | replace("b")
"a" | upper(1)
"a" | center(width="x")
"a" | trim(nope=1)
1 is odd(2)
dict(1)
dict([1])
cycler()
""".strip().split("\n")

TEMPLATES = [
    ("if", "{% if n > 5 %}big{% elif n > 3 %}mid{% else %}small{% endif %}"),
    ("elif", "{% if n > 8 %}big{% elif n > 3 %}mid{% elif nope %}x{% else %}small{% endif %}"),
    ("for", "{% for w in words %}{{ loop.index }}:{{ w }}{% if not loop.last %}, {% endif %}{% endfor %}"),
    ("for vars", "{% for w in words %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }}{{ loop.cycle('a', 'b') }}{{ loop.previtem|default('-') }}{{ loop.nextitem|default('-') }};{% endfor %}"),
    ("for else", "{% for w in empty %}{{ w }}{% else %}nothing{% endfor %}"),
    ("for if", "{% for u in users if u.on %}{{ loop.index }}{{ u.name }}/{{ loop.length }} {% else %}none{% endfor %}"),
    ("for if none", "{% for u in users if u.age > 99 %}x{% else %}none{% endfor %}"),
    ("for unpack", "{% for k, v in user.tags|batch(2)|list %}{{ k }}={{ v }};{% endfor %}{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}"),
    ("for unpack wrong", "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}"),
    ("for dict", "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}{% for k in {'z': 1} %}{{ k }}{% endfor %}"),
    ("for string", "{% for c in 'aé🎉' %}[{{ c }}]{% endfor %}"),
    ("for number", "{% for c in 5 %}{% endfor %}"),
    ("for undefined", "{% for c in nope %}{% endfor %}"),
    ("for tuple", "{% for c in 1, 2, 3 %}{{ c }}{% endfor %}"),
    ("for scope", "{% set a = 1 %}{% for i in [1, 2] %}{{ a }}{% set a = a + i %}{{ a }};{% endfor %}{{ a }}"),
    ("for changed", "{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{% endfor %}"),
    ("for recursive", "{% for t in tree recursive %}<{{ t.v }}{{ loop.depth }}{% if t.kids %}{{ loop(t.kids) }}{% endif %}>{% endfor %}"),
    ("for not recursive", "{% for t in tree %}{{ loop(t.kids) }}{% endfor %}"),
    ("loop outer", "{% for a in [1, 2] %}{% set outer = loop %}{% for b in [1] %}{{ outer.index }}{{ loop.index }}{% endfor %}{% endfor %}"),
    ("loop after", "{% for a in [1] %}{% endfor %}{{ loop }}"),
    ("set", "{% set a = 1 %}{% set b, c = 2, 3 %}{{ a }}{{ b }}{{ c }}"),
    ("set tuple", "{% set a = 1, 2 %}{{ a }}"),
    ("set if", "{% if true %}{% set a = 1 %}{% endif %}{{ a }}"),
    ("set block", "{% set a %}x{{ n }}y{% endset %}[{{ a }}]"),
    ("set block filter", "{% set a | upper | replace('X', 'z') %}x{{ n }}y{% endset %}[{{ a }}]"),
    ("set wrong", "{% set 1 = 2 %}"),
    ("set attribute wrong", "{% set user.x = 2 %}"),
    ("namespace", "{% set ns = namespace(found=false, n=0) %}{% for x in nums %}{% set ns.n = ns.n + x %}{% if x == 2 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.found }}{{ ns.n }}"),
    ("with", "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}"),
    ("with empty", "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}"),
    ("macro", "{% macro m(a, b=2, c='x') %}({{ a }},{{ b }},{{ c }}){% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c=5) }}{{ m(b=1, a=2) }}"),
    ("macro default refers", "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}"),
    ("macro missing", "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}"),
    ("macro missing used", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}"),
    ("macro too many", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}"),
    ("macro unknown", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, z=2) }}"),
    ("macro twice", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}"),
    ("macro varargs", "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, z=4) }}"),
    ("macro recursive", "{% macro fact(n) %}{% if n > 1 %}{{ n }}*{{ fact(n - 1) }}{% else %}1{% endif %}{% endmacro %}{{ fact(5) }}"),
    ("macro attributes", "{% macro m(a, b) %}{% endmacro %}{{ m.name }}{{ m.arguments }}"),
    ("macro string methods", "{% macro m() %} x {% endmacro %}{{ m() | trim }}{{ m().strip() }}"),
    ("macro order", "{% macro m(a, b=1, c) %}{% endmacro %}"),
    ("macro sees globals", "{% set g = 5 %}{% macro m() %}{{ g }}{{ n }}{% endmacro %}{{ m() }}"),
    ("call", "{% macro wrap(t) %}<{{ t }}>{{ caller() }}</{{ t }}>{% endmacro %}{% call wrap('b') %}hi {{ n }}{% endcall %}"),
    ("call args", "{% macro each(xs) %}{% for x in xs %}{{ caller(x, loop.index) }}{% endfor %}{% endmacro %}{% call(x, i) each(words) %}{{ i }}{{ x }};{% endcall %}"),
    ("call no caller", "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}"),
    ("caller undefined", "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}"),
    ("call wrong", "{% call 5 %}{% endcall %}"),
    ("filter block", "{% filter upper | replace('A', 'b') %}abc {{ n }}{% endfilter %}"),
    ("comments", "a{# c #}b{# {{ nope }} \n #}c"),
    ("comment open", "a{# c"),
    ("raw", "{% raw %}{{ x }} {% if %}{# c #}{% endraw %}!"),
    ("raw strip", "a\n  {%- raw -%}  {{ x }}  {%- endraw -%}  \nb"),
    ("raw open", "{% raw %}x"),
    ("include", "{% set local = 1 %}{% include 'part.j2' %}{% include 'part.j2' without context %}"),
    ("include plain", "{% set local = 1 %}{% include 'part.j2' %}{% for local in [2, 3] %}{% include 'part.j2' %}{% endfor %}"),
    ("include missing", "{% include 'nope.j2' %}"),
    ("include ignore", "a{% include 'nope.j2' ignore missing %}b"),
    ("include list", "{% include ['nope.j2', 'part.j2'] %}"),
    ("include bad", "{% include 'bad.j2' %}"),
    ("include undefined", "\n\n{% include 'undefined.j2' %}"),
    ("import", "{% import 'macros.j2' as m %}{{ m.hi(1) }}{{ m.hi(1, 2) }}{{ m.shown }}{{ m._hidden is defined }}"),
    ("from", "{% from 'macros.j2' import hi, shown as s %}{{ hi(3) }}{{ s }}"),
    ("from missing", "{% from 'macros.j2' import nope %}{{ nope }}"),
    ("from hidden", "{% from 'macros.j2' import _hidden %}"),
    ("minus", "a  \n {%- if true -%} \n b \n {%- endif -%} \n c"),
    ("minus variable", "a \n {{- n -}} \n b"),
    ("plus", "  {%+ if true +%}\n  x\n{% endif %}"),
    ("newlines", "a\r\nb\rc\n\n"),
    ("one newline", "\n"),
    ("empty", ""),
    ("braces", "{ {a} %} #} }} {{ '{{' }} {{ {'a': {'b': 1}}.a.b }}"),
    ("literal in tag", "{{ '%}' }}{{ \"}}\" }}{% if '%}' %}x{% endif %}"),
    ("cycler", "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set _ = c.reset() %}{{ c.next() }}"),
    ("joiner", "{% set j = joiner(', ') %}{% for w in words %}{{ j() }}{{ w }}{% endfor %}"),
    ("list append", "{% set l = [] %}{% for w in words %}{% set _ = l.append(w|lower) %}{% endfor %}{{ l|unique|sort|join(',') }}"),
    ("dict update", "{% set d = {'a': 1} %}{% set _ = d.update({'b': 2}, c=3) %}{{ d }}{{ d.pop('a') }}{{ d }}{{ d.setdefault('q', 5) }}{{ d }}"),
    ("generator twice", "{% set g = words|map('upper') %}{{ g|first }}{{ g|join(',') }}|{{ g|join(',') }}"),
    ("generator true", "{{ 'yes' if empty|map('upper') else 'no' }}"),
    ("groupby", "{% for city, people in users|groupby('city') %}{{ city }}:{% for p in people %}{{ p.name }},{% endfor %};{% endfor %}{% for g in users|groupby('age') %}{{ g.grouper }}{{ g.list|length }}{% endfor %}"),
    ("groupby case", "{% for k, v in words|groupby('0') %}{{ k }}={{ v|join('/') }};{% endfor %}"),
    ("groupby default", "{% for k, v in users|groupby('zip', default='?') %}{{ k }}{{ v|length }}{% endfor %}"),
    ("model", """class {{ name }}(Base):
    __tablename__ = {{ '%r' | format(name | lower ~ 's') }}

{% for f in fields %}
    {{ f.name }}: Mapped[{{ f.type }}] = mapped_column(
        {%- for k, v in f.options | dictsort -%}
        {{ k }}={{ v }}{{ ", " if not loop.last }}
        {%- endfor %})
{% endfor %}
"""),
    ("inline if undefined", "{{ 'a' if false }}"),
    ("unclosed if", "{% if true %}x"),
    ("unclosed for", "{% for x in y %}"),
    ("wrong end", "{% if true %}{% endfor %}"),
    ("stray end", "{% endif %}"),
    ("stray else", "{% else %}"),
    ("unknown tag", "{% frobnicate %}"),
    ("empty tag", "{% %}"),
    ("empty variable", "{{ }}"),
    ("unclosed variable", "{{ a"),
    ("unclosed string", "{{ 'a }}"),
    ("unclosed bracket", "{{ (1 }}"),
    ("wrong bracket", "{{ (1] }}"),
    ("two values", "{{ a b }}"),
    ("bad operator", "{{ 1 + }}"),
    ("bad character", "{{ a ? b }}"),
    ("dangling pipe", "{{ a | }}"),
    ("dangling dot", "{{ a. }}"),
    ("unknown filter", "{{ name | nofilter }}"),
    ("unknown test", "{{ name is notest }}"),
    ("chained tests", "{{ n is odd is even }}"),
    ("test argument", "{{ n is divisibleby 7 and n is in [7] }}"),
    ("keyword order", "{{ dict(a=1, 2) }}"),
    ("star args", "{% macro m(a, b, c) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(*[1, 2, 3]) }}{{ m(1, *[2], **{'c': 5}) }}"),
    ("for missing in", "{% for x y %}{% endfor %}"),
    ("set missing value", "{% set x = %}"),
    ("if missing", "{% if %}{% endif %}"),
    ("multi line", "a\n{{\n  n\n  + nope\n}}"),
    ("line of undefined", "a\nb\n{% if true %}\n{{ user.zip }}\n{% endif %}"),
]
