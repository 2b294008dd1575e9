from .base import Base
from .account import Account
from .user import User

__all__ = [
    'Account',
    'Base',
    'User',
]
