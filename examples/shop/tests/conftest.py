import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import db  # noqa: E402
from models import Base, Category, Customer, Order, OrderLine, Product, Tag  # noqa: E402


@pytest.fixture
def session(tmp_path):
    engine = db.connect("sqlite:///%s" % (tmp_path / "shop.db"))
    Base.metadata.create_all(engine)
    yield db.session
    db.session.remove()
    engine.dispose()


@pytest.fixture
def stock(session):
    """Two categories, three products, three customers, two orders."""
    drinks, tools = Category(name="drinks"), Category(name="tools")
    hot, new = Tag(name="hot"), Tag(name="new")
    tea = Product(name="tea", price=2, category=drinks, tags=[hot, new])
    pot = Product(name="pot", price=200, category=tools, tags=[new])
    cup = Product(name="cup", price=20, category=tools)
    ann, bob, eve = [Customer(email="%s@example.org" % n) for n in ("ann", "bob", "eve")]
    session.add_all([tea, pot, cup, ann, bob, eve])
    session.flush()
    first = Order(customer_id=ann.id, lines=[OrderLine(product=tea, quantity=3, price=2)])
    second = Order(customer_id=bob.id, status="open")
    second.lines = [OrderLine(product=pot, quantity=1, price=200), OrderLine(product=tea, quantity=1, price=2)]
    session.add_all([first, second])
    session.commit()
    return session
