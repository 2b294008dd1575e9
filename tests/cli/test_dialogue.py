"""`aludel scaffold` on a terminal: it asks, completes on Tab, and tells what is wrong at once."""

import os
import pty
import select
import subprocess
import termios
import time

import pytest


class Terminal:
    """The program on a pseudo-terminal of its own."""

    def __init__(self, aludel, *args, cwd):
        self.screen = ""
        self.fd, side = pty.openpty()
        env = dict(os.environ, TERM="xterm", NO_COLOR="1")
        self.process = subprocess.Popen(
            [aludel, *args], stdin=side, stdout=side, stderr=side, cwd=cwd, env=env, start_new_session=True
        )
        os.close(side)

    def see(self, text):
        """Waits for the text; gives what came since the last look, up to it."""
        end = time.monotonic() + 60
        while text not in self.screen:
            ready, _, _ = select.select([self.fd], [], [], 1)
            try:
                data = os.read(self.fd, 4096) if ready else b""
            except OSError:
                data, end = b"", 0
            self.screen += data.decode("utf-8", "replace")
            if text not in self.screen and time.monotonic() > end:
                pytest.fail(f"{text!r} is not in {self.screen!r}")
        before, _, self.screen = self.screen.partition(text)
        return before + text

    def type(self, keys):
        # libedit shows the prompt first and takes the terminal over then; a Ctrl-D that
        # comes in between is the line discipline's, which makes a NUL of it
        end = time.monotonic() + 60
        while termios.tcgetattr(self.fd)[3] & termios.ICANON:
            assert time.monotonic() < end and self.process.poll() is None
            time.sleep(0.01)
        os.write(self.fd, keys.encode())

    def close(self):
        """Reads to the end; gives the exit code and the rest of what was shown."""
        try:
            while select.select([self.fd], [], [], 60)[0] and (data := os.read(self.fd, 4096)):
                self.screen += data.decode("utf-8", "replace")
        except OSError:
            pass
        try:
            return self.process.wait(30), self.screen
        finally:
            self.process.kill()
            os.close(self.fd)


def test_what_is_wanted_is_asked_for(aludel, tmp_path):
    terminal = Terminal(aludel, "scaffold", cwd=tmp_path)
    terminal.see("Make which of ")
    terminal.type("modle\r")
    terminal.see("did you mean 'model'?")
    terminal.type("model\r")
    terminal.see("Model: ")
    terminal.type("user\r")
    terminal.see("does not begin with a capital letter")
    terminal.type("User\r")
    terminal.see("  Field: ")
    terminal.type("email\r")
    terminal.see("A field looks like name:type")
    terminal.type("email:strr\r")
    terminal.see("did you mean 'str'?")
    terminal.type("email:str(320):unique\r")
    terminal.see("  Field: ")
    terminal.type("email:int\r")
    terminal.see("the name 'email' is taken")
    terminal.type("\r")
    terminal.see("Another model: ")
    terminal.type("\r")
    code, rest = terminal.close()
    assert code == 0, rest
    assert "+class User(Base):" in rest and "mapped_column(String(320), unique=True)" in rest
    assert "the same without questions: aludel scaffold model User 'email:str(320):unique'" in rest


def test_tab_completes(aludel, tmp_path):
    (tmp_path / "models.py").write_text(
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\n"
        "class Customer(Base):\n    __tablename__ = \"customers\"\n\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    terminal = Terminal(aludel, "scaffold", "model", cwd=tmp_path)
    terminal.see("Model: ")
    terminal.type("Order\r")
    terminal.see("  Field: ")
    terminal.type("placed:datet\t:n\t")
    assert "ime:n" in terminal.see("null  now  naive")  # what may follow is listed
    terminal.see("placed:datetime:n")  # and the line shown again
    terminal.type("ow\r")
    terminal.see("  Field: ")
    terminal.type("buyer:->Cu\t:casc\t\r")
    terminal.see("stomer")
    terminal.see("ade")
    terminal.see("  Field: ")
    terminal.type("+ti\t\r")
    terminal.see("mestamps")
    terminal.see("  Field: ")
    terminal.type("\r\r")
    code, rest = terminal.close()
    assert code == 0, rest
    assert 'ForeignKey("customers.id", ondelete="CASCADE"), index=True' in rest
    assert "placed: Mapped[datetime]" in rest and "TimestampMixin" in rest


def test_a_model_that_exists_is_extended(aludel, tmp_path):
    (tmp_path / "models.py").write_text(
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\n"
        "class Customer(Base):\n    __tablename__ = \"customers\"\n\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    terminal = Terminal(aludel, "scaffold", "model", cwd=tmp_path)
    terminal.see("Model: ")
    terminal.type("Cu\t\r")
    terminal.see("  Field: ")
    terminal.type("id:int\r")
    terminal.see("the name 'id' is taken by another attribute of the class")
    terminal.type("phone:str:null\r")
    terminal.see("  Field: ")
    terminal.type("\r\r")
    code, rest = terminal.close()
    assert code == 0 and "+    phone: Mapped[str | None]" in rest, rest


def test_an_end_of_input_is_no_answer(aludel, tmp_path):
    terminal = Terminal(aludel, "scaffold", "model", cwd=tmp_path)
    terminal.see("Model: ")
    terminal.type("\x04")
    code, rest = terminal.close()
    assert code == 2 and "needs a model" in rest


def test_nothing_is_asked_without_a_terminal(aludel, tmp_path):
    done = aludel.run("scaffold", cwd=tmp_path)
    assert done.code == 2 and "a generator is wanted" in done.err
    done = aludel.run("scaffold", "model", cwd=tmp_path, input="User\nname:str\n\n\n")
    assert done.code == 2 and "needs a model" in done.err
