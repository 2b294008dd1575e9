# -*- coding: utf-8 -*-
"""What the shop does with its tables. Written for SQLAlchemy 1.x, as people wrote it."""
from sqlalchemy import case, func, select

from models import Customer, Order, OrderLine, Product, Tag, product_tags


def active_customers(session):
    return session.query(Customer).filter(Customer.active == True).order_by(Customer.id).all()


def customers_without_orders(session):
    return (
        session.query(Customer)
        .outerjoin(Order, Order.customer_id == Customer.id)
        .filter(Order.id == None)
        .all()
    )


def cheap_products(session, limit):
    stmt = select([Product.id, Product.name], Product.price < limit, order_by=[Product.name])
    return session.execute(stmt).fetchall()


def price_classes(session):
    label = case([(Product.price > 100, "dear"), (Product.price > 10, "fair")], else_="cheap")
    return session.query(Product.name, label.label("price_class")).order_by(Product.name).all()


def products_not_tagged(session, names):
    tagged = select([product_tags.c.product_id]).where(
        product_tags.c.tag_id.in_(select([Tag.id]).where(Tag.name.in_(names)))
    )
    return session.query(Product).filter(Product.id.notin_(tagged)).order_by(Product.id).all()


def open_orders(session, customer):
    # A mistake of its time: Python's `and` keeps only one half.
    return session.query(Order).filter(Order.customer_id == customer.id and Order.status == "open")


def big_orders(session, minimum):
    query = session.query(Order).join(Order.lines)
    query.filter(OrderLine.quantity >= minimum)  # the result is lost
    return query.all()


def revenue(session):
    return session.execute("SELECT SUM(quantity * price) FROM order_lines").scalar()


def number_of_orders(session):
    return session.query(func.count(Order.id)).scalar()
