#!/usr/bin/env python3
"""Learns src/query/sketch.def: what marks of a request say about the shape of its query.

    train_sketch.py ALUDEL --grader DIR --tables tables.json --questions train.json --cache FOLDER [--only IDS]

The marks come from `aludel dump readings`, the shapes from the gold SQL. One logistic regression
for each shape over single marks and pairs that occur often enough; the weights are rounded to
eighths. --only names a file with the db_id of the schemas to learn from, one a line. Needs
numpy, scipy and scikit-learn.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

import numpy
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "src", "query", "sketch.def")
HEAD = """// sketch.def: votes of marks for shapes, in eighths. Written by tools/train_sketch.py.
//
//   SKETCH(marks, a vote for each shape in the order of SketchShape)   sorted by marks
"""
ROWS, OFTEN = 1600, 12


def shapes(sql):
    """As sketch_of() has them, from the gold SQL."""
    s = " " + re.sub(r"\s+", " ", sql.lower()).strip(" ;") + " "
    sets = bool(re.search(r" (except|union|intersect) | not in \(", s))
    first = re.split(r" (?:except|union|intersect) ", s)[0]
    select = re.match(r" select (.*?) from ", first)
    outputs = select[1] if select else ""
    n = len(re.sub(r"\([^)]*\)", "", outputs).split(","))
    limit = " limit " in s
    nested = bool(re.search(r"[<>=] ?\( ?select", s))
    aggregate = bool(re.search(r"\b(avg|sum|min|max) ?\(", outputs))
    return [
        "distinct" in first,
        " group by " in first,
        " having " in first,
        " order by " in s and not limit,
        limit,
        sets,
        nested,
        "count(" in outputs.replace(" ", ""),
        aggregate,
        n == 1,
        n > 2,
        " join " in first,
        " where " in first,
    ]


def marks_of(binary, project, questions):
    text = "\n".join(q["question"].replace("\n", " ") for q in questions)
    out = subprocess.run([binary, "dump", "readings", project], input=text, capture_output=True, text=True, check=True).stdout
    return [json.loads(line)["marks"] for line in out.splitlines()]


def grams(marks):
    words = marks.split(" ")
    return set(words) | {" ".join(p) for p in zip(words, words[1:])}


def learn(found, labels, c=0.15):
    """(marks, votes) from lists of grams and rows of shapes; the first row is the bias."""
    often = collections.Counter(g for f in found for g in f)
    names = sorted(g for g, n in often.most_common(ROWS) if n >= OFTEN and len(g) < 47)
    index = {g: i for i, g in enumerate(names)}
    cells = [(r, index[g]) for r, f in enumerate(found) for g in f if g in index]
    x = csr_matrix((numpy.ones(len(cells)), tuple(zip(*cells))), shape=(len(found), len(names)))
    y = numpy.array(labels)
    votes = numpy.zeros((len(names) + 1, y.shape[1]))
    for k in range(y.shape[1]):
        m = LogisticRegression(C=c, solver="liblinear", random_state=0).fit(x, y[:, k])
        votes[1:, k], votes[0, k] = m.coef_[0], m.intercept_[0]
    votes = numpy.clip(numpy.rint(votes * 8), -127, 127).astype(int)
    return [(n, v) for n, v in zip([""] + names, votes) if v.any()]


def write(rows):
    def key(r):
        return r[0].encode()

    with open(TABLE, "w", encoding="utf-8") as f:
        f.write(HEAD)
        for marks, votes in sorted(rows, key=key):
            text = marks.replace("\\", "\\\\").replace('"', '\\"')
            f.write('SKETCH("%s", %s)\n' % (text, ", ".join(map(str, votes))))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("binary")
    ap.add_argument("--grader", required=True)
    ap.add_argument("--tables", required=True)
    ap.add_argument("--questions", required=True)
    ap.add_argument("--cache", required=True, help="folder of the grader's databases")
    ap.add_argument("--only", help="file of the schemas to learn from")
    a = ap.parse_args()
    sys.path.insert(0, a.grader)
    import grade
    import schema as S

    schemas = S.load(a.tables)
    with open(a.questions, encoding="utf-8") as f:
        questions = json.load(f)
    groups = collections.defaultdict(list)
    for q in questions:
        groups[q["db_id"]].append(q)
    chosen = set(open(a.only, encoding="utf-8").read().split()) if a.only else set(groups)
    found, labels = [], []
    for db in sorted(chosen):
        d = grade.prepare((schemas[db], [q["query"] for q in groups[db]], a.cache, 4, 0))
        for q, marks in zip(groups[db], marks_of(os.path.abspath(a.binary), os.path.join(d, "project"), groups[db])):
            found.append(grams(marks))
            labels.append(shapes(q["query"]))
    rows = learn(found, labels)
    write(rows)
    print(f"{len(rows)} rows from {len(found)} questions over {len(chosen)} schemas")


if __name__ == "__main__":
    main()
