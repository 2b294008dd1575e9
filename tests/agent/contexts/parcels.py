from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Parcel(Base):
    __tablename__ = "parcels"

    depot: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    receiver: Mapped[str] = mapped_column(String(80), index=True)


class Driver(Base):
    __tablename__ = "drivers"

    badge: Mapped[int] = mapped_column(primary_key=True)
    given: Mapped[str] = mapped_column(String(40))
    family: Mapped[str] = mapped_column(String(40))
    mail: Mapped[str] = mapped_column(String(60), unique=True)
    __table_args__ = (UniqueConstraint("given", "family", name="uq_called"), Index("ix_called", "family", "given"))
