"""Which files a run takes, and how the configuration is read."""
import os
import subprocess

import pytest


@pytest.fixture
def found(tmp_path, program):
    def run(*paths, cwd=tmp_path, expect=0):
        done = subprocess.run([program("discover_list"), *paths], cwd=cwd, capture_output=True, text=True)
        assert done.returncode == expect, done.stderr
        return done.stdout.splitlines() if expect == 0 else done.stderr

    return run


def write(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/") if "/" not in name else root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def touch(root, *names):
    write(root, **{n if "/" in n else "./" + n: "" for n in names})


def test_sorted_sources_only(tmp_path, found):
    touch(tmp_path, "b.py", "a/z.py", "a.py", "a/x.pyi", "a/y.txt", "a/.hidden.py", "a-b.py", "README", "pyc.pyc")
    assert found() == ["F a-b.py", "F a.py", "F a/.hidden.py", "F a/x.pyi", "F a/z.py", "F b.py"]
    assert found("./a/", "a//x.pyi", "./b.py") == ["F a/.hidden.py", "F a/x.pyi", "F a/z.py", "F b.py"]


def test_default_excludes_and_named_paths(tmp_path, found):
    touch(tmp_path, "app.py", ".venv/lib/x.py", "node_modules/a.py", "build/lib/b.py", "src/__pycache__/c.py",
          "lib/site-packages/d.py", "dist/e.py", ".tox/f.py", "src/building/ok.py", "script")
    assert found() == ["F app.py", "F src/building/ok.py"]
    assert found("build/lib/b.py", "script") == ["F build/lib/b.py", "F script"]
    assert found("build") == ["F build/lib/b.py"]
    assert "nowhere" in found("nowhere", expect=2)


def test_config_excludes(tmp_path, found):
    touch(tmp_path, "app.py", "build/lib/b.py", "gen/a.py", "docs/conf.py", "pkg/gen_x.py", "pkg/deep/skip.py", "pkg/deep/keep.py")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.aludel]\nexclude = ["gen", "gen_*.py"]\nextend-exclude = ["docs/", "pkg/**/skip.py"]\n')
    assert found() == ["F app.py", "F build/lib/b.py", "F pkg/deep/keep.py"]
    assert found("gen/a.py") == ["F gen/a.py"]
    # The patterns hold from the config's folder, wherever the run starts.
    assert found(cwd=tmp_path / "pkg") == ["F deep/keep.py"]
    (tmp_path / "aludel.toml").write_text('force-exclude = true\nexclude = ["gen"]\n')
    assert found("gen/a.py", "app.py") == ["F app.py"]


def test_gitignore_of_nested_folders_and_switch(tmp_path, found):
    (tmp_path / ".git").mkdir()
    touch(tmp_path, "a.py", "gen/b.py", "pkg/x_pb2.py", "pkg/keep_pb2.py", "pkg/sub/x_pb2.py", "inner/gen/c.py")
    (tmp_path / ".gitignore").write_text("gen/\n*_pb2.py\n")
    (tmp_path / "pkg/.gitignore").write_text("!keep_pb2.py\n")
    (tmp_path / "inner/.git").mkdir()
    assert found() == ["F a.py", "F inner/gen/c.py", "F pkg/keep_pb2.py"]
    (tmp_path / "aludel.toml").write_text("respect-gitignore = false\n")
    assert len(found()) == 6


def test_links(tmp_path, found):
    top, outside = tmp_path / "top", tmp_path / "outside"
    touch(tmp_path, "top/a/real.py", "outside/o.py")
    (top / "a/loop").symlink_to(top)
    (top / "a/self").symlink_to(".")
    (top / "0link").symlink_to("a")
    (top / "again.py").symlink_to("a/real.py")
    (top / "dangling.py").symlink_to("nowhere")
    (top / "out").symlink_to(outside)
    (top / "out2").symlink_to(outside)
    (outside / "back").symlink_to(top)
    (top / "linked.py").symlink_to(outside / "missing" / ".." / ".." / "outside" / "o.py")
    os.mkfifo(top / "pipe.py")
    assert found(cwd=top) == ["F a/real.py", "F out/o.py"]


def test_unreadable_folder_is_a_problem(tmp_path, found):
    touch(tmp_path, "a.py", "locked/b.py")
    if os.geteuid() == 0:  # root reads everything: a path that is too long takes the same way
        deep = tmp_path
        fd = os.open(tmp_path, os.O_RDONLY)
        for _ in range(20):
            os.mkdir("d" * 250, dir_fd=fd)
            inner = os.open("d" * 250, os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = inner
        os.close(fd)
        lines = found()
        assert lines[1:] == ["F a.py", "F locked/b.py"] and "File name too long" in lines[0]
        return
    (tmp_path / "locked").chmod(0)
    lines = found()
    (tmp_path / "locked").chmod(0o755)
    assert lines == ["P locked: cannot read the folder: Permission denied", "F a.py"]


def test_problems_of_the_config(tmp_path, found):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[tool.aludel]\nselct = ["Q"]\nline_length = 3\nline-length = 0\nignore = "Q101"\n'
        'target-sqlalchemy = "3.0"\ntarget-python = "py39"\nzzz = 1\nsrc = [1]\n[tool.aludel.per-file-ignores]\n"a.py" = 3\n')
    assert found() == [
        'C pyproject.toml:4:1: unknown setting "selct"; did you mean "select"?',
        'C pyproject.toml:5:1: unknown setting "line_length"; did you mean "line-length"?',
        'C pyproject.toml:6:15: "line-length" should be a number from 1 to 1000',
        'C pyproject.toml:7:10: "ignore" should be a list of strings',
        'C pyproject.toml:8:21: "target-sqlalchemy" should be "1.4", "2.0" or "2.1"',
        'C pyproject.toml:10:1: unknown setting "zzz"',
        'C pyproject.toml:11:7: "src" should be a list of strings',
        'C pyproject.toml:13:10: "a.py" should be a list of strings',
    ]
    (tmp_path / "pyproject.toml").write_text("[tool.other\nx = = 1\n")
    assert found() == []


def test_nearest_config_wins(tmp_path, found):
    touch(tmp_path, "pkg/gen/a.py", "pkg/doc/b.py")
    (tmp_path / "pyproject.toml").write_text('[tool.aludel]\nexclude = ["gen"]\n')
    (tmp_path / "pkg/pyproject.toml").write_text('[project]\nname = "x"\n')
    assert found(cwd=tmp_path / "pkg") == ["F doc/b.py"]
    (tmp_path / "pkg/aludel.toml").write_text('exclude = ["doc"]\n')
    assert found(cwd=tmp_path / "pkg") == ["F gen/a.py"]


def test_many_files_in_one_folder_and_deep_trees(tmp_path, found):
    deep = "/".join(["d"] * 300)
    touch(tmp_path, deep + "/x.py", *(f"wide/f{i:05}.py" for i in range(5000)))
    lines = found()
    assert len(lines) == 5001 and lines == sorted(lines)
