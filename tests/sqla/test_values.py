"""What expressions are to SQLAlchemy: sessions from wherever they come, queries and what they
yield, results. The expectations stand in the programs of values.py."""

import re

import pytest
import values


@pytest.fixture(scope="module")
def seen(aludel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    for path, text in values.FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    result = aludel.run("dump", "values", ".", cwd=folder)
    assert result.code == 0, result
    found = {}
    for line in result.out.splitlines():
        path, number, _, rest = line.split(":", 3)
        found.setdefault((path, int(number)), []).append(rest.strip())
    return found


def expectations():
    for path, text in values.FILES.items():
        for number, line in enumerate(text.splitlines(), 1):
            match = re.search(r"#: (.*)$", line)
            if match:
                yield path, number, match[1]


@pytest.mark.parametrize("path, number, expected", expectations())
def test_value(seen, path, number, expected):
    assert expected in seen.get((path, number), [])


def test_what_is_not_known_is_not_shown(seen):
    """A parameter that nothing tells of is no session, whatever it is asked for."""
    number = next(n for n, line in enumerate(values.QUERIES.splitlines(), 1) if "other.query" in line)
    assert not [s for s in seen.get(("app/queries.py", number), []) if s.startswith("other")]
