"""Random field lists: SQLAlchemy configures what is generated, and inspects what was asked for."""

import json
import subprocess

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# word -> class that repr() shows
TYPES = {
    "str(%d)": "String", "text": "Text", "int": "Integer", "bigint": "BigInteger", "smallint": "SmallInteger",
    "float": "Float", "double": "Double", "decimal(%d,2)": "Numeric", "decimal": "Numeric", "bool": "Boolean",
    "date": "Date", "datetime": "DateTime", "datetime:naive": "DateTime", "time": "Time", "interval": "Interval",
    "json": "JSON", "uuid": "Uuid", "bytes": "LargeBinary", "bytes(%d)": "LargeBinary", "str": "String",
    "enum(red,green,light blue)": "Enum", "int[]": "ARRAY", "str(%d)[]": "ARRAY", "jsonb": "JSONB",
}  # fmt: skip
DEFAULTS = {
    "int": ["0", "-7", "+12", "007"], "bool": ["true", "no"], "text": ["a", "it's", '"q"', "back\\slash"],
    "float": ["0.5", "3"], "date": ["2024-02-29"], "enum(red,green,light blue)": ["red", "light blue"],
    "smallint": ["3"], "json": ["{}", "[]"], "time": ["08:30", "23:59:59"], "decimal(%d,2)": ["0", "1.5"],
    "datetime": ["2024-01-31", "2024-01-31 08:00"], "jsonb": ["{}"], "int[]": ["[]"], "bigint": ["9000000000"],
    "str": ["", "x: y", "a=b", "100%", "ü"],
}  # fmt: skip
FLAGS = ["--dataclass", "--async", "--timestamps", "--soft-delete", "--uuid", "--no-convention", "--no-repr"]

names = st.from_regex(r"\A[a-z][a-z0-9]{1,7}(_[a-z0-9]{1,4}){0,2}\Z")


@st.composite
def columns(draw):
    word = draw(st.sampled_from(sorted(TYPES)))
    size = draw(st.integers(3, 40))
    field = word.replace("%d", str(size))
    expected = {"type": TYPES[word], "nullable": False, "unique": False, "index": False}
    if word in ("str(%d)", "bytes(%d)"):
        expected["length"] = size
    if word == "decimal(%d,2)":
        expected["precision"] = size
    if word.startswith("datetime"):
        expected["timezone"] = word == "datetime"
    if word in DEFAULTS and draw(st.booleans()):
        value = draw(st.sampled_from(DEFAULTS[word]))
        field += "='%s'" % value if "'" not in value else "=" + value
        expected["default"] = True
    flags = draw(st.lists(st.sampled_from(["null", "unique", "index", "comment(said so)"]), unique=True, max_size=3))
    for flag in flags:
        if flag == "comment(said so)":
            expected["comment"] = "said so"
        else:
            expected["nullable" if flag == "null" else flag] = True
        field += ":" + flag
    return field, expected


@st.composite
def relations(draw, model, models, number):
    """Words of a relation, for this model and for the other, and what both must be."""
    kind = draw(st.sampled_from(["->", "<-", "<->", "->one", "both"]))
    target = draw(st.sampled_from(models))
    name, back = f"r{number}_{model.lower()}", f"b{number}_{model.lower()}"
    arrow = {"->one": "->", "both": "<->"}.get(kind, kind)
    word = f"{name}:{arrow}{target}" + (":one" if kind == "->one" else "")
    extra = None
    if arrow == "->":
        word += draw(st.sampled_from(["", ":null", ":cascade", ":setnull", ":restrict", ":noindex"]))
    if kind == "both" and target != model:
        extra = (target, f"{back}:<->{model}:back({name})")
    word += f":back({back})"
    direction = {"->": "MANYTOONE", "<-": "ONETOMANY", "<->": "MANYTOMANY"}[arrow]
    return word, extra, name, [target, direction, arrow != "->", back]


@st.composite
def modules(draw):
    """Flags, arguments, and what each model must be: {model: {columns, relations, parent}}."""
    count = draw(st.integers(1, 4))
    models = ["Alpha", "Beta", "Gamma", "Delta"][:count]
    flags = draw(st.lists(st.sampled_from(FLAGS), unique=True, max_size=2))
    bodies, expected = {}, {}
    for i, model in enumerate(models):
        parent = draw(st.sampled_from([None, None, models[i - 1]])) if i else None
        how = draw(st.sampled_from(["", ":single", ":joined"]))
        bodies[model] = [f"{model}({parent}{how})" if parent else model]
        expected[model] = {"columns": {}, "relations": {}, "parent": parent, "single": how == ":single" and bool(parent)}
        fields = draw(st.dictionaries(names.map(lambda n, i=i: f"c{i}_" + n), columns(), max_size=5))
        for name, (field, facts) in fields.items():
            bodies[model].append(f"{name}:{field}")
            if expected[model]["single"] and "default" not in facts:
                facts["nullable"] = True  # rows of other classes share the table
            expected[model]["columns"][name] = facts
    for model in models:
        for number in range(draw(st.integers(0, 2))):
            word, extra, name, facts = draw(relations(model, models, number))
            bodies[model].append(word)
            if extra:
                bodies[extra[0]].append(extra[1])
            expected[model]["relations"][name] = facts
    return [*flags, *(word for body in bodies.values() for word in body)], expected


CHECK = r"""
import importlib, json, pathlib
import sqlalchemy as sa
for name, expected in json.loads(pathlib.Path("expected.json").read_text()).items():
    module = importlib.import_module(name)
    module.Base.registry.configure()
    module.Base.metadata.create_all(sa.create_engine("sqlite://"))
    for model, facts in expected.items():
        mapper = sa.inspect(getattr(module, model))
        assert (mapper.inherits and mapper.inherits.class_.__name__) == facts["parent"], (name, model)
        assert facts["parent"] is None or mapper.single == facts["single"], (name, model)
        for column, wanted in facts["columns"].items():
            c = mapper.columns[column]
            found = {"type": type(c.type).__name__, "nullable": c.nullable, "unique": bool(c.unique),
                     "index": bool(c.index)}
            for key in ("length", "precision", "timezone"):
                if key in wanted:
                    found[key] = getattr(c.type, key)
            if "default" in wanted:
                found["default"] = c.default is not None or column in getattr(mapper.class_, "__dataclass_fields__", ())
            if "comment" in wanted:
                found["comment"] = c.comment
            assert found == wanted, (name, model, column, found, wanted)
            if found["type"] == "Enum":
                assert c.type.enums == ["red", "green", "light blue"]
        for relation, (target, direction, uselist, back) in facts["relations"].items():
            r = mapper.relationships[relation]
            found = [r.mapper.class_.__name__, r.direction.name, r.uselist, r.back_populates]
            assert found == [target, direction, uselist, back], (name, model, relation, found)
            other = sa.inspect(r.mapper.class_).relationships[back]
            assert other.mapper is mapper and other.back_populates == relation
            assert other.secondary is r.secondary
print("equal")
"""


@settings(
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
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
