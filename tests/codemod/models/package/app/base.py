from sqlalchemy import Column, DateTime, Integer, MetaData, func
from sqlalchemy.ext.declarative import as_declarative, declared_attr

meta = MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "pk": "pk_%(table_name)s"})


@as_declarative(metadata=meta)
class Base(object):
    @declared_attr
    def __tablename__(cls):
        return cls.__name__.lower()

    id = Column(Integer, primary_key=True)


class Timestamped(object):
    created_at = Column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    updated_at = Column(DateTime(timezone=True), onupdate=func.now())
