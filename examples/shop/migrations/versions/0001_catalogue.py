"""categories, tags and products"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("categories.id")),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), unique=True),
    )
    op.create_table(
        "products",
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("price", sa.Numeric(10, 2), nullable=False),
        sa.Column("category_id", sa.Integer, sa.ForeignKey("categories.id")),
    )
    op.create_table(
        "product_tags",
        sa.Column("product_id", sa.Integer, sa.ForeignKey("products.id"), primary_key=True),
        sa.Column("tag_id", sa.Integer, sa.ForeignKey("tags.id"), primary_key=True),
    )
    op.execute("INSERT INTO categories (name) VALUES ('other')")


def downgrade():
    for name in ("product_tags", "products", "tags", "categories"):
        op.drop_table(name)
