from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class User(Base):
    name: Mapped[str] = mapped_column()
