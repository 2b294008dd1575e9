"""Customers: looking them up, switching them off."""
from sqlalchemy import or_

from models import Customer, Order
from repository import Repository


class CustomerRepository(Repository):
    model = Customer


def find_by_email(session, email):
    return session.query(Customer).filter(Customer.email == email).first()


def search(session, text=None, active=None, with_orders=False):
    query = session.query(Customer)
    if text:
        query = query.filter(or_(Customer.email.ilike("%" + text + "%")))
    if active is not None:
        query = query.filter(Customer.active == active)
    if with_orders:
        query = query.filter(Customer.orders.any())
    return query.order_by(Customer.email).all()


def deactivate_without_orders(session):
    """Gives the number of customers that were switched off."""
    query = session.query(Customer).filter(~Customer.orders.any())
    query = query.filter(Customer.active.is_(True))
    count = query.count()
    query.update({"active": False}, synchronize_session=False)
    return count


def delete_customer(session, customer_id):
    open_orders = session.query(Order).filter_by(customer_id=customer_id).count()
    if open_orders:
        raise ValueError("the customer has %d orders" % open_orders)
    return session.query(Customer).filter_by(id=customer_id).delete()
