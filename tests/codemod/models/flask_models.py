import enum

from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class State(enum.Enum):
    new = "new"
    done = "done"


class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50), nullable=False)
    state = db.Column(db.Enum(State), default=State.new)
    books = db.relationship("Book", backref=db.backref("author", lazy="select"), lazy="dynamic")


class Book(db.Model):
    __tablename__ = "books"
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.Text)
    author_id = db.Column(db.Integer, db.ForeignKey("author.id"), nullable=False)
