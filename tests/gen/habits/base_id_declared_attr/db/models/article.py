from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class Article(Base):
    title: Mapped[str] = mapped_column()
