import enum
import typing as t

import sqlalchemy as sa
import sqlalchemy.orm as so


class Base(so.DeclarativeBase):
    pass


class Kind(enum.Enum):
    A = "a"
    B = "b"


class User(Base):
    __tablename__ = "users"

    user_id: so.Mapped[int] = so.mapped_column(primary_key=True)
    name: so.Mapped[str] = so.mapped_column(sa.String(50))
    nick: so.Mapped[t.Optional[str]] = so.mapped_column(sa.String(50))
    kind: so.Mapped[Kind] = so.mapped_column(default=Kind.A)


class Room(Base):
    __tablename__ = "rooms"

    room_id: so.Mapped[int] = so.mapped_column(primary_key=True)
    name: so.Mapped[str] = so.mapped_column(sa.String(50))
