"""Values whose column is not named: which one is chosen, and that no guess is told as sure."""

import json
import pathlib

import pytest

from test_ask import SHOP, ask

CONTEXTS = pathlib.Path(__file__).parent / "contexts"
MODELS = """
from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date]
%s
    visits: Mapped[list["Visit"]] = relationship(back_populates="user")


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    visited_at: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="visits")
"""


@pytest.mark.parametrize(
    "columns, request_, chosen",
    [
        ("last_login created_at updated_at", "users who signed up in the last 7 days", "created_at"),
        ("last_login created_at updated_at", "users registered in the last 7 days", "created_at"),
        ("last_login created_at updated_at", "users created in the last 30 days", "created_at"),
        ("last_login created_at updated_at", "users changed in the last 7 days", "updated_at"),
        ("created_at last_login updated_at", "users who logged in in the last 7 days", "last_login"),
        ("created_at last_login", "users who signed in during the last week", "last_login"),
        ("last_seen_at registered_at", "how many users signed up this month", "registered_at"),
        ("last_seen_at registered_at", "users created in the last 30 days", "registered_at"),
        ("registered_at last_seen_at", "users who logged in today", "last_seen_at"),
        ("last_login_at date_joined", "users who registered last month", "date_joined"),
        ("last_login_at date_joined", "users who signed up in the last 7 days", "date_joined"),
        ("last_login created_at", "users born in the last 20 years", "birth_date"),
        ("last_login created_at", "users who visited in the last 7 days", "visited_at"),
    ],
)
def test_what_was_done_tells_the_date(aludel, tmp_path, columns, request_, chosen):
    (tmp_path / "models.py").write_text(
        MODELS % "".join("    %s: Mapped[datetime]\n" % column for column in columns.split())
    )
    reading = ask(aludel, request_, "--no-run", cwd=tmp_path)["reading"]
    assert chosen.replace("_", " ") + " of" in reading


@pytest.mark.parametrize("request_", ["users registered in the last 7 days", "how many users signed up this month"])
def test_a_birth_is_no_other_date(aludel, tmp_path, request_):
    (tmp_path / "models.py").write_text(MODELS % "")
    answer = ask(aludel, request_, "--no-run", cwd=tmp_path)
    assert "birth" not in (answer["reading"] or "") and not answer["confident"]


def test_a_word_alone_is_not_sure(aludel):
    told = ask(aludel, 'all the "usual" orders', "--no-run", "--project", ".", cwd=SHOP)
    guessed = ask(aludel, "all the usual orders", "--no-run", "--project", ".", cwd=SHOP)
    assert "“usual”" in told["reading"] and told["confident"]
    assert "“usual”" in guessed["reading"] and not guessed["confident"]


@pytest.mark.parametrize("rows", ["the broken cars", "all red cars", "the retired cars"])
def test_no_word_of_a_move_is_lost(aludel, tmp_path, rows):
    (tmp_path / "models.py").write_text((CONTEXTS / "rental.py").read_text())
    answer = ask(aludel, "move %s from station 1 to station 3" % rows, "--no-run", cwd=tmp_path)
    assert answer["intent"] == "query" and "update(" not in json.dumps(answer) and not answer["confident"]


def over(aludel, tmp_path, context, request_):
    (tmp_path / "models.py").write_text((CONTEXTS / (context + ".py")).read_text())
    return ask(aludel, request_, "--no-run", cwd=tmp_path)


@pytest.mark.parametrize(
    "request_, value",
    [
        ("members whose city is leeds", "leeds"),
        ("remove all members whose city is leeds", "leeds"),
        ("books whose genres are comics", "comic"),
    ],
)
def test_only_what_is_said_of_several_is_a_plural(aludel, tmp_path, request_, value):
    assert "“%s”" % value in over(aludel, tmp_path, "library", request_)["reading"]


@pytest.mark.parametrize("branch", ["north", "North"])
def test_a_deletion_is_of_the_rows_named_first(aludel, tmp_path, branch):
    answer = over(aludel, tmp_path, "library", "delete copies in the %s branch" % branch)
    assert "delete(Branch" not in answer["markdown"] and "condition" not in (answer["reading"] or "")


@pytest.mark.parametrize("per, told", [("day", True), ("month", False)])
def test_a_daily_rate_is_per_day(aludel, tmp_path, per, told):
    reading = over(aludel, tmp_path, "rental", "cars cheaper than 60 per " + per)["reading"]
    assert (reading == "Cars where daily rate of cars is less than 60.") is told


def test_below_a_row_is_below_its_name(aludel, tmp_path):
    answer = over(aludel, tmp_path, "helpdesk", "organisations below Acme")
    assert "where name of organisations is “Acme”" in answer["reading"]


def test_a_later_page_is_not_called_the_first_rows(aludel, tmp_path):
    answer = over(aludel, tmp_path, "rental", "page 4 of drivers with 10 per page")
    assert answer["reading"] == "The 10 behind the first 30 of drivers."


@pytest.mark.parametrize("talk", ["good morning", "hello", "thanks, that works"])
def test_talk_is_no_value(aludel, talk):
    answer = ask(aludel, talk, "--no-run", "--project", ".", cwd=SHOP)
    assert "select(" not in answer["markdown"] and not answer["confident"]


def test_who_signed_up_is_deleted_by_the_date_of_that(aludel):
    answer = ask(aludel, "delete customers who signed up in the last 7 days", "--no-run", "--project", ".", cwd=SHOP)
    assert answer["reading"] == "Delete customers where created at of customers is at most 7 days ago."


def test_nothing_is_deleted_by_another_date(aludel):
    request_ = "delete customers who logged in in the last 7 days"
    answer = ask(aludel, request_, "--no-run", "--project", ".", cwd=SHOP)
    assert "delete(Customer" not in answer["markdown"] and not answer["confident"]
