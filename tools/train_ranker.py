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

# Requests of other kinds than Spider's need these: (least, greatest).
BOUNDS = {"GROUPED": (0.8, 9), "EACH_FILLER": (-9, -2.5), "SUPER_HINT": (0.8, 9), "NO_OUTPUT": (-0.5, 9), "OUTPUT_AFTER_TABLE": (-9, -1.0)}
HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "src", "query", "features.def")
ROW = re.compile(r"^FEATURE\((\w+), (-?[\d.]+), (-?[\d.]+)\)", re.M)
SURE = re.compile(r"^CONFIDENCE\((-?[\d.]+), (-?[\d.]+)\)", re.M)
FIGURES = re.compile(r"^// Last training:.*?\n(?=\n|FEATURE)", re.M | re.S)


def weights():
    with open(TABLE, encoding="utf-8") as f:
        return {m[1]: float(m[2]) for m in ROW.finditer(f.read())}


def write(new, sure, figures):
    with open(TABLE, encoding="utf-8") as f:
        text = f.read()
    text = ROW.sub(lambda m: f"FEATURE({m[1]}, {new[m[1]]:.2f}, {sure[m[1]]:.2f})", text)
    text = SURE.sub(f"CONFIDENCE({sure['base']:.2f}, {sure['margin']:.2f})", text)
    text = FIGURES.sub("// Last training: " + figures + "\n", text)
    with open(TABLE, "w", encoding="utf-8") as f:
        f.write(text)


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
            for k, (low, high) in BOUNDS.items():
                w[k] = min(high, max(low, w[k]))
        if turn >= rounds // 2:
            for k in w:
                total[k] += w[k]
    return {k: total[k] / (rounds - rounds // 2) for k in w}


def best_of(rows, w):
    """The first reading with its margin to the next, as the inputs of the confidence."""
    ranked = sorted(rows, key=lambda r: -score(w, r[1]))
    margin = score(w, ranked[0][1]) - score(w, ranked[1][1]) if len(ranked) > 1 else 6.0
    return {**ranked[0][1], "margin": min(margin, 6.0), "base": 1.0}, ranked[0][2]


def confidence(data, w, precision=0.96, rounds=60):
    """Logistic regression: is the first reading right? `base` is set for the precision wanted."""
    points = [best_of(rows, w) for _, rows in data if rows]
    c = {k: 0.0 for k in [*w, "margin", "base"]}
    rng = random.Random(2)
    for turn in range(rounds):
        rng.shuffle(points)
        step = 0.05 / (1 + turn / 10)
        for x, y in points:
            g = y - 1 / (1 + math.exp(-max(-30, min(30, score(c, x)))))
            for k, v in x.items():
                c[k] += step * (g * v - 0.002 * c[k])
    ranked = sorted(((score(c, x), y) for x, y in points), reverse=True)
    right, cut = 0, ranked[0][0]
    for n, (value, y) in enumerate(ranked, 1):
        right += y
        if right >= precision * n:
            cut = value
    c["base"] -= cut
    return c


def sure_figures(data, w, c):
    points = [best_of(rows, w) for _, rows in data if rows]
    sure = [y for x, y in points if score(c, x) >= 0]
    return sum(sure), len(sure)


def report(data, save):
    start = weights()
    print("before: first right %d, any right %d, of %d" % accuracy(data, start))
    dbs = sorted({q["db_id"] for q, _ in data})
    tune = [x for x in data if dbs.index(x[0]["db_id"]) % 5]
    rest = [x for x in data if not dbs.index(x[0]["db_id"]) % 5]
    part = learn(tune, start)
    print("learned on four fifths of the schemas: there %d/%d/%d" % accuracy(tune, part), "on the others %d/%d/%d" % accuracy(rest, part),
          "before %d/%d/%d" % accuracy(rest, start))
    print("confident on the others: right %d of %d" % sure_figures(rest, part, confidence(tune, part)))
    new = learn(data, start)
    sure = confidence(data, new)
    figures = "first right %d, any right %d, of %d questions;" % accuracy(data, new)
    figures += "\n// confident and right %d of %d." % sure_figures(data, new, sure)
    print("learned on all: " + figures)
    if save:
        write(new, sure, figures)


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
