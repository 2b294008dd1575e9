import enum
from datetime import datetime
from typing import Optional

from sqlalchemy import Column, Enum, ForeignKey, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Status(enum.Enum):
    open = "open"
    pending = "pending"
    solved = "solved"


class Priority(enum.Enum):
    low = "low"
    normal = "normal"
    urgent = "urgent"


ticket_labels = Table(
    "ticket_labels",
    Base.metadata,
    Column("ticket_id", ForeignKey("tickets.id"), primary_key=True),
    Column("label_id", ForeignKey("labels.id"), primary_key=True),
)


class Team(Base):
    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)

    agents: Mapped[list["Agent"]] = relationship(back_populates="team")


class Agent(Base):
    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    team_id: Mapped[Optional[int]] = mapped_column(ForeignKey("teams.id"))

    team: Mapped[Optional[Team]] = relationship(back_populates="agents")
    tickets: Mapped[list["Ticket"]] = relationship(back_populates="assignee")


class Organisation(Base):
    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    country: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("organisations.id"))

    parent: Mapped[Optional["Organisation"]] = relationship(remote_side=[id], back_populates="children")
    children: Mapped[list["Organisation"]] = relationship(back_populates="parent")
    tickets: Mapped[list["Ticket"]] = relationship(back_populates="organisation")


class Ticket(Base):
    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    status: Mapped[Status] = mapped_column(Enum(Status), default=Status.open)
    priority: Mapped[Priority] = mapped_column(Enum(Priority), default=Priority.normal)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    assignee_id: Mapped[Optional[int]] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime]
    solved_at: Mapped[Optional[datetime]]
    rating: Mapped[Optional[int]]

    organisation: Mapped[Organisation] = relationship(back_populates="tickets")
    assignee: Mapped[Optional[Agent]] = relationship(back_populates="tickets")
    messages: Mapped[list["Message"]] = relationship(back_populates="ticket")
    labels: Mapped[list["Label"]] = relationship(secondary=ticket_labels, back_populates="tickets")


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    agent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("agents.id"))
    body: Mapped[str] = mapped_column(Text)
    internal: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime]

    ticket: Mapped[Ticket] = relationship(back_populates="messages")
    agent: Mapped[Optional[Agent]] = relationship()


class Label(Base):
    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)

    tickets: Mapped[list[Ticket]] = relationship(secondary=ticket_labels, back_populates="labels")
