import datetime
import uuid
from typing import Annotated, Optional

from sqlalchemy import DateTime, ForeignKey, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

uuidpk = Annotated[uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4)]
str50 = Annotated[str, 50]
created = Annotated[
    datetime.datetime, mapped_column(DateTime(timezone=True), server_default=func.now())
]


class Base(DeclarativeBase):
    type_annotation_map = {str50: String(50)}


class User(Base):
    __tablename__ = "user"

    id: Mapped[uuidpk]
    name: Mapped[str50]
    created_at: Mapped[created]
    teams: Mapped[list["Membership"]] = relationship(back_populates="user")


class Team(Base):
    __tablename__ = "team"

    id: Mapped[uuidpk]
    title: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[created]


class Membership(Base):
    __tablename__ = "membership"

    id: Mapped[uuidpk]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))
    user: Mapped["User"] = relationship(back_populates="teams")
