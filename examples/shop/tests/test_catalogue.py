import catalogue
import services


def names(rows):
    return [row.name for row in rows]


def test_categories(stock):
    assert names(catalogue.products_of_category(stock, "tools")) == ["cup", "pot"]
    assert catalogue.products_per_category(stock) == {"drinks": 1, "tools": 2}


def test_tags(stock):
    assert names(catalogue.products_with_tag(stock, "new").all()) == ["tea", "pot"]
    assert catalogue.products_with_tag(stock, "new").count() == 2
    assert catalogue.get_or_create_tag(stock, "hot").id is not None
    assert catalogue.get_or_create_tag(stock, "cold").id is None


def test_lists(stock):
    assert catalogue.product_names(stock) == ["cup", "pot", "tea"]
    assert names(catalogue.dearest(stock, 2)) == ["pot", "cup"]
    assert catalogue.ProductRepository(stock).count() == 3


def test_prices(stock):
    tea = catalogue.ProductRepository(stock).find(name="tea")
    assert catalogue.raise_prices(stock, tea.category_id, 50) == 1
    stock.commit()
    assert float(tea.price) == 3


def test_services(stock):
    assert [c.email for c in services.customers_without_orders(stock)] == ["eve@example.org"]
    assert names(services.cheap_products(stock, 100)) == ["cup", "tea"]
    assert dict(map(tuple, services.price_classes(stock)))["pot"] == "dear"
    assert names(services.products_not_tagged(stock, ["hot"])) == ["pot", "cup"]
    assert services.revenue(stock) == 208
    assert services.number_of_orders(stock) == 2
