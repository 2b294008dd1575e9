"""Figures for the office, in Core: they never need an object."""
from sqlalchemy import func, select

from models import Customer, Order, OrderLine, Product

orders = Order.__table__
lines = OrderLine.__table__
customers = Customer.__table__


def revenue_by_customer(session):
    total = func.sum(lines.c.quantity * lines.c.price)
    stmt = (
        select([customers.c.email, total.label("total")])
        .select_from(customers.join(orders).join(lines))
        .group_by(customers.c.email)
        .order_by(total.desc())
    )
    return session.execute(stmt).fetchall()


def best_sellers(session, limit=5):
    sold = (
        session.query(OrderLine.product_id, func.sum(OrderLine.quantity).label("sold"))
        .group_by(OrderLine.product_id)
        .subquery()
    )
    query = session.query(Product.name, sold.c.sold).join(sold, sold.c.product_id == Product.id)
    return query.order_by(sold.c.sold.desc(), Product.name).limit(limit).all()


def has_orders(session, customer_id):
    query = session.query(Order).filter(Order.customer_id == customer_id)
    return session.query(query.exists()).scalar()


def close_orders(session, ids):
    stmt = orders.update(orders.c.id.in_(ids), values={"status": "closed"})
    return session.execute(stmt).rowcount
