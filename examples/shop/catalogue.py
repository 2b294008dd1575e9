"""Products, categories and tags."""
from sqlalchemy import func
from sqlalchemy.orm import joinedload, subqueryload

from models import Category, Product, Tag
from repository import Repository


class ProductRepository(Repository):
    model = Product


def products_of_category(session, name):
    return (
        session.query(Product)
        .join(Product.category)
        .filter(Category.name == name)
        .options(joinedload(Product.tags))  # shown in the list
        .order_by(Product.name)
        .all()
    )


def products_with_tag(session, tag):
    query = session.query(Product).options(subqueryload(Product.tags))
    return query.filter(Product.tags.any(Tag.name == tag)).order_by(Product.id)


def product_names(session):
    return [name for (name,) in session.query(Product.name).order_by(Product.name)]


def dearest(session, count=3):
    return session.query(Product).order_by(Product.price.desc())[:count]


def products_per_category(session):
    rows = (
        session.query(Category.name, func.count(Product.id).label("number"))
        .outerjoin(Category.products)
        .group_by(Category.name)
        .order_by(Category.name)
    )
    return dict((row.name, row.number) for row in rows)


def get_or_create_tag(session, name):
    tag = session.query(Tag).filter_by(name=name).one_or_none()
    if tag is None:
        tag = Tag(name=name)
        session.add(tag)
    return tag


def raise_prices(session, category_id, percent):
    return (
        session.query(Product)
        .filter(Product.category_id == category_id)
        .update({Product.price: Product.price * (100 + percent) / 100}, synchronize_session=False)
    )
