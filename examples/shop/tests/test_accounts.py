import pytest

import accounts


def emails(customers):
    return [c.email.split("@")[0] for c in customers]


def test_find_by_email(stock):
    assert accounts.find_by_email(stock, "bob@example.org").id is not None
    assert accounts.find_by_email(stock, "nobody@example.org") is None


def test_search(stock):
    assert emails(accounts.search(stock)) == ["ann", "bob", "eve"]
    assert emails(accounts.search(stock, "BO")) == ["bob"]
    assert emails(accounts.search(stock, with_orders=True)) == ["ann", "bob"]
    assert emails(accounts.search(stock, active=False)) == []


def test_deactivate(stock):
    assert accounts.deactivate_without_orders(stock) == 1
    stock.commit()
    assert emails(accounts.search(stock, active=False)) == ["eve"]


def test_delete(stock):
    eve = accounts.find_by_email(stock, "eve@example.org")
    assert accounts.delete_customer(stock, eve.id) == 1
    ann = accounts.find_by_email(stock, "ann@example.org")
    with pytest.raises(ValueError):
        accounts.delete_customer(stock, ann.id)


def test_repository(stock):
    customers = accounts.CustomerRepository(stock)
    assert customers.count() == 3
    assert emails(customers.page(2, size=2)) == ["eve"]
    assert customers.get(customers.all()[0].id).email == "ann@example.org"
    assert customers.find(email="none") is None
