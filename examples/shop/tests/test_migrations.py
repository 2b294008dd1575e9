import os

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect

SHOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def test_up_and_down(tmp_path):
    url = "sqlite:///%s" % (tmp_path / "migrated.db")
    config = Config()
    config.set_main_option("script_location", os.path.join(SHOP, "migrations"))
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "head")
    engine = create_engine(url)
    assert {"orders", "customers", "product_tags"} <= set(inspect(engine).get_table_names())
    command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
