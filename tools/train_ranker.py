#!/usr/bin/env python3
"""Learns the weights of src/query/features.def from questions with known results.

    train_ranker.py ALUDEL --grader DIR --tables tables.json --questions train.json [--sample N] [--write]

Every reading of `aludel dump readings` is run on the grader's databases and compared with
the gold query's rows; a log-linear model then raises the readings that are right. The
questions are those of Spider's training part (see the README of the grader in DIR: it has
models.py, data.py, answers.py, compare.py). Prints how often the first reading is right, how
often any is, and with --write puts the weights into the table.
"""
import argparse
import collections
import json
import math
import os
import pickle
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "src", "query", "features.def")
ROW = re.compile(r"^FEATURE\((\w+), (-?[\d.]+)\)", re.M)


def weights():
    with open(TABLE, encoding="utf-8") as f:
        return {m[1]: float(m[2]) for m in ROW.finditer(f.read())}


def write(new):
    with open(TABLE, encoding="utf-8") as f:
        text = f.read()
    with open(TABLE, "w", encoding="utf-8") as f:
        f.write(ROW.sub(lambda m: f"FEATURE({m[1]}, {new[m[1]]:.2f})", text))


def judged(job):
    """The readings of one schema's questions with their verdicts, in a process of its own."""
    binary, cache, sch, queries, questions = job
    import answers
    import compare
    import grade

    d = grade.prepare((sch, queries, cache, 4, 0))
    project = os.path.join(d, "project")
    out = subprocess.run([binary, "dump", "readings", project], input="\n".join(q["question"].replace("\n", " ") for q in questions),
                         capture_output=True, text=True, check=True).stdout
    pending = []
    for q, line in zip(questions, out.splitlines()):
        golds, left_out = grade.golds_of(d, 4, q["query"])
        if not left_out:
            pending.append((q, golds, json.loads(line)["readings"]))
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        os.chdir(project)
        sys.path.insert(0, project)
        sys.dont_write_bytecode = True
        import ast
        done = []
        for q, golds, readings in pending:
            rows = []
            for x in readings:
                try:
                    runs = [answers.one_run([ast.parse(x["code"])], p) for p in grade.databases(d, 4)[:3]]
                    right = compare.judge(golds[:3], runs)[1]["strict"]
                    why = ""
                except Exception as e:
                    right, why = False, f"{type(e).__name__}: {e}"[:200]
                rows.append((x["reading"], {k: float(v) for k, v in x["features"].items()}, right, why))
            done.append((q, rows))
        with os.fdopen(w, "wb") as f:
            pickle.dump(done, f)
        os._exit(0)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        data = f.read()
    os.waitpid(pid, 0)
    return pickle.loads(data) if data else []


def score(w, f):
    return sum(w[k] * v for k, v in f.items())


def accuracy(data, w):
    first = sum(1 for _, rows in data if rows and max(rows, key=lambda r: score(w, r[1]))[2])
    return first, sum(any(r[2] for r in rows) for _, rows in data), len(data)


def learn(data, start, rounds=30, rate=0.05, pull=0.002, seed=1):
    """Stochastic gradient on log p(right readings), drawn towards the weights at the start."""
    w = dict(start)
    total = collections.Counter({k: 0.0 for k in w})
    rng = random.Random(seed)
    useful = [rows for _, rows in data if any(r[2] for r in rows) and not all(r[2] for r in rows)]
    for turn in range(rounds):
        rng.shuffle(useful)
        step = rate / (1 + turn / 6)
        for rows in useful:
            s = [score(w, r[1]) for r in rows]
            top = max(s)
            p = [math.exp(x - top) for x in s]
            good = sum(x for x, r in zip(p, rows) if r[2])
            all_ = sum(p)
            for x, r in zip(p, rows):
                g = (x / good if r[2] else 0) - x / all_
                if abs(g) > 1e-4:
                    for k, v in r[1].items():
                        w[k] += step * g * v
            for k in w:
                w[k] -= step * pull * (w[k] - start[k])
        if turn >= rounds // 2:
            for k in w:
                total[k] += w[k]
    return {k: total[k] / (rounds - rounds // 2) for k in w}


def report(data, save):
    start = weights()
    print("before: first right %d, any right %d, of %d" % accuracy(data, start))
    dbs = sorted({q["db_id"] for q, _ in data})
    tune = [x for x in data if dbs.index(x[0]["db_id"]) % 5]
    rest = [x for x in data if not dbs.index(x[0]["db_id"]) % 5]
    part = learn(tune, start)
    print("learned on four fifths of the schemas: there %d/%d/%d" % accuracy(tune, part), "on the others %d/%d/%d" % accuracy(rest, part),
          "before %d/%d/%d" % accuracy(rest, start))
    new = learn(data, start)
    print("learned on all: first right %d, any right %d, of %d" % accuracy(data, new))
    if save:
        write(new)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("binary")
    ap.add_argument("--grader", required=True)
    ap.add_argument("--tables", required=True)
    ap.add_argument("--questions", required=True)
    ap.add_argument("--cache", required=True, help="folder of the grader's databases")
    ap.add_argument("--sample", type=int)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--save", help="keep the judged readings here")
    ap.add_argument("--load", help="learn from readings that were kept")
    ap.add_argument("--write", action="store_true")
    a = ap.parse_args()
    a.binary = os.path.abspath(a.binary)
    sys.path.insert(0, a.grader)
    import multiprocessing
    import schema as S

    schemas = S.load(a.tables)
    with open(a.questions, encoding="utf-8") as f:
        questions = json.load(f)
    by_db = collections.defaultdict(list)
    for q in questions:
        by_db[q["db_id"]].append(q["query"])
    chosen = random.Random(a.seed).sample(questions, min(a.sample or len(questions), len(questions)))
    groups = collections.defaultdict(list)
    for q in chosen:
        groups[q["db_id"]].append(q)
    jobs = [(a.binary, a.cache, schemas[db], by_db[db], qs) for db, qs in sorted(groups.items())]
    if a.load:
        with open(a.load, "rb") as f:
            report(pickle.load(f), a.write)
        return 0
    data = []
    with multiprocessing.get_context("fork").Pool(a.jobs) as pool:
        for part in pool.imap_unordered(judged, jobs):
            data += part
    if a.save:
        with open(a.save, "wb") as f:
            pickle.dump(data, f)
    report(data, a.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
