import pytest

import app as shop


@pytest.fixture
def client(stock):
    return shop.create_app().test_client()


def test_customers(client):
    assert len(client.get("/customers").get_json()) == 3
    assert [c["email"] for c in client.get("/customers?q=ann").get_json()] == ["ann@example.org"]
    assert client.get("/customers/1").get_json()["active"] is True
    assert client.get("/customers/99").status_code == 404


def test_orders(client):
    response = client.post("/customers/1/orders", json=[{"product": 1, "quantity": 5}])
    assert response.status_code == 201
    order = client.get("/orders/%d" % response.get_json()["id"]).get_json()
    assert order["status"] == "new" and order["total"] > 0
    assert client.post("/customers/99/orders", json=[]).status_code == 404
    assert client.post("/customers/1/orders", json=[{"product": 99, "quantity": 1}]).status_code == 400
    assert client.get("/orders/99").status_code == 404


def test_lists(client):
    assert client.get("/products").get_json() == ["cup", "pot", "tea"]
    assert client.get("/reports/best-sellers").get_json()[0] == ["tea", 4]
