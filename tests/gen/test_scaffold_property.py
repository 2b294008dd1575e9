"""Random field lists: SQLAlchemy configures what is generated, and inspects what was asked for."""

import json
import subprocess

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# word -> (field type, class, arguments that repr() shows)
TYPES = {
    "str(%d)": "String", "text": "Text", "int": "Integer", "bigint": "BigInteger", "smallint": "SmallInteger",
    "float": "Float", "double": "Double", "decimal(%d,2)": "Numeric", "bool": "Boolean", "date": "Date",
    "datetime": "DateTime", "time": "Time", "interval": "Interval", "json": "JSON", "uuid": "Uuid",
    "bytes": "LargeBinary", "enum(red,green,light blue)": "Enum",
}  # fmt: skip
DEFAULTS = {
    "int": ["0", "-7", "+12", "007"], "bool": ["true", "no"], "text": ["a", "it's", '"q"', "back\\slash"],
    "float": ["0.5", "3"], "date": ["2024-02-29"], "enum(red,green,light blue)": ["red", "light blue"],
    "smallint": ["3"], "json": ["{}", "[]"],
}  # fmt: skip

names = st.from_regex(r"\A[a-z][a-z0-9]{1,7}(_[a-z0-9]{1,4})?\Z")


@st.composite
def columns(draw):
    word = draw(st.sampled_from(sorted(TYPES)))
    size = draw(st.integers(3, 40))
    field = word % size if "%d" in word else word
    expected = {"type": TYPES[word], "nullable": False, "unique": False, "index": False}
    if word == "str(%d)":
        expected["length"] = size
    if word == "decimal(%d,2)":
        expected["precision"] = size
    if word in DEFAULTS and draw(st.booleans()):
        value = draw(st.sampled_from(DEFAULTS[word]))
        field += "='%s'" % value if "'" not in value else "=" + value
        expected["default"] = True
    flags = draw(st.lists(st.sampled_from(["null", "unique", "index"]), unique=True, max_size=3))
    for flag in flags:
        expected["nullable" if flag == "null" else flag] = True
        field += ":" + flag
    return field, expected


@st.composite
def modules(draw):
    """Arguments, and what each model must be: {model: {columns, relations}}."""
    count = draw(st.integers(1, 4))
    models = ["Alpha", "Beta", "Gamma", "Delta"][:count]
    words, expected = [], {}
    for model in models:
        words.append(model)
        expected[model] = {"columns": {}, "relations": {}}
        fields = draw(st.dictionaries(names.map(lambda n: "c_" + n), columns(), max_size=5))
        for name, (field, facts) in fields.items():
            words.append(f"{name}:{field}")
            expected[model]["columns"][name] = facts
        for i, kind in enumerate(draw(st.lists(st.sampled_from(["->", "<-", "<->", "->one"]), max_size=2))):
            target, name = draw(st.sampled_from(models)), f"r{i}_{model.lower()}"
            optional = kind[:2] == "->" and draw(st.booleans())
            arrow = kind.removesuffix("one")
            # The other side is named, so that it can be looked for.
            back = f"b{i}_{model.lower()}"
            word = f"{name}:{arrow}{target}"
            word += ":one" if kind == "->one" else ""
            word += ":null" if optional else ""
            words.append(word + f":back({back})")
            direction = {"->": "MANYTOONE", "<-": "ONETOMANY", "<->": "MANYTOMANY"}[arrow]
            expected[model]["relations"][name] = [target, direction, arrow != "->", back]
    return words, expected


CHECK = r"""
import importlib, json, sys
import sqlalchemy as sa
from sqlalchemy.orm import configure_mappers
for name, expected in json.load(open("expected.json")).items():
    module = importlib.import_module(name)
    module.Base.registry.configure()
    module.Base.metadata.create_all(sa.create_engine("sqlite://"))
    for model, facts in expected.items():
        mapper = sa.inspect(getattr(module, model))
        for column, wanted in facts["columns"].items():
            c = mapper.columns[column]
            found = {"type": type(c.type).__name__, "nullable": c.nullable, "unique": bool(c.unique),
                     "index": bool(c.index)}
            for key in ("length", "precision"):
                if key in wanted:
                    found[key] = getattr(c.type, key)
            if "default" in wanted:
                found["default"] = c.default is not None
            assert found == wanted, (name, model, column, found, wanted)
            if found["type"] == "Enum":
                assert c.type.enums == ["red", "green", "light blue"]
        for relation, (target, direction, uselist, back) in facts["relations"].items():
            r = mapper.relationships[relation]
            found = [r.mapper.class_.__name__, r.direction.name, r.uselist, r.back_populates]
            assert found == [target, direction, uselist, back], (name, model, relation, found)
            other = sa.inspect(r.mapper.class_).relationships[back]
            assert other.mapper is mapper and other.back_populates == relation
print("equal")
"""


@settings(
    max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
@given(batch=st.lists(modules(), min_size=20, max_size=25))
def test_what_is_inspected_is_what_was_asked(aludel, tmp_path_factory, sa21, batch):
    folder = tmp_path_factory.mktemp("property")
    expected = {}
    for i, (words, facts) in enumerate(batch):
        done = aludel.run("scaffold", "model", "--stdout", *words)
        assert done.code == 0, (words, done)
        (folder / f"m{i}.py").write_text(done.out)
        expected[f"m{i}"] = facts
    (folder / "expected.json").write_text(json.dumps(expected))
    done = subprocess.run([sa21, "-W", "error", "-c", CHECK], cwd=folder, capture_output=True, text=True)
    assert done.stdout.strip() == "equal", (done.stderr[-2000:], batch)
