from datetime import date, datetime
from typing import Optional

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Farm(Base):
    __tablename__ = "farms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    region: Mapped[str] = mapped_column(String(40))
    hectares: Mapped[float]

    animals: Mapped[list["Animal"]] = relationship(back_populates="farm")


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    tag_number: Mapped[str] = mapped_column(String(20), unique=True)
    species: Mapped[str] = mapped_column(String(40))
    weight: Mapped[float]
    born_on: Mapped[date]
    sold: Mapped[bool] = mapped_column(default=False)
    farm_id: Mapped[int] = mapped_column(ForeignKey("farms.id"))

    farm: Mapped[Farm] = relationship(back_populates="animals")
    visits: Mapped[list["Visit"]] = relationship(back_populates="animal", cascade="all, delete-orphan")


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animals.id"))
    visited_at: Mapped[datetime]
    reason: Mapped[Optional[str]] = mapped_column(String(200))
    cost: Mapped[float]

    animal: Mapped[Animal] = relationship(back_populates="visits")
