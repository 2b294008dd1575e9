#!/usr/bin/env python3
"""Learns src/agent/intent_weights.def from tools/intents.tsv.

    tools/train_intents.py [--check] PROGRAM

Multinomial logistic regression with an L2 penalty over the features that PROGRAM (a built
aludel) computes, so that learning and use see the same. Every fifth request is held out
and reported first; then all are learnt from. `--check` only reports, by cross-validation.
"""

import argparse
import collections
import json
import math
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "src" / "agent" / "intent_weights.def"
RATE, ROUNDS, PENALTY, FOLDS = 0.25, 60, 0.002, 5
SMALLEST = 0.03  # weights below are left out


def intents():
    text = (ROOT / "src" / "agent" / "intents.def").read_text()
    return re.findall(r"^INTENT\((\w+)", text, re.M)


def examples():
    for line in (ROOT / "tools" / "intents.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            label, text = line.split("\t")
            yield label, text.replace("\\n", "\n")


def features(program, texts):
    done = subprocess.run([program, "dump", "request"], input="\0".join(texts).encode(), capture_output=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(texts), (len(rows), len(texts))
    return [sorted(set(row["features"])) for row in rows]


def scores(weights, row, count):
    total = [0.0] * count
    for f in row:
        w = weights.get(f)
        if w:
            for i in range(count):
                total[i] += w[i]
    return total


def learn(rows, labels, count, seed=1):
    seen = collections.Counter(f for row in rows for f in row)
    weights = {f: [0.0] * count for f, n in seen.items() if n > 1 or not f.startswith("b:")}
    order = list(range(len(rows)))
    rng = random.Random(seed)
    for round_ in range(ROUNDS):
        rng.shuffle(order)
        rate = RATE / (1 + round_ * 0.1)
        for i in order:
            total = scores(weights, rows[i], count)
            top = max(total)
            p = [math.exp(t - top) for t in total]
            norm = sum(p)
            for f in rows[i]:
                w = weights.get(f)
                if w:
                    for k in range(count):
                        gradient = p[k] / norm - (k == labels[i])
                        w[k] -= rate * (gradient + PENALTY * w[k])
    return weights


def accuracy(weights, rows, labels, texts, count, names, wrong):
    right = 0
    for row, label, text in zip(rows, labels, texts):
        total = scores(weights, row, count)
        best = total.index(max(total))
        right += best == label
        if best != label:
            wrong.append((names[label], names[best], text))
    return right


def write(weights, names, figures):
    lines = [
        "// intent_weights.def: written by tools/train_intents.py; do not edit.",
        "// %s" % figures,
        "//   WEIGHTS(feature, one weight for each row of intents.def), sorted by feature",
    ]
    for f in sorted(weights, key=lambda f: f.encode()):
        w = [0 if abs(x) < SMALLEST else round(x, 2) for x in weights[f]]
        if any(w):
            name = f.replace("\\", "\\\\").replace('"', '\\"')
            lines.append('WEIGHTS("%s", %s)' % (name, ", ".join("%g" % x for x in w)))
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="cross-validate, write nothing")
    parser.add_argument("program")
    options = parser.parse_args()
    names = intents()
    pairs = [(label, text) for label, text in examples() if label in names]
    random.Random(7).shuffle(pairs)
    labels = [names.index(label) for label, _ in pairs]
    texts = [text for _, text in pairs]
    rows = features(options.program, texts)
    right, wrong = 0, []
    for fold in range(FOLDS):
        train = [i for i in range(len(rows)) if i % FOLDS != fold]
        test = [i for i in range(len(rows)) if i % FOLDS == fold]
        weights = learn([rows[i] for i in train], [labels[i] for i in train], len(names))
        right += accuracy(
            weights, [rows[i] for i in test], [labels[i] for i in test], [texts[i] for i in test], len(names), names, wrong
        )
    figures = "%d requests; held out, %d folds: %.1f %% right" % (len(rows), FOLDS, 100 * right / len(rows))
    if not options.check:
        write(learn(rows, labels, len(names)), names, figures)
    print(figures)
    for label, got, text in wrong:
        print("  %s taken for %s: %s" % (label, got, text[:120].replace("\n", " ")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
