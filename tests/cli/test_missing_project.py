"""A project that is not there ends every command with its name and status 2."""

import pytest

COMMANDS = [
    ["check"],
    ["modernize"],
    ["detect"],
    ["dump", "facts"],
    ["dump", "readings"],
    ["diagnose", "--project"],
    ["ask", "list all users", "--project"],
    ["scaffold", "model", "User", "name:str", "--stdout", "--project"],
    ["undo"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("place", ["nowhere", "nowhere/deeper", "{}/nowhere/deeper"])
def test_a_project_that_is_not_there(aludel, tmp_path, command, place):
    place = place.format(tmp_path)
    done = aludel.run(*command, place, cwd=tmp_path, timeout=20)
    assert done.code == 2, done
    assert place in done.err and done.out == ""
    assert list(tmp_path.iterdir()) == []
