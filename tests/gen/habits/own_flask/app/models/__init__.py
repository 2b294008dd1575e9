from app.models.user import User  # noqa
from app.models.city import City  # noqa
