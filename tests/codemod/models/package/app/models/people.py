from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import backref, relationship

from ..base import Base, Timestamped

if TYPE_CHECKING:
    from datetime import date


def years(born: "date") -> int:
    return born.year


class Person(Timestamped, Base):
    __mapper_args__ = {"polymorphic_identity": "person", "polymorphic_on": "kind"}

    kind = Column(String(20), nullable=False)
    name = Column(String(80), nullable=False, index=True)
    born = Column(Date)
    date = Column(Date, doc="shadows the type")
    notes = Column("remarks", Text, default="", comment="free text")
    manager_id = Column(Integer, ForeignKey("person.id", ondelete="SET NULL"))
    manager = relationship("Person", remote_side="Person.id", backref="reports")
    things = relationship(
        "Thing",
        backref=backref("owner", lazy="joined", innerjoin=True),
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="Thing.id",
    )

    def age(self) -> int:
        return years(self.born) if self.born else 0


class Employee(Person):
    id = Column(ForeignKey("person.id"), primary_key=True)
    badge = Column(String, unique=True)
    active = Column(Boolean, nullable=False, default=True)
    __mapper_args__ = {"polymorphic_identity": "employee"}


class Boss(Employee):
    __tablename__ = None
    __mapper_args__ = {"polymorphic_identity": "boss"}
    level = Column(Integer)
