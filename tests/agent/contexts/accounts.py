import sqlalchemy as sa
from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(sa.Enum("a", "b", name="st"), server_default="a")
    email: Mapped[str] = mapped_column(String(50), unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    made: Mapped[str] = mapped_column(DateTime, server_default=func.now())
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    age: Mapped[int | None] = mapped_column(sa.Numeric(10, 2))
    __table_args__ = (
        UniqueConstraint("email", "team_id", name="uq_et"),
        CheckConstraint("age > 0", name="ck_age"),
        Index("ix_made_age", "made", "age"),
    )
