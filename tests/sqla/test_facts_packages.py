"""Models of published packages: what `dump facts` reads from their files against what SQLAlchemy
says once they are imported. Every difference is in DIFFERENCES, with its reason."""

import json
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent

# package: modules with models, and how many facts there are at least
PACKAGES = {
    "optuna": (["optuna.storages._rdb.models"], 60),
    "jupyterhub": (["jupyterhub.orm"], 100),
    "celery": (["celery.backends.database.models"], 20),
    "mlflow": (["mlflow.store.tracking.dbmodels.models",
                "mlflow.store.model_registry.dbmodels.models"], 500),
    "buildbot": (["buildbot.db.model"], 200),
}

# A loop over names makes classes by type() and sets them in the module: no statement names them.
MADE_BY_LOOP = "jupyterhub.orm.{}RoleMap".format
DIFFERENCES = {
    "jupyterhub": {
        *((MADE_BY_LOOP(name), None) for name in ("Group", "Service", "User")),
        ("jupyterhub.orm.Group", "roles"),
        ("jupyterhub.orm.Service", "roles"),
        ("jupyterhub.orm.User", "roles"),
        ("jupyterhub.orm.Role", "groups"),
        ("jupyterhub.orm.Role", "services"),
        ("jupyterhub.orm.Role", "users"),
    },
}


def column(c):
    return [c["name"], c["type"], c["nullable"], c["primary_key"], sorted(c["foreign_keys"])]


def ours(aludel, folder):
    result = aludel.run("dump", "facts", "--json", "--sqlalchemy", "2.0", folder)
    assert result.code == 0, result
    facts = json.loads(result.out)
    models = {}
    for m in facts["models"]:
        relationships = {r["key"]: [r["target"], r["direction"], r["uselist"], r["secondary"]]
                         for r in m["relationships"]}
        # Migrations keep old forms of a class beside it; the first is the package's own.
        models.setdefault(m["class"], [m["table"], {c["key"]: column(c) for c in m["columns"]},
                                       relationships])
    tables = {t["name"]: {c["key"]: column(c) for c in t["columns"]} for t in facts["tables"]}
    return models, tables


def compare(models, tables, theirs):
    """The number of facts and the places where they differ."""
    count, different = 0, set()
    for cls, (table, columns, relationships) in theirs["models"].items():
        mine = models.get(cls)
        if mine is None or mine[0] != table:
            different.add((cls, None))
            continue
        for read, said in ((mine[1], columns), (mine[2], relationships)):
            count += len(said)
            different |= {(cls, key) for key in read.keys() | said.keys()
                          if read.get(key) != said.get(key)}
    classes = {m[0] for m in theirs["models"].values()}
    for name, columns in theirs["tables"].items():
        if name in classes:
            continue
        count += len(columns)
        different |= {(name, key) for key in columns if tables.get(name, {}).get(key) != columns[key]}
    return count, different


@pytest.mark.parametrize("package", PACKAGES)
def test_same_as_sqlalchemy(package, aludel, models_python):
    modules, least = PACKAGES[package]
    done = subprocess.run([models_python, HERE / "ask_package.py", *modules],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    where = subprocess.run([models_python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                           capture_output=True, text=True, check=True).stdout.strip()
    models, tables = ours(aludel, pathlib.Path(where) / package)
    count, different = compare(models, tables, json.loads(done.stdout))
    assert count >= least
    assert different == DIFFERENCES.get(package, set())
