#!/bin/sh
# demo.sh PROGRAM: the program at work on the bundled legacy shop. The shop is copied
# first, so that the fixes change the copy only.
set -eu
program=$1
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$root/examples/shop" "$work/shop"
cd "$work/shop"

run() {
  echo "\$ aludel $*"
  "$program" "$@" || [ $? = 1 ]
  echo
}

echo 'A query in plain words, over the models of the shop:'
run ask 'customers without orders, newest first'
echo 'A new model among those that are there:'
run ask 'Add a Review model with rating and text that belongs to Product and Customer'
echo 'What the shop is made of:'
run detect
run dump facts
echo 'What is wrong with it, and what can be mended:'
run check
echo 'Why a rule exists:'
run explain Q101
echo 'From 1.x to 2.x, what becomes of each place:'
run modernize --profile modern
run modernize --profile modern --diff orders.py
echo 'And for real, all files or none, and back:'
run modernize --profile modern --write --allow-dirty .
run undo
echo 'An error, explained by the code that raised it:'
printf '%s\n' 'sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: customers.email' \
  '[SQL: INSERT INTO customers (email) VALUES (?)]' | "$program" diagnose - || [ $? = 1 ]
