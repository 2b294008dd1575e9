#!/usr/bin/env python3
"""Learns the weights of src/query/features.def from questions with known results.

    train_ranker.py ALUDEL --grader DIR --tables tables.json --questions train.json [--sample N] [--write]

Every reading of `aludel dump readings` is run on the grader's databases and compared with
the gold query's rows; a log-linear model then raises the readings that are right, of Spider
and of tests/query: features of features.def, and keys of decisions at words (lexicon.def). All figures are of schemas that were not learned from. Run
train_sketch.py before. Needs numpy, scipy, scikit-learn, and SQLAlchemy 2.0. The
questions are those of Spider's training part (see the README of the grader in DIR: it has
models.py, data.py, answers.py, compare.py). Prints how often the first reading is right, how
often any is, and with --write puts the weights into the table.
"""
import argparse
import collections
import json
import os
import pickle
import random
import re
import subprocess
import sys

import numpy
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

import train_sketch
from train_sketch import shapes

# Requests of other kinds than Spider's need these: (least, greatest).
BOUNDS = {
    "GROUPED": (1.2, 9), "EACH_FILLER": (-9, -2.5), "SUPER_HINT": (0.8, 9), "NO_OUTPUT": (-0.5, 9), "OUTPUT_AFTER_TABLE": (-9, -1.0),
    "CHANGE": (3, 9), "EAGER": (2, 2), "PAGE": (2, 2), "TREE": (1.5, 1.5), "CHANGE_INCOMPLETE": (-4, -4), "AGO": (3, 3), "MEMBER": (2.5, 2.5),
    "TOP_BY": (2, 9), "GIVEN": (0.5, 2), "BY_KEY": (1, 3), "BY_COLUMN": (0.3, 2), "DATE_PART": (3, 5), "PRODUCT": (1, 3), "CHECK": (2, 2),
    "OUTER": (3, 3), "NTH": (2, 4), "BY_ORDER": (1, 3), "BY_GROUP": (1.2, 4), "SELF": (4, 6), "CHANGE_OTHER": (-4, -4), "NAMED_OTHER": (-6, -4), "DATE_UNSAID": (-6, -3), "WITH_OUTPUT": (-2, 1),
    "WINDOW": (3, 5), "LABEL": (3, 5), "UNITED": (3, 5), "SHARE": (2.5, 5), "SPEND": (1.5, 4), "LAST_OF": (2, 4), "SAME_AS": (1.5, 5),
    "MONEY": (-0.9, 1), "INNER": (-3, 1), "INNER_OWN": (0.5, 4), "GUESS_LONG": (-5, -1), "APART": (0, 3), "RANGE": (0, 3), "GUESS_OBJECT": (1, 4), "EVERY": (4, 6), "PLAIN_TOLD": (1, 4), "PLAIN_NAMED": (2, 6), "PLAIN_KIND": (1, 5), "PLAIN_AGAIN": (1, 5), "COMPARED_NOUN": (-4, -1), "UNTOLD": (0, 0),
}
# Keys of the lexicon: in so many schemas, in so many questions; the most of them, and what draws their weights to 0.
LEXICON_SCHEMAS, LEXICON_QUESTIONS, LEXICON_MOST, LEXICON_PULL = 5, 10, 4000, 1.5
SHAPES = "DISTINCT GROUP HAVING ORDER LIMIT SET NESTED COUNT AGGREGATE ONE MANY JOIN WHERE".split()
FOLDS = 5
HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "src", "query", "features.def")
LEXICON = os.path.join(HERE, "..", "src", "query", "lexicon.def")
LEXICON_HEAD = """// lexicon.def: weights of decisions at words, in 64ths. Written by tools/train_ranker.py.
//
//   LEXICON(hash of the key, weight, key)   sorted by hash
"""
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


def key_hash(key):  # as lexicon.c has it
    h = 2166136261
    for b in key.encode():
        h = (h ^ b) * 16777619 & 0xFFFFFFFF
    return h


def write_lexicon(weights):
    rows = sorted((key_hash(k), round(w * 64), k) for k, w in weights.items())
    with open(LEXICON, "w", encoding="utf-8") as f:
        f.write(LEXICON_HEAD)
        for h, w, k in rows:
            if w:
                f.write('LEXICON(0x%08x, %d, "%s")\n' % (h, w, k.replace("\\", "\\\\").replace('"', '\\"')))


def row_of(x, right, why):
    keys = tuple(sys.intern(k) for k in x["lexicon"].split())
    return x["reading"], {k: float(v) for k, v in x["features"].items()}, right, why, int(x["shapes"]), keys


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
            answer = json.loads(line)
            pending.append((dict(q, marks=answer["marks"]), golds, answer["readings"]))
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
                rows.append(row_of(x, right, why))
            done.append((q, rows))
        with os.fdopen(w, "wb") as f:
            pickle.dump(done, f)
        os._exit(0)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        data = f.read()
    os.waitpid(pid, 0)
    return pickle.loads(data) if data else []


def out_of_fold(data, folds):
    """The votes of sketch.def as they are for schemas that were not learned from."""
    for f in range(FOLDS):
        rest = [(q, shapes(q["query"])) for (q, _), k in zip(data, folds) if k != f and q["query"]]
        votes = dict(train_sketch.learn([train_sketch.grams(q["marks"]) for q, _ in rest], [s for _, s in rest]))
        for (q, rows), k in zip(data, folds):
            if k != f:
                continue
            words = q["marks"].split(" ")
            odds = votes[""] / 8 + sum(votes[g] / 8 for g in words + [" ".join(x) for x in zip(words, words[1:])] if g in votes)
            for row in rows:
                for n, name in enumerate(SHAPES):
                    odd = min(4, max(-4, odds[n]))
                    row[1]["SHAPE_" + name] = odd if row[4] >> n & 1 else -odd


def common_keys(data):
    """The keys that tell readings of a question apart, often enough and in several schemas."""
    schemas, questions = collections.defaultdict(set), collections.Counter()
    for q, rows in data:
        keys = [set(r[5]) for r in rows]
        for k in set.union(*keys) - set.intersection(*keys) if keys else ():
            schemas[k].add(q["db_id"])
            questions[k] += 1
    known = [k for k in questions if len(schemas[k]) >= LEXICON_SCHEMAS and questions[k] >= LEXICON_QUESTIONS and len(k) < 71]
    return sorted(known, key=lambda k: (-questions[k], k))[:LEXICON_MOST]


class Found:
    """Readings as rows of a matrix: features, then keys; `right` by row; `question` by row."""

    def __init__(self, data, names, keys, times=1):
        index = {n: i for i, n in enumerate(names)}
        index_of_key = {k: i + len(names) for i, k in enumerate(keys)}
        row, column, value, right, question = [], [], [], [], []
        for q, (_, rows) in enumerate(list(data) * times):
            for r in rows:
                cells = [(index[k], v) for k, v in r[1].items()] + [(index_of_key[k], 1.0) for k in r[5] if k in index_of_key]
                row += [len(right)] * len(cells)
                column += [c for c, _ in cells]
                value += [v for _, v in cells]
                right.append(bool(r[2]))
                question.append(q)
        self.x = csr_matrix((value, (row, column)), shape=(len(right), len(names) + len(keys)))
        self.right, self.question, self.width = numpy.array(right, bool), numpy.array(question, int), len(names)

    def starts(self):
        return numpy.flatnonzero(numpy.r_[True, self.question[1:] != self.question[:-1]])

    def groups(self):
        at = self.starts()
        return zip(at, numpy.r_[at[1:], len(self.question)])


def learn(parts, start, names, pull=0.3):
    """The weights that make right readings likely (softmax), drawn towards those at the start."""
    xs, ys, groups, n = [], [], [], 0
    for found in parts:
        good = numpy.bincount(found.question, found.right, found.question.max() + 1)
        every = numpy.bincount(found.question, minlength=len(good))
        useful = ((good > 0) & (good < every))[found.question]
        xs.append(found.x[useful])
        ys.append(found.right[useful])
        groups.append(found.question[useful] + n)
        n += len(good)
    x, y, group = vstack(xs).tocsr(), numpy.concatenate(ys), numpy.unique(numpy.concatenate(groups), return_inverse=True)[1]
    at = numpy.flatnonzero(numpy.r_[True, group[1:] != group[:-1]])
    strength = numpy.r_[numpy.full(len(names), pull), numpy.full(len(start) - len(names), LEXICON_PULL)]

    def loss(w):
        s = x @ w
        e = numpy.exp(s - numpy.maximum.reduceat(s, at)[group])
        every, good = numpy.add.reduceat(e, at), numpy.add.reduceat(e * y, at) + 1e-12
        slope = e / every[group] - numpy.where(y, e / good[group], 0)
        return (numpy.log(every) - numpy.log(good)).sum() + (strength * (w - start) ** 2).sum(), x.T @ slope + 2 * strength * (w - start)

    bounds = [BOUNDS.get(n, (-9, 9)) for n in names] + [(-4, 4)] * (len(start) - len(names))
    first = numpy.clip(start, [b[0] for b in bounds], [b[1] for b in bounds])
    return minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 120}).x


def right(found, w):
    s = found.x @ w
    return sum(bool(found.right[a + numpy.argmax(s[a:b])]) for a, b in found.groups())


def points(found, w):
    """The first readings with their margin to the next, as the inputs of the confidence."""
    out, s = [], found.x @ w
    for a, b in found.groups():
        best = a + numpy.argmax(s[a:b])
        margin = s[best] - numpy.sort(s[a:b])[-2] if b - a > 1 else 6.0
        out.append((numpy.append(found.x[best, :found.width].toarray()[0], min(margin, 6.0)), bool(found.right[best])))
    return numpy.array([p for p, _ in out]), numpy.array([y for _, y in out])


def report(data, ours, save):
    old = weights()
    names = list(old)
    dbs = sorted({q["db_id"] for q, _ in data})
    random.Random(0).shuffle(dbs)
    folds = [dbs.index(q["db_id"]) % FOLDS for q, _ in data]
    out_of_fold(data, folds)
    keys = common_keys(data)
    start = numpy.array(list(old.values()) + [0.0] * len(keys))
    own = Found(ours, names, keys, 3)
    whole = Found(data, names, keys)
    able = sum(any(r[2] for r in rows) for _, rows in data)
    print("before: first right %d, any right %d, of %d; of our own %d" % (right(whole, start), able, len(data), right(own, start) // 3))
    hits, sure_x, sure_y = 0, [], []
    for f in range(FOLDS):
        rest = Found([d for d, k in zip(data, folds) if k != f], names, keys)
        test = Found([d for d, k in zip(data, folds) if k == f], names, keys)
        w = learn([rest, own], start, names)
        hits += right(test, w)
        x, y = points(test, w)
        sure_x.append(x)
        sure_y.append(y)
    print("cross-validated by schema: first right %d of %d" % (hits, len(data)))
    sure, cut, told = confidence(sure_x, sure_y)
    new = learn([whole, own], start, names)
    figures = "cross-validated by schema, first right %d, any right %d, of %d questions;" % (hits, able, len(data))
    figures += "\n// confident and right %d of %d." % told
    print(figures, "ours:", right(own, new) // 3, "of", len(ours))
    if save:
        c = {n: v for n, v in zip(names + ["margin"], sure.coef_[0])}
        c["base"] = sure.intercept_[0] - cut
        write(dict(zip(names, new)), c, figures)
        write_lexicon(dict(zip(keys, new[len(names):])))


def confidence(xs, ys, precision=0.965):
    """Is a first reading right? The threshold is set on predictions for schemas that were left out."""
    def fit(x, y):
        return LogisticRegression(C=0.05, max_iter=2000).fit(x, y)

    scored = []
    for f in range(FOLDS):
        m = fit(numpy.concatenate([x for k, x in enumerate(xs) if k != f]), numpy.concatenate([y for k, y in enumerate(ys) if k != f]))
        scored += zip(m.decision_function(xs[f]), ys[f])
    scored.sort(key=lambda s: -s[0])
    hits, cut, told = 0, scored[0][0], (0, 0)
    for n, (value, y) in enumerate(scored, 1):
        hits += bool(y)
        if hits >= precision * n:
            cut, told = value, (hits, n)
    return fit(numpy.concatenate(xs), numpy.concatenate(ys)), cut, told


def own_prompts(binary, python):
    """The requests of tests/query with their readings, judged as the tests do it."""
    sys.path.insert(0, os.path.join(HERE, "..", "tests", "query"))
    import test_prompts as own

    text = "\n".join(request for request, _ in own.prompts())
    out = subprocess.run([binary, "dump", "readings", own.HERE / "shop"], input=text, capture_output=True, text=True, check=True).stdout
    asked = [(q, json.loads(line)) for q, line in zip(own.prompts(), out.splitlines())]
    found = [{"request": q[0], "sql": q[1], "markdown": "```python\n%s```\n" % x["code"]} for q, a in asked for x in a["readings"][:8]]
    verdicts = iter([v for i in range(0, len(found), 100) for v in own.judged(found[i:i + 100], python)])
    return [({"db_id": "ours", "query": "", "marks": a["marks"]}, [row_of(x, next(verdicts)["verdict"] == "right", "") for x in a["readings"][:8]])
            for _, a in asked]


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
    ap.add_argument("--only", help="file of the schemas to learn from")
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
    only = set(open(a.only, encoding="utf-8").read().split()) if a.only else set(by_db)
    questions = [q for q in questions if q["db_id"] in only]
    chosen = random.Random(a.seed).sample(questions, min(a.sample or len(questions), len(questions)))
    groups = collections.defaultdict(list)
    for q in chosen:
        groups[q["db_id"]].append(q)
    jobs = [(a.binary, a.cache, schemas[db], by_db[db], qs) for db, qs in sorted(groups.items())]
    if a.load:
        with open(a.load, "rb") as f:
            report(*pickle.load(f), a.write)
        return 0
    data = []
    with multiprocessing.get_context("fork").Pool(a.jobs) as pool:
        for part in pool.imap_unordered(judged, jobs):
            data += part
    data.sort(key=lambda x: (x[0]["db_id"], x[0]["question"]))
    ours = own_prompts(a.binary, sys.executable)
    if a.save:
        with open(a.save, "wb") as f:
            pickle.dump((data, ours), f)
    report(data, ours, a.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
