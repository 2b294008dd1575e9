"""Which paths are ignored, against `git check-ignore` on generated trees and patterns."""
import os
import random
import subprocess

import pytest

NAMES = ["a", "b", "foo", "bar.py", "x y", "foo.py", "build", "[a]", "b!", "#c", "a.b", "ab", " t", "t ", "é", "\\d"]
ATOMS = [
    "*", "**", "?", "/", "/", "a", "b", "foo", "bar", ".py", "*.py", "**/", "/**", "/**/", "[ab]", "[!a]", "[^b]",
    "[a-f]", "[]a]", "[", "[[:alpha:]]", "[[:digit:]x]", "[[:nope:]]", "[a-", "[\\]a]", "\\", "\\a", "\\*", "\\ ",
    " ", "x y", "é", ".", "ab", "build", "b!", "#c", "[:a]", "[[:a]", "[z-a]", "[a-c-e]", "\\/", "\t", "\r",
]
WHOLE = [
    "*", "!*", "*/", "!*/", "/*", "!/foo", "foo/", "/foo", "foo/bar.py", "**/foo", "foo/**", "a/**/b", "!*.py",
    "# comment", "\\#c", "\\!b", "b\\!", "", " ", "/", "!", "//", "**", "***", "foo**", "a/b**", "a/f**/foo.py",
    "**foo", "t\\ ", "t ", " t", "*.py ", "\ufefffoo", "foo\r", "!a/", "!foo/bar.py", "/a/*", "!/a/b", "a/", "**/a/**",
]


def pattern(rng):
    if rng.random() < 0.4:
        return rng.choice(WHOLE)
    if rng.random() < 0.3:
        text = "/".join(rng.choice(NAMES) for _ in range(rng.randint(1, 3)))
        return rng.choice(["", "!", "/"]) + text + rng.choice(["", "/", "/*", "/**"])
    return rng.choice(["", "", "!"]) + "".join(rng.choice(ATOMS) for _ in range(rng.randint(1, 5)))


def ignore_file(rng):
    end = rng.choice(["\n", "\n", "\n", "\r\n"])
    text = end.join(pattern(rng) for _ in range(rng.randint(1, 6)))
    return (text + rng.choice(["", end])).encode()


def make_tree(rng, root):
    """Files and folders with their paths relative to root; .gitignore files here and there."""
    root.mkdir(parents=True)
    folders, paths = [""], []
    for _ in range(rng.randint(6, 22)):
        path = rng.choice(folders) + rng.choice(NAMES)
        if (root / path).exists():
            continue
        if rng.random() < 0.5 and path.count("/") < 4:
            (root / path).mkdir()
            folders.append(path + "/")
        else:
            (root / path).touch()
        paths.append(path)
    for folder in folders:
        if folder == "" or rng.random() < 0.3:
            (root / folder / ".gitignore").write_bytes(ignore_file(rng))
    return paths


def git(root, *args, data=b""):
    env = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *args], cwd=root, input=data, env=env, capture_output=True)


def ours(program, asked):
    """asked: [(root, [paths])] -> the set of ignored ones of each root."""
    data = []
    for root, paths in asked:
        data.append(b"R" + os.fsencode(root))
        data += [(b"d" if (root / p).is_dir() else b"f") + os.fsencode(p) for p in paths]
    run = subprocess.run([program], input=b"\0".join(data), capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    answers = iter(run.stdout.split())
    return [{p for p in paths if next(answers) == b"1"} for _, paths in asked]


def test_same_as_git(tmp_path, program):
    compare(tmp_path, program("ignore_check"), range(150))


@pytest.mark.oracle
def test_same_as_git_long(tmp_path, program):
    first = int(os.environ.get("ALUDEL_SEED", "1000"))
    compare(tmp_path, program("ignore_check"), range(first, first + 3000))


def compare(tmp_path, check, seeds):
    asked, expected, ignored = [], [], 0
    for number in seeds:
        rng = random.Random(number)
        root = tmp_path / str(number)
        paths = make_tree(rng, root)
        git(root, "init", "-q")
        if rng.random() < 0.3:
            (root / ".git/info").mkdir(exist_ok=True)
            (root / ".git/info/exclude").write_bytes(ignore_file(rng))
        run = git(root, "check-ignore", "--no-index", "--stdin", "-z",
                  data=b"".join(os.fsencode(p) + b"\0" for p in paths))
        assert run.returncode in (0, 1), run.stderr
        expected.append({os.fsdecode(p) for p in run.stdout.split(b"\0") if p})
        asked.append((root, paths))
        ignored += len(expected[-1])
    got = ours(check, asked)
    for (root, paths), want, have in zip(asked, expected, got):
        if want != have:
            files = {str(f.relative_to(root)): f.read_bytes() for f in root.rglob(".gitignore")}
            exclude = root / ".git/info/exclude"
            pytest.fail(f"seed {root.name}: {files}, exclude {exclude.exists() and exclude.read_bytes()}:"
                        f" git only {want - have}, we only {have - want}")
    total = sum(len(paths) for _, paths in asked)
    print(f"{total} paths, {ignored} ignored")
    assert ignored > total / 10 and ignored < total * 9 / 10


def test_patterns_above_the_start_folder(tmp_path, program):
    (tmp_path / ".git").mkdir()
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("/a/b/c/one.py\n*.tmp.py\n")
    (tmp_path / "a/.gitignore").write_text("b/two.py\n")
    for name in ["one.py", "x.tmp.py", "c.py"]:
        (tmp_path / "a/b/c" / name).touch()
    (tmp_path / "a/b/two.py").touch()
    run = subprocess.run([program("discover_list"), "."], cwd=tmp_path / "a/b", capture_output=True, text=True)
    assert run.stdout.split("\n") == ["F c/c.py", ""]


def test_time_of_many_stars(tmp_path, program):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("a*" * 200 + "b\n" + "**/a*/" * 60 + "b\n")
    path = "/".join(["a" * 200] * 10)
    run = subprocess.run([program("ignore_check")], input=f"R{tmp_path}\0f{path}".encode(), capture_output=True,
                         timeout=10)
    assert run.stdout == b"0\n"
