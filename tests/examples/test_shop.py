"""The bundled legacy shop works on the SQLAlchemy it was written for."""

import pathlib
import subprocess

SHOP = pathlib.Path(__file__).resolve().parents[2] / "examples" / "shop"

SCRIPT = """
import models
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
assert session.query(models.Product).join("tags").filter_by(name="hot").one() is tea
"""


def test_shop_works_on_its_sqlalchemy(sa14):
    done = subprocess.run([sa14, "-c", SCRIPT], cwd=SHOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_shop_parses(aludel):
    files = sorted(map(str, SHOP.glob("**/*.py")))
    result = aludel.run("dump", "ast", "--json", *files)
    assert files and result.code == 0 and result.out.startswith('{"_type":"Module"')
