from sqlalchemy import orm
import sqlalchemy as sa


class Entity(orm.DeclarativeBase):
    pass


class User(Entity):
    __tablename__ = "User"

    userId: orm.Mapped[int] = orm.mapped_column("userId", primary_key=True)
    fullName: orm.Mapped[str] = orm.mapped_column(sa.String(50))


class ShopOrder(Entity):
    __tablename__ = "ShopOrder"

    orderId: orm.Mapped[int] = orm.mapped_column("orderId", primary_key=True)
    placedOn: orm.Mapped[str] = orm.mapped_column(sa.String(50))
