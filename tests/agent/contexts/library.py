from datetime import date, datetime
from typing import Optional

from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


book_authors = Table(
    "book_authors",
    Base.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("author_id", ForeignKey("authors.id"), primary_key=True),
)


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    country: Mapped[Optional[str]] = mapped_column(String(40))
    born: Mapped[Optional[int]]

    books: Mapped[list["Book"]] = relationship(secondary=book_authors, back_populates="authors")


class Branch(Base):
    __tablename__ = "branches"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    city: Mapped[str] = mapped_column(String(40))

    copies: Mapped[list["Copy"]] = relationship(back_populates="branch")


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    isbn: Mapped[str] = mapped_column(String(13), unique=True)
    genre: Mapped[str] = mapped_column(String(30))
    pages: Mapped[int]
    published_year: Mapped[int]

    authors: Mapped[list[Author]] = relationship(secondary=book_authors, back_populates="books")
    copies: Mapped[list["Copy"]] = relationship(back_populates="book")


class Copy(Base):
    __tablename__ = "copies"

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    condition: Mapped[str] = mapped_column(String(20))
    acquired_on: Mapped[date]

    book: Mapped[Book] = relationship(back_populates="copies")
    branch: Mapped[Branch] = relationship(back_populates="copies")
    loans: Mapped[list["Loan"]] = relationship(back_populates="copy")


class Member(Base):
    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    city: Mapped[str] = mapped_column(String(40))
    joined_at: Mapped[datetime]
    blocked: Mapped[bool] = mapped_column(default=False)

    loans: Mapped[list["Loan"]] = relationship(back_populates="member")


class Loan(Base):
    __tablename__ = "loans"

    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("copies.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    loaned_at: Mapped[datetime]
    due_on: Mapped[date]
    returned_at: Mapped[Optional[datetime]]
    fine: Mapped[int] = mapped_column(default=0)

    copy: Mapped[Copy] = relationship(back_populates="loans")
    member: Mapped[Member] = relationship(back_populates="loans")
