from datetime import date, datetime
from decimal import Decimal
from typing import Optional

from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Station(Base):
    __tablename__ = "stations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    city: Mapped[str] = mapped_column(String(60))

    cars: Mapped[list["Car"]] = relationship(back_populates="station")


class Car(Base):
    __tablename__ = "cars"

    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str] = mapped_column(String(12), unique=True)
    brand: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(40))
    seats: Mapped[int]
    daily_rate: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    mileage: Mapped[int]
    electric: Mapped[bool] = mapped_column(default=False)
    retired_on: Mapped[Optional[date]]
    station_id: Mapped[Optional[int]] = mapped_column(ForeignKey("stations.id"))

    station: Mapped[Optional[Station]] = relationship(back_populates="cars")
    rentals: Mapped[list["Rental"]] = relationship(back_populates="car")


class Driver(Base):
    __tablename__ = "drivers"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str] = mapped_column(String(40))
    last_name: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    birth_date: Mapped[date]
    country: Mapped[str] = mapped_column(String(40))

    rentals: Mapped[list["Rental"]] = relationship(back_populates="driver")


class Rental(Base):
    __tablename__ = "rentals"

    id: Mapped[int] = mapped_column(primary_key=True)
    car_id: Mapped[int] = mapped_column(ForeignKey("cars.id"))
    driver_id: Mapped[int] = mapped_column(ForeignKey("drivers.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[Optional[datetime]]
    status: Mapped[str] = mapped_column(String(20))

    car: Mapped[Car] = relationship(back_populates="rentals")
    driver: Mapped[Driver] = relationship(back_populates="rentals")
    payments: Mapped[list["Payment"]] = relationship(back_populates="rental")


class Payment(Base):
    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    rental_id: Mapped[int] = mapped_column(ForeignKey("rentals.id"))
    amount: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    method: Mapped[str] = mapped_column(String(20))
    paid_at: Mapped[datetime]

    rental: Mapped[Rental] = relationship(back_populates="payments")
