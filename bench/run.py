#!/usr/bin/env python3
"""Speed against named peers, in one run: what `make bench` prints.

    bench/run.py --program PROGRAM --parse BENCH_PARSE [--rounds 5] [--json FILE]

Each figure is the best of several rounds, peers in turn, so that a busy moment of the
machine does not hit one alone. On one thread it is the processor time of the command and
its children, which other programs on the machine change little; on all threads the time
on the clock as well, which they do change. Only the ratios are meant to be compared. The
corpus is large packages (bench/corpus.txt) and the standard library, in build/bench.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench"
CORPUS = WORK / "corpus"
# Bytes that the slower peers get: enough for a steady figure.
SHARE = {"tree-sitter": 25_000_000, "ast": 15_000_000, "libcst": 1_500_000, "libcst-codemod": 1_000_000}


def make_corpus():
    wanted = (ROOT / "bench" / "corpus.txt").read_text() + sys.version
    stamp = WORK / "stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("making the corpus", flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    CORPUS.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
    pip += ["--ignore-requires-python", "--no-compile", "--target", CORPUS, "-r", ROOT / "bench" / "corpus.txt"]
    subprocess.run([str(p) for p in pip], check=True)
    library = pathlib.Path(os.__file__).parent
    keep = shutil.ignore_patterns("site-packages", "__pycache__", "test", "tests", "lib2to3")
    shutil.copytree(library, CORPUS / "stdlib", ignore=keep)
    for path in CORPUS.rglob("*"):  # Python only, and nothing that configures a tool
        if path.is_file() and path.suffix != ".py":
            path.unlink()
    stamp.write_text(wanted)


def sample(files, size, seed):
    files = files[:]
    random.Random(seed).shuffle(files)
    chosen, total = [], 0
    for path in files:
        if total >= size:
            break
        chosen.append(path)
        total += path.stat().st_size
    return chosen


def write_list(name, files):
    path = WORK / name
    path.write_text("\n".join(map(str, files)) + "\n", encoding="utf-8")
    return path


def timed(command, cwd=None, env=None):
    """(processor seconds, seconds, peak resident bytes) of a command and the children it
    waited for; its output is thrown away."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [str(c) for c in command], cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode in (0, 1), (command, child.returncode)
    scale = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss * scale


def best_of(commands, rounds, cwd, before=None):
    """{name: (processor seconds, seconds, peak memory)}, the least of each, the commands
    in turn."""
    best = {}
    for _ in range(rounds):
        for name, (command, env) in commands.items():
            if before:
                before()
            took = timed(command, cwd, env)
            best[name] = tuple(map(min, took, best.get(name, took)))
    return best


def say_times(out, what, best):
    """The seconds of what `best_of` measured, and how often they hold our own, which is the
    first; its processor seconds."""
    own = next(iter(best))
    for kind, at in (("processor seconds", 0), ("seconds on the clock", 1)):
        out[f"{what}, {kind}"] = {k: v[at] for k, v in best.items()}
        out[f"{what}, times faster by {kind}"] = {k: v[at] / best[own][at] for k, v in best.items() if k != own}
    out[what + ", peak MB"] = {k: v[2] / 1e6 for k, v in best.items()}
    return best[own][0]


def bench_parsing(options, files, out):
    everything = write_list("all.txt", files)
    done = subprocess.run([options.parse, everything, str(options.rounds)], capture_output=True, text=True, check=True)
    own = json.loads(done.stdout)
    rate = own["bytes"] / own["parse"]
    out["corpus"] = {"files": own["files"], "megabytes": own["bytes"] / 1e6}
    out["tree bytes per source byte"] = own["tree"] / own["bytes"]
    rates = {"aludel parse": rate, "aludel parse + bind": own["bytes"] / own["bind"], "memmem": own["bytes"] / own["memmem"]}
    for peer, size in SHARE.items():
        if peer == "libcst-codemod":
            continue
        names = write_list(peer + ".txt", sample(files, size, peer))
        best = 0
        for _ in range(2):
            done = subprocess.run([sys.executable, ROOT / "bench" / "peers.py", peer, names], capture_output=True, text=True, check=True)
            got = json.loads(done.stdout)
            best = max(best, got["bytes"] / got["seconds"])
        rates[peer] = best
    out["parsing, MB/s, one thread"] = {k: v / 1e6 for k, v in rates.items()}
    out["parsing, times faster"] = {k: rate / rates[k] for k in ("tree-sitter", "ast", "libcst")}
    out["parsing, of memmem"] = rate / rates["memmem"]


def bench_check(options, out):
    ruff = pathlib.Path(sys.executable).parent / "ruff"
    plain = ["--no-cache", "--isolated", "-q", "--exit-zero", "--no-respect-gitignore", "--output-format", "json", "."]
    for label, threads in (("one thread", "1"), ("all threads", str(os.cpu_count()))):
        env = {"RAYON_NUM_THREADS": threads}
        best = best_of(
            {
                "aludel check, every rule": ([options.program, "check", "--isolated", "-j", threads, "--output-format", "json", "."], {}),
                "ruff check, default rules": ([ruff, "check", *plain], env),
                "ruff check, W291 only": ([ruff, "check", "--select", "W291", *plain], env),
            },
            options.rounds,
            CORPUS,
        )
        say_times(out, "check, " + label, best)


def bench_modernize(options, files, out):
    ruff = pathlib.Path(sys.executable).parent / "ruff"
    tree = CORPUS
    size = sum(f.stat().st_size for f in files)
    best = best_of(
        {
            "aludel modernize": ([options.program, "modernize", "--profile", "modern", "-j", "1", "--output-format", "json", "."], {}),
            "ruff check --fix --diff, UP": (
                [ruff, "check", "--select", "UP", "--diff", "--no-cache", "--isolated", "-q", "--exit-zero", "."],
                {},
            ),
        },
        max(2, options.rounds // 2),
        tree,
    )
    names = write_list("codemod.txt", sample(files, SHARE["libcst-codemod"], "codemod"))
    done = subprocess.run([sys.executable, ROOT / "bench" / "peers.py", "libcst-codemod", names], capture_output=True, text=True, check=True)
    got = json.loads(done.stdout)
    rate = size / say_times(out, "modernize", best)
    out["modernize, times faster"] = {"LibCST codemod that renames session.query": rate / (got["bytes"] / got["seconds"])}


def show(out):
    for key, value in out.items():
        if isinstance(value, dict):
            print(key)
            for name, number in value.items():
                print("  %-45s %10.3f" % (name, number))
        else:
            print("%-47s %10.3f" % (key, value))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--parse", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    options.program, options.parse = options.program.resolve(), options.parse.resolve()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    make_corpus()
    files = sorted(CORPUS.rglob("*.py"))
    out = {}
    bench_parsing(options, files, out)
    bench_check(options, out)
    bench_modernize(options, files, out)
    show(out)
    if options.json:
        options.json.write_text(json.dumps(out, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
