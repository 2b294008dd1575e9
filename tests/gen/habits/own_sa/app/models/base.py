import sqlalchemy.orm as so


class Base(so.DeclarativeBase):
    pass
