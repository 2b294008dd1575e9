"""`aludel ask` from the request to the executed result."""

import ast
import json
import os
import pathlib
import re
import subprocess
import textwrap

import pytest

from conftest import VENVS

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples" / "shop"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def ask(aludel, request, *options, cwd=None):
    """The answer as an object; its code was run with SQLAlchemy 2.0 before it was shown."""
    env = {"PATH": "%s:%s" % (VENVS / "sa20" / "bin", os.environ["PATH"])}
    result = aludel.run("ask", request, "--json", *options, cwd=cwd, env=env)
    assert result.code in (0, 1), result
    return json.loads(result.out)


def run(python, code, check, cwd):
    """Runs the blocks as they stand, one behind the other, then `check`."""
    script = code + "\n\n" + textwrap.dedent(check)
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, cwd=cwd, timeout=60)
    assert done.returncode == 0, done.stderr + "\n" + script


def code_of(answer):
    return "\n".join(BLOCK.findall(answer["markdown"]))


def test_model_and_lookup(aludel, sa20, tmp_path):
    answer = ask(
        aludel,
        "Define a SQLAlchemy 2.0 ORM User model with id, email, and created_at, and show how to query a user by email.",
        cwd=tmp_path,
    )
    assert answer["intent"] == "model" and not answer["verification"]["failed"]
    check = """
        create_tables()
        from sqlalchemy import inspect
        columns = {c.key: c for c in inspect(User).columns}
        assert set(columns) == {"id", "email", "created_at"}
        assert columns["email"].unique and not columns["email"].nullable
        with SessionFactory() as session:
            session.add_all([User(email="a@example.org"), User(email="b@example.org")])
            session.commit()
            found = get_user_by_email(session, "b@example.org")
            assert found.id == 2 and found.created_at is not None
            assert get_user_by_email(session, "c@example.org") is None
    """
    run(sa20, code_of(answer), check, tmp_path)


def test_relationship_to_a_model_that_was_not_shown(aludel, sa20, tmp_path):
    answer = ask(
        aludel,
        "Extend my existing SQLAlchemy User model with a Post model and a one-to-many relationship;"
        " show how to create a user with posts.",
        cwd=tmp_path,
    )
    assert any("`User` was not shown" in a for a in answer["assumptions"])
    check = """
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            user = create_user_with_posts(session, posts=[Post(title="a", body="x"), Post(title="b", body="y")])
            session.expunge_all()
            loaded = get_user_with_posts(session, 1)
            session.close()
            assert [p.title for p in loaded.posts] == ["a", "b"]
    """
    run(sa20, code_of(answer), check, tmp_path)


def test_relationship_to_a_pasted_model(aludel, sa20, tmp_path):
    model = (
        "from sqlalchemy import String\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\nclass User(Base):\n    __tablename__ = 'person'\n\n"
        "    key: Mapped[int] = mapped_column(primary_key=True)\n    name: Mapped[str] = mapped_column(String(9))  # short\n"
    )
    answer = ask(aludel, model + "\n\nAdd a Post model with a title that belongs to a User.", cwd=tmp_path)
    code = code_of(answer)
    assert "# short" in code and "'person'" in code
    check = """
        from sqlalchemy import inspect
        assert inspect(Post).relationships["user"].mapper.class_ is User
        assert inspect(User).relationships["posts"].uselist
        assert [k.target_fullname for k in Post.__table__.foreign_keys] == ["person.key"]
    """
    run(sa20, code, check, tmp_path)


def test_legacy_query(aludel, sa20, tmp_path):
    answer = ask(
        aludel,
        "Convert this SQLAlchemy 1.x query to 2.0 style: session.query(User).filter(User.active == True).all().",
        cwd=tmp_path,
    )
    before, after = BLOCK.findall(answer["markdown"])
    assert answer["intent"] == "modernize" and answer["confident"]
    assert before.strip() == "session.query(User).filter(User.active == True).all()"
    assert "select(User).where(User.active.is_(True))" in after
    assert "is_(True)" in answer["markdown"].split(after)[1]
    check = """
        from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
        from sqlalchemy import create_engine
        class Base(DeclarativeBase): pass
        class User(Base):
            __tablename__ = "u"
            id: Mapped[int] = mapped_column(primary_key=True)
            active: Mapped[bool]
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        session = Session(engine)
        session.add_all([User(active=True), User(active=False)])
        session.flush()
        found = [eval(line) for line in AFTER.strip().splitlines() if line.startswith("session")]
        assert [[u.id for u in users] for users in found] == [[1]]
    """
    run(sa20, "from sqlalchemy import select\nAFTER = %r" % after, check, tmp_path)


def test_unique_constraint(aludel, tmp_path):
    answer = ask(
        aludel,
        "I get an IntegrityError about a unique email column when inserting users; explain what is happening and"
        " how to avoid it.",
        cwd=tmp_path,
    )
    text = answer["markdown"]
    assert not answer["verification"]["failed"]
    assert "except IntegrityError" in text and "select(User).where(User.email" in text
    assert "race" in text or "both" in text


def test_pasted_traceback(aludel, tmp_path):
    error = (
        "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: users.email\n"
        "[SQL: INSERT INTO users (email) VALUES (?)]\n[parameters: ('a@b.c',)]\n"
        "(Background on this error at: https://sqlalche.me/e/20/gkpj)"
    )
    answer = ask(aludel, "what is this?\n" + error, cwd=tmp_path)
    assert answer["intent"] == "diagnose"
    assert answer["slots"]["table"] == "users" and answer["slots"]["column"] == "email"
    assert "it was run, and does" in answer["markdown"]


def test_async_fastapi(aludel, sa20, tmp_path):
    answer = ask(
        aludel,
        "Show how to set up async SQLAlchemy with FastAPI, including an async session dependency and a simple CRUD endpoint.",
        cwd=tmp_path,
    )
    blocks = BLOCK.findall(answer["markdown"])
    assert len(blocks) == 1 and "AsyncSession" in blocks[0] and "async_sessionmaker" in blocks[0]
    check = """
        from fastapi.testclient import TestClient
        with TestClient(app) as client:
            assert client.post("/items", json={"name": "tea"}).status_code == 201
            assert client.get("/items/1").json()["name"] == "tea"
            assert client.get("/items/9").status_code == 404
            assert client.patch("/items/1", json={"name": "pot"}).json()["name"] == "pot"
            assert [i["name"] for i in client.get("/items").json()] == ["pot"]
            assert client.delete("/items/1").status_code == 204
    """
    run(sa20, blocks[0], check, tmp_path)


def test_review_in_order_of_weight(aludel, tmp_path):
    code = (
        "from sqlalchemy import select\nfrom sqlalchemy.orm import Session\nfrom sqlalchemy import text\n\n\n"
        "def find(session: Session, name: str):\n"
        "    return session.execute(text(f\"select * from users where name = '{name}'\"))\n"
    )
    answer = ask(aludel, "review this code\n```python\n%s```" % code, "--no-run", cwd=tmp_path)
    assert answer["intent"] == "review" and int(answer["slots"]["findings"]) >= 1
    assert "(X101)" in answer["markdown"] or "(X102)" in answer["markdown"]


@pytest.mark.parametrize(
    "code, said, unknown",
    [
        (  # a query for each row, if it is a relationship
            "def report(session):\n"
            "    rows = session.query(Order).filter(Order.status == 'open').all()\n"
            "    for order in rows:\n"
            "        print(order.customer.name, order.total)\n",
            ["1. Line 4: if `Order.customer` is a relationship, ", "(P101)", ".options(selectinload(Order.customer)).all()`"],
            ["how `Order.customer` is loaded", "whether `Order.status` is indexed"],
        ),
        (  # async: the same raises
            "async def orders(session: AsyncSession):\n"
            "    result = await session.execute(select(Order))\n"
            "    return [len(o.items) for o in result.scalars().all()]\n",
            ["Line 3: if `Order.items` is a relationship, ", "(A104)"],
            ["how `Order.items` is loaded"],
        ),
        (  # what a join names is a relationship, no guess; imports of modules that are not there
            "from .models import User\nfrom sqlalchemy import select\n"
            "def load(db: Session):\n"
            "    users = db.scalars(select(User).where(User.team.has(name='x'))).all()\n"
            "    return [(u.name, u.team.name) for u in users]\n",
            ["1. Line 5: `team` is loaded by a SELECT of its own for each User"],
            [],
        ),
        (  # what is wrong whatever the models are
            "async def find(db, name=None):\n"
            "    stmt = select(models.Order).where(models.Order.deleted_at is None)\n"
            "    return (await db.execute(stmt)).scalars().all()\n",
            ["1. Line 2: `is None` compares", "models.Order.deleted_at.is_(None)"],
            ["whether `Order.deleted_at` is indexed"],
        ),
        (  # nothing: but that is not all that could be
            "def create(db: Session, name: str):\n"
            "    user = User(name=name)\n    db.add(user)\n    db.commit()\n    return user\n",
            ["In what can be told without the models of `User` I found nothing wrong"],
            ["I cannot tell whether the attributes exist"],
        ),
        (  # one row with its collection, if the plural is one
            "stmt = select(User).options(joinedload(User.posts)).where(User.email == email)\n"
            "user = (await session.execute(stmt)).scalar_one_or_none()\n",
            ["1. Line 2: if `User.posts` is a collection, ", "(Q125)"],
            [],
        ),
        (  # Flask-SQLAlchemy
            "from models import db, User\n@app.route('/users')\ndef users():\n"
            "    found = User.query.filter_by(active=True).all()\n"
            "    return [{'team': u.team.name, 'posts': len(u.posts)} for u in found]\n",
            ["Line 5: if `User.team` is a relationship, ", "Line 5: if `User.posts` is a relationship, ", "options(selectinload(User.team))"],
            ["how `User.team`, `User.posts` are loaded"],
        ),
        (  # values are no relationships
            "def dates(session: Session):\n"
            "    return [(o.created_at.isoformat(), o.made.year, o.kind.value) for o in session.scalars(select(Order))]\n",
            ["In what can be told without the models of `Order` I found nothing wrong"],
            [],
        ),
    ],
)
def test_code_without_its_models(aludel, tmp_path, code, said, unknown):
    answer = ask(aludel, "review this code\n```python\n%s```" % code, "--no-run", cwd=tmp_path)
    assert answer["intent"] == "review"
    for text in said + unknown:
        assert text in answer["markdown"], answer["markdown"]
    assert "none of the" not in answer["markdown"]
    assert "not_shown" not in answer["markdown"] and "NotShown" not in answer["markdown"]


@pytest.mark.parametrize(
    "text, module",
    [
        ("Write an env.py for alembic", "models"),
        ("set up alembic for a sqlite database app.db", "models"),
        ("set up alembic, e.g. with autogenerate", "models"),
        ("set up alembic, see example.com for our models", "models"),
        ("set up alembic, target_metadata = base.metadata", "models"),
        ("set up alembic for the models in models.py", "models"),
        ("set up alembic for app/models.py", "app.models"),
        ("set up alembic, models live in the package shop.tables.", "shop.tables"),
        ("set up alembic with `from core.db import Base`", "core.db"),
        ("set up alembic (alembic/env.py) for myapp.models.Base", "myapp.models"),
    ],
)
def test_alembic_imports_the_models_that_are_named(aludel, tmp_path, text, module):
    told = ask(aludel, text, "--no-run", cwd=tmp_path)["markdown"]
    assert "`Base` is imported from `%s`" % module in told and "from %s import Base" % module in told, told


@pytest.mark.parametrize(
    "said, made",
    [
        ("(id int, message varchar(200) not null, price decimal(12,2))", ['"message", String(200)', '"price", Numeric(12, 2)']),
        ("(it is no longer used)", None),
        ("(unused)", None),
        ("(created in 2019, never read)", None),
        ("(id int, kind enum(a,b))", None),
        ("(!!!)", None),
    ],
)
def test_a_dropped_table_is_made_again_only_of_columns(aludel, tmp_path, said, made):
    told = ask(aludel, "alembic migration: drop the table old_logs " + said, "--no-run", cwd=tmp_path)["markdown"]
    assert 'op.drop_table("old_logs")' in told
    assert all("Column(" + text in told for text in made or []), told
    assert ("op.create_table(\n" in told) is bool(made) and ("as the request has it" in told) is bool(made), told
    assert ("NotImplementedError" in told) != bool(made), told


@pytest.mark.parametrize(
    "text, url",
    [
        ("set up a postgres engine with psycopg2", "postgresql+psycopg2://"),
        ("sync engine for postgres, use psycopg3 instead of psycopg2", "postgresql+psycopg://"),
        ("set up an engine for Postgres without psycopg2", "postgresql+psycopg://"),
        ("async engine for postgres with psycopg rather than asyncpg", "postgresql+psycopg://"),
        ("set up a mysql engine with mysqlclient", "mysql+mysqldb://"),
    ],
)
def test_the_driver_that_is_wanted(aludel, tmp_path, text, url):
    assert "For example " + url in ask(aludel, text, "--no-run", cwd=tmp_path)["markdown"]


LOOP = "rows = session.query(%s).all()\nfor o in rows:\n    print(o.customer.name)\n"


@pytest.mark.parametrize(
    "code",
    [
        LOOP % "Order",
        "from models import Order as O\n" + LOOP % "O",
        "import os\n" + LOOP % "Order" + "path = os.path.join(BASE_DIR, HERE)\n",
        "from conf import KEY_NAME, Headers, Key\n" + LOOP % "Order" + "r.delete(KEY_NAME)\nc.delete(Key)\nh.update(Headers)\n",
        LOOP % "Order" + 'print(", ".join(Settings.names))\n',
        "from .....models import Order\n" + LOOP % "Order",
        "x = session.get(my_models.Order, 5)\n" + LOOP % "models.Order",
    ],
)
def test_only_what_is_queried_is_a_model(aludel, tmp_path, code):
    told = ask(aludel, "review this\n```python\n%s```" % code, "--no-run", cwd=tmp_path)["markdown"]
    assert "if `Order.customer` is a relationship" in told, told
    assert "The models of `Order` were not shown" in told or "my_models" in code, told


def test_a_guess_is_of_the_class_that_is_looped_over(aludel, tmp_path):
    code = LOOP % "Order" + (LOOP % "Invoice").replace("rows", "bills").replace("for o", "for i").replace("o.", "i.")
    told = ask(aludel, "review this\n```python\n%s```" % code, "--no-run", cwd=tmp_path)["markdown"]
    assert "Line 3: if `Order.customer` is" in told and "Line 6: if `Invoice.customer` is" in told, told


def test_a_model_that_is_named_in_two_words_is_of_this_field(aludel, tmp_path):
    (tmp_path / "models.py").write_text(
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\n"
        "class OrderItem(Base):\n    __tablename__ = 'order_items'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    told = ask(aludel, "write all order items to a csv file", "--no-run", cwd=tmp_path)["markdown"]
    assert "this is no request about SQLAlchemy" not in told, told


@pytest.mark.parametrize("dots", [17, 200])
def test_an_import_from_far_above_is_no_model(aludel, tmp_path, dots):
    code = "from %smodels import Order\n" % ("." * dots) + LOOP % "Order"
    told = ask(aludel, "review this\n```python\n%s```" % code, "--no-run", cwd=tmp_path)["markdown"]
    assert "Order.customer" not in told, told


def test_what_is_slow_comes_first(aludel, tmp_path):
    code = (
        "def report():\n    session = SessionLocal()\n"
        "    for order in session.query(Order).all():\n        print(order.customer.name)\n"
    )
    question = "%s\n```python\n" + code + "```"
    slow = ask(aludel, question % "why is this slow?", "--no-run", cwd=tmp_path)["markdown"]
    review = ask(aludel, question % "review this", "--no-run", cwd=tmp_path)["markdown"]
    assert slow.index("(P101)") < slow.index("(S101)") and review.index("(S101)") < review.index("(P101)")


def test_a_model_is_added_to_a_project_and_taken_back(aludel, sa14, tmp_path):
    for name in ("models.py", "services.py"):
        (tmp_path / name).write_bytes((ROOT / "examples" / "shop" / name).read_bytes())
    before = (tmp_path / "models.py").read_bytes()
    answer = ask(
        aludel,
        "Add a Review model with rating and text that belongs to Product and Customer",
        "--project",
        ".",
        "--apply",
        cwd=tmp_path,
    )
    assert [e["path"] for e in answer["edits"]] == ["models.py"]
    check = """
        from models import Customer, Product, Review
        from sqlalchemy.orm import configure_mappers
        configure_mappers()
        assert Review.product.property.mapper.class_ is Product
        assert Customer.reviews.property.uselist
    """
    run(sa14, "", check, tmp_path)
    assert aludel.run("undo", cwd=tmp_path).code == 0
    assert (tmp_path / "models.py").read_bytes() == before


def test_what_is_not_known_is_said(aludel, tmp_path):
    answer = ask(aludel, "Please bake a chocolate cake for Friday", "--no-run", cwd=tmp_path)
    assert not answer["confident"]
    assert "I do not know" in answer["markdown"]


@pytest.mark.parametrize(
    "text, declined",
    [
        ("DetachedInstanceError in a websocket handler", False),
        ("MissingGreenlet in a websocket endpoint", False),
        ("how to use sessionmaker with celery and rabbitmq", False),
        ("contains_eager on linux", False),
        ("DataFrame merges in pandas", True),
        ("how do I rebase my branch in git", True),
        ("use train_test_split of scikit-learn", True),
    ],
)
def test_names_of_the_api_are_of_this_field(aludel, tmp_path, text, declined):
    told = ask(aludel, text, "--no-run", cwd=tmp_path)["markdown"]
    assert ("this is no request about SQLAlchemy" in told) is declined, told


@pytest.mark.parametrize(
    "request_text",
    [
        "best player of each team",
        "categories with the most expensive products on average",
    ],
)
def test_a_query_over_unknown_models_is_no_page(aludel, tmp_path, request_text):
    answer = ask(aludel, request_text, "--no-run", cwd=tmp_path)
    assert not answer["confident"]
    assert "I do not know" in answer["markdown"] and "```" not in answer["markdown"]


def test_what_stands_behind_returned_rows_is_not_lost(aludel):
    text = "delete the orders older than 30 days and return the rows of customers in Berlin"
    assert "delete(Order)" not in ask(aludel, text, "--no-run", "--project", ".", cwd=SHOP)["markdown"]
    text = "Delete the orders older than 30 days, and give me back the rows."
    assert ".returning(Order)" in ask(aludel, text, "--no-run", "--project", ".", cwd=SHOP)["markdown"]


@pytest.mark.parametrize(
    "request_text", ["delete orders of customers named Bob", "delete the orders of customers in Berlin"]
)
def test_a_table_that_is_named_is_no_other(aludel, request_text):
    """Customers of the shop have neither a name nor a city; products and tags have a name."""
    assert "delete(" not in ask(aludel, request_text, "--no-run", "--project", ".", cwd=SHOP)["markdown"]


@pytest.mark.parametrize("request_text", ["", "   \n"])
def test_nothing_is_asked(aludel, request_text):
    result = aludel.run("ask", request_text)
    assert result.code == 2 and "the request is empty" in result.err


def test_a_project_that_is_not_there(aludel):
    result = aludel.run("ask", "count users", "--project", "/no/such/folder")
    assert result.code == 2 and "/no/such/folder" in result.err


@pytest.mark.parametrize(
    "request_text, check",
    [
        (
            "users without posts",
            """
            session.add_all([User(name="a", posts=[Post(title="p")]), User(name="b")])
            session.flush()
            assert [u.name for u in list_users(session)] == ["b"]
            """,
        ),
        (
            "number of comments per article",
            """
            session.add(Article(title="a", comments=[Comment(), Comment()]))
            session.flush()
            # "per article" asks for the articles: whoever prints the figures wants their names
            [(article, count)] = list_comments(session)
            assert (article.title, count) == ("a", 2)
            """,
        ),
        (
            "get all active users",
            """
            session.add_all([User(name="a", active=True), User(name="b", active=False)])
            session.flush()
            assert [u.id for u in list_users(session)] == [1]
            """,
        ),
        (
            "Using SQLAlchemy Core, get all users ordered by name",
            """
            session.add_all([User(name="b"), User(name="a")])
            session.flush()
            assert [r.name for r in list_users(session.connection())] == ["a", "b"]
            """,
        ),
    ],
)
def test_supposed_models(aludel, sa20, tmp_path, request_text, check):
    """Models that nobody showed are said to be assumed, and the query runs over them."""
    answer = ask(aludel, request_text, cwd=tmp_path)
    assert answer["confident"] is False
    assert "Your models were not shown" in answer["markdown"]
    head = """
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    """
    run(sa20, code_of(answer), textwrap.dedent(head) + textwrap.dedent(check), tmp_path)


@pytest.mark.parametrize("text", ["count the apples in my fridge", "what are the best restaurants"])
def test_supposes_nothing_of_what_is_not_understood(aludel, tmp_path, text):
    assert "class " not in ask(aludel, text, cwd=tmp_path)["markdown"]


WHOLE_DATABASE = [
    "delete all rows",
    "drop all tables",
    "how do I wipe the whole database with sqlalchemy?",
    "remove every record from every table",
]
DESTRUCTIVE = WHOLE_DATABASE + [
    "delete all orders",
    "truncate orders",
    "delete customers that are not active",
    "set the price of all products to 0",
    "migration that drops the table orders",
    "how can I truncate a table in postgres?",
]
HARMLESS = [
    "soft delete for all models",
    "how do I avoid deleting rows of the child table?",
    "why does autogenerate want to drop all tables?",
    "orders without lines",
    "ON DELETE CASCADE on a foreign key of a table",
    "set the price of the product with id 3 to 0",
    "list empty tables",
]


@pytest.mark.parametrize("text", DESTRUCTIVE)
def test_what_destroys_says_so_first(aludel, text):
    answer = ask(aludel, text, "--no-run", "--project", ".", cwd=SHOP)
    warning, _, rest = answer["markdown"].partition("consent of those who own the data")
    assert "**Destructive:**" in warning and "backup" in warning and "```" not in warning
    assert "**Destructive:**" not in rest


@pytest.mark.parametrize("text", WHOLE_DATABASE)
def test_the_whole_database(aludel, tmp_path, text):
    answer = ask(aludel, text, "--no-run", cwd=tmp_path)
    assert "drop_all" in answer["markdown"] and "sorted_tables" in answer["markdown"]
    assert "**Destructive:**" in answer["markdown"]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_destroys_nothing_does_not_warn(aludel, text):
    assert "Destructive" not in ask(aludel, text, "--no-run", "--project", ".", cwd=SHOP)["markdown"]


@pytest.mark.parametrize("where", ["models.py", "app/models.py"])
def test_folder_with_models_is_the_project(aludel, tmp_path, where):
    """No pyproject.toml is needed: modules that name SQLAlchemy make the folder a project."""
    file = tmp_path / where
    file.parent.mkdir(exist_ok=True)
    (file.parent / "__init__.py").touch()
    file.write_text(
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\n"
        "class Vessel(Base):\n    __tablename__ = 'vessels'\n\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n    tonnage: Mapped[int]\n"
    )
    answer = ask(aludel, "the vessel with the greatest tonnage", "--no-run", cwd=tmp_path)
    assert "Vessel.tonnage.desc()" in answer["markdown"]
    file.write_text("import os\n")
    answer = ask(aludel, "the vessel with the greatest tonnage", "--no-run", cwd=tmp_path)
    assert "models import Vessel" not in answer["markdown"]


VESSEL = """
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Vessel(Base):
    __tablename__ = "vessels"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50)%s)
    tonnage: Mapped[int]
"""


@pytest.mark.parametrize("database", ["postgres", "sqlite", "mysql"])
@pytest.mark.parametrize("unique", [True, False])
def test_upsert_is_shown_and_says_what_it_needs(aludel, tmp_path, database, unique):
    """Rows are made up for the run; a constraint that is missing is an assumption, and hides no code."""
    (tmp_path / "models.py").write_text(VESSEL % (", unique=True" if unique else ""))
    answer = ask(aludel, "upsert vessels by name on " + database, cwd=tmp_path)
    assert "insert(Vessel)" in code_of(answer) and not answer["verification"]["failed"]
    assert any("unique constraint" in text for text in answer["assumptions"]) is not unique


def test_quotes_of_a_value_end_no_docstring(aludel, tmp_path):
    (tmp_path / "models.py").write_text(VESSEL % "")
    answer = ask(aludel, 'vessels whose name is \'a """ b \\ c\'', "--no-run", cwd=tmp_path)
    tree = ast.parse(code_of(answer))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    assert function.args.defaults[0].value == 'a """ b \\ c'
    assert "a \'\'\' b \' c" in " ".join(ast.get_docstring(function).split())
