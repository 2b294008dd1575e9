import sqlalchemy as sa
from sqlalchemy import orm

from ..base import Base

labels = sa.Table(
    "labels",
    Base.metadata,
    sa.Column("thing_id", sa.ForeignKey("thing.id"), primary_key=True),
    sa.Column("label_id", sa.ForeignKey("label.id"), primary_key=True),
)
friends = sa.Table(
    "friends",
    Base.metadata,
    sa.Column("a_id", sa.ForeignKey("thing.id"), primary_key=True),
    sa.Column("b_id", sa.ForeignKey("thing.id"), primary_key=True),
)


class Label(Base):
    text = sa.Column(sa.Unicode(40), nullable=False)


class Thing(Base):
    owner_id = sa.Column(sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False)
    price = sa.Column(sa.Numeric(10, 2))
    weight = sa.Column(sa.Float)
    data = orm.deferred(sa.Column(sa.LargeBinary))
    labels = orm.relationship(Label, secondary=labels, backref="things", collection_class=set)
    friends = orm.relationship(
        "Thing",
        secondary=friends,
        primaryjoin="Thing.id == friends.c.a_id",
        secondaryjoin="Thing.id == friends.c.b_id",
        backref=orm.backref("friend_of", lazy="dynamic"),
    )
    detail = orm.relationship("Detail", uselist=False, backref="thing")


class Detail(Base):
    thing_id = sa.Column(sa.ForeignKey("thing.id"), unique=True)
    value = sa.Column(sa.JSON, nullable=False)
    __table_args__ = (sa.UniqueConstraint("thing_id"), sa.Index("ix_detail", thing_id))
