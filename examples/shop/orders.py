"""Placing and reading orders."""
from models import Order, OrderLine, Product


def place_order(session, customer, wanted):
    """`wanted` is a list of (product id, quantity)."""
    order = Order(customer_id=customer.id)
    for product_id, quantity in wanted:
        product = session.query(Product).get(product_id)
        if product is None:
            raise LookupError("there is no product %s" % product_id)
        order.lines.append(OrderLine(product_id=product.id, quantity=quantity, price=product.price))
    session.add(order)
    session.flush()
    return order


def base_query(session, status=None):
    query = session.query(Order)
    if status:
        query = query.filter(Order.status == status)
    return query


def latest(session, status=None, limit=10):
    return base_query(session, status).order_by(Order.id.desc()).limit(limit).all()


def count_by_status(session, status):
    return base_query(session, status).count()


def orders_of(customer, status=None):
    query = customer.orders
    if status is not None:
        query = query.filter_by(status=status)
    return query.order_by(Order.id).all()
