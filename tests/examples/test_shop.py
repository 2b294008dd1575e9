"""The bundled legacy shop works on the SQLAlchemy it was written for."""

import os
import pathlib
import shutil
import subprocess

SHOP = pathlib.Path(__file__).resolve().parents[2] / "examples" / "shop"

SCRIPT = """
import models, services
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
engine = create_engine("sqlite://")
models.Base.metadata.create_all(engine)
session = Session(engine)
tea = models.Product(name="tea", price=2, tags=[models.Tag(name="hot")])
ann = models.Customer(email="ann@example.org")
order = models.Order(customer=ann, lines=[models.OrderLine(product=tea, quantity=3, price=2)])
session.add(order)
session.commit()
assert ann.orders.count() == 1 and order.total == 6
session.add(models.Product(name="pot", price=200))
session.commit()
names = lambda rows: [row.name for row in rows]
assert [c.email for c in services.active_customers(session)] == ["ann@example.org"]
assert services.customers_without_orders(session) == []
assert names(services.cheap_products(session, 10)) == ["tea"]
assert dict(map(tuple, services.price_classes(session))) == {"tea": "cheap", "pot": "dear"}
assert names(services.products_not_tagged(session, ["hot"])) == ["pot"]
assert services.revenue(session) == 6 and services.number_of_orders(session) == 1
assert session.query(models.Product).join("tags").filter_by(name="hot").one() is tea
"""


def test_shop_works_on_its_sqlalchemy(sa14):
    done = subprocess.run([sa14, "-c", SCRIPT], cwd=SHOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run_tests(python, folder, *options):
    """The shop's own tests, in a copy: they write nothing into the repository."""
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "."]
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout


def test_shop_passes_its_own_tests(sa14, tmp_path):
    shutil.copytree(SHOP, tmp_path / "shop")
    run_tests(sa14, tmp_path / "shop")


def test_shop_parses(aludel):
    files = sorted(map(str, SHOP.glob("**/*.py")))
    result = aludel.run("dump", "ast", "--json", *files)
    assert files and result.code == 0 and result.out.startswith('{"_type":"Module"')


def test_fixed_shop_works_on_every_line(each_sa, aludel, tmp_path):
    """After --fix --unsafe-fixes the services do the same, and no longer need 1.4."""
    for path in SHOP.glob("*s.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    # P104 asks for indexes: those come by a migration, not by a fix.
    result = aludel.run("check", "--fix", "--unsafe-fixes", "--isolated", "--ignore", "P104",
                        cwd=tmp_path)
    # Q141 alone is left: 1.4, which is also to run the result, has no icontains().
    assert result.code == 1 and "1 remaining" in result.out, result
    assert "accounts.py:19:61: Q141" in result.out, result
    script = SCRIPT.replace('.join("tags")', ".join(models.Product.tags)")
    script += "\nassert len(services.big_orders(session, 3)) == 1"
    script += "\nassert services.big_orders(session, 4) == []"
    done = subprocess.run([each_sa, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
