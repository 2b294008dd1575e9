from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base

if TYPE_CHECKING:
    from .account import Account


class User(Base):
    __tablename__ = 'crm_users'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[Optional[int]] = mapped_column(ForeignKey('crm_accounts.id'))
    account: Mapped[Optional[Account]] = relationship(back_populates='users')
