from .user import User
from .article import Article

__all__ = ["Article", "User"]
