import uuid

import sqlalchemy as sa
import sqlalchemy.orm as so

from .base import Base


class User(Base):
    __tablename__ = "users"

    id: so.Mapped[uuid.UUID] = so.mapped_column(sa.Uuid(), primary_key=True, default=uuid.uuid4)
    name: so.Mapped[str] = so.mapped_column(sa.String(50))
