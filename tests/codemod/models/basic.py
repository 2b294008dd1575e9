import enum
import datetime
from sqlalchemy import Column, Integer, String, Float, Enum, ForeignKey, Numeric, DateTime, JSON, Table
from sqlalchemy.ext.declarative import declarative_base, declared_attr
from sqlalchemy.orm import relationship, backref, deferred
from sqlalchemy.dialects.postgresql import UUID, JSONB, ARRAY

Base = declarative_base()

class Color(enum.Enum):
    red = 1

class Mixin(object):
    created = Column(DateTime, default=datetime.datetime.utcnow)
    @declared_attr
    def owner_id(cls):
        return Column(ForeignKey("user.id"))

tags = Table("tags", Base.metadata, Column("a", ForeignKey("post.id")), Column("b", ForeignKey("user.id")))

class User(Base, Mixin):
    __tablename__ = "user"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), nullable=False)
    color = Column(Enum(Color))
    body = deferred(Column(String))
    data = Column(JSON)
    arr = Column(ARRAY(Integer))
    posts = relationship("Post", backref="user", foreign_keys="Post.user_id")
    tagged = relationship("Post", secondary=tags, backref=backref("taggers", lazy="joined"))

class Post(Base):
    __tablename__ = "post"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("user.id"), nullable=False)
