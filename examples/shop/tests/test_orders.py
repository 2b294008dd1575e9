import pytest

import accounts
import orders
import reports


def test_place(stock):
    ann = accounts.find_by_email(stock, "ann@example.org")
    placed = orders.place_order(stock, ann, [(1, 2)])
    stock.commit()
    assert placed.total == 4 and placed.status == "new"
    assert len(orders.orders_of(ann)) == 2
    assert orders.orders_of(ann, "open") == []
    with pytest.raises(LookupError):
        orders.place_order(stock, ann, [(99, 1)])


def test_reading(stock):
    assert [o.status for o in orders.latest(stock)] == ["open", "new"]
    assert orders.count_by_status(stock, "open") == 1
    assert orders.count_by_status(stock, None) == 2


def test_reports(stock):
    rows = reports.revenue_by_customer(stock)
    assert [(row.email, float(row.total)) for row in rows] == [("bob@example.org", 202), ("ann@example.org", 6)]
    assert [tuple(row) for row in reports.best_sellers(stock)] == [("tea", 4), ("pot", 1)]
    ann = accounts.find_by_email(stock, "ann@example.org")
    eve = accounts.find_by_email(stock, "eve@example.org")
    assert reports.has_orders(stock, ann.id) and not reports.has_orders(stock, eve.id)


def test_close(stock):
    ids = [o.id for o in orders.latest(stock)]
    assert reports.close_orders(stock, ids) == 2
    stock.commit()
    assert orders.count_by_status(stock, "closed") == 2
