from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import Mapped, mapped_column, registry, relationship

mapper_registry = registry(metadata=MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "pk": "pk_%(table_name)s"}))


@mapper_registry.mapped
class User:
    __tablename__ = "users"
    __table_args__ = {"schema": "main"}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    teams: Mapped[list["Team"]] = relationship(back_populates="user")


@mapper_registry.mapped
class Team:
    __tablename__ = "teams"
    __table_args__ = {"schema": "main"}

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("main.users.id"))
    user: Mapped["User"] = relationship(back_populates="teams")
