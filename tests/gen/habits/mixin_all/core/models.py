from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.mixins import TimestampMixin, UUIDMixin


class User(UUIDMixin, TimestampMixin, Base):
    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(50))


class Asset(UUIDMixin, TimestampMixin, Base):
    __tablename__ = "assets"

    label: Mapped[str] = mapped_column(String(50))


class Ticket(UUIDMixin, TimestampMixin, Base):
    __tablename__ = "tickets"

    subject: Mapped[str] = mapped_column(String(50))
