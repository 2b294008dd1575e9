"""Attributes that stand already, changed in the text of a project however it is written."""

import json

import pytest

HEAD = """import typing
import typing as t
from typing import %s

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: %s
"""

# (names of typing, what stands behind "email:", the request, what stands there then)
CASES = [
    ("Any", "Mapped[str]  # mail", "user.email should be unique", "Mapped[str] = mapped_column(unique=True)  # mail"),
    ("Any", "Mapped['str']", "user.email may be null", "Mapped['str | None']"),
    ("Any", "Mapped[str]", "user.email may be null", "Mapped[str | None]"),
    ("Optional", "Mapped[str | None]", "user.email must not be null", "Mapped[str]"),
    ("Any", "Mapped[str|None]", "make user.email required", "Mapped[str]"),
    ("Any", "Mapped[None | str]", "make user.email not null", "Mapped[str]"),
    ("Any", "Mapped[typing.Optional[str]]", "make user.email required", "Mapped[str]"),
    ("Union", "Mapped[Union[str, None]]", "user.email must not be null", "Mapped[str]"),
    ("Union", "Mapped[Union[str, int, None]]", "user.email must not be null", "Mapped[Union[str, int]]"),
    ("Union", "Mapped[Union[\n        str,\n        None,\n    ]]", "user.email must not be null", "Mapped[str]"),
    ("Optional", "Mapped[\n        Optional[str]\n    ]", "user.email must not be null", "Mapped[str]"),
    ("Optional", "Mapped[Optional[str] | int]", "user.email must not be null", "Mapped[str | int]"),
    ("Any", "Mapped[(str | None)]", "user.email must not be null", "Mapped[str]"),
    ("Any", "Mapped[dict[str, t.Any] | None]", "user.email must not be null", "Mapped[dict[str, t.Any]]"),
    (
        "Any",
        "Mapped[str] = mapped_column(type_=String(50))",
        "change user.email to varchar 80",
        "Mapped[str] = mapped_column(type_=String(80))",
    ),
    (
        "Any",
        "Mapped[str] = mapped_column(String(50),  # fifty\n    )",
        "user.email should be unique",
        "Mapped[str] = mapped_column(String(50), unique=True,  # fifty\n    )",
    ),
]


@pytest.mark.parametrize("names, before, request_, after", CASES)
def test_changed_where_it_stands(aludel, tmp_path, names, before, request_, after):
    (tmp_path / "models.py").write_text(HEAD % (names, before))
    result = aludel.run("ask", request_, "--project", ".", "--apply", "--no-run", cwd=tmp_path)
    assert result.code == 0, result
    assert (tmp_path / "models.py").read_text() == HEAD % (names, after)


def test_what_is_so_already(aludel, tmp_path):
    text = HEAD % ("Any", "Mapped[str | None]")
    (tmp_path / "models.py").write_text(text)
    result = aludel.run("ask", "user.email may be null", "--project", ".", "--json", "--no-run", cwd=tmp_path)
    answer = json.loads(result.out)
    assert "`User.email` is so already" in answer["markdown"] and not answer["edits"]


@pytest.mark.parametrize("annotation", ["'Mapped[str]'", "Mapped['str' | None]", "Mapped[str"])
def test_what_cannot_be_read_stays(aludel, tmp_path, annotation):
    text = HEAD % ("Any", annotation)
    (tmp_path / "models.py").write_text(text)
    aludel.run("ask", "user.email may be null", "--project", ".", "--apply", "--no-run", cwd=tmp_path)
    assert (tmp_path / "models.py").read_text() == text


@pytest.mark.parametrize(
    "attribute, request_",
    [
        ("Mapped[\n        str  # text\n    ]", "user.email may be null"),
        ("Mapped[str] = mapped_column(String(\n        50,  # fifty\n    ))", "change user.email to varchar 80"),
        ("Mapped[str] = mapped_column(unique=(\n        False  # two may share it\n    ))", "user.email should be unique"),
    ],
)
def test_no_comment_is_lost(aludel, tmp_path, attribute, request_):
    text = HEAD % ("Any", attribute)
    (tmp_path / "models.py").write_text(text)
    result = aludel.run("ask", request_, "--project", ".", "--apply", "--no-run", cwd=tmp_path)
    assert "comment" in result.out, result
    assert (tmp_path / "models.py").read_text() == text
