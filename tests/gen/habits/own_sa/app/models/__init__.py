from .user import User
from .city import City
