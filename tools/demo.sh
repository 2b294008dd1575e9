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

echo 'What the shop is made of:'
run dump facts
echo 'What is wrong with it, and what can be mended:'
run check
echo 'What the fixes would change:'
run check --diff
run check --fix --quiet
echo 'Why a rule exists:'
run explain Q101
