#!/bin/sh
# demo.sh PROGRAM: what the program does today, on the bundled legacy shop.
set -eu
program=$1
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/examples/shop"
echo '$ aludel dump ast models.py    (the last class)'
"$program" dump ast models.py | sed -n '/^    (ClassDef OrderLine/,$p'
echo
echo 'A file with a mistake: the statement that cannot be read is kept apart, the rest is read.'
broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
printf 'users = session.query(User).filter(User.id == 1\ncount = len(users)\n' >"$broken/broken.py"
cd "$broken"
echo '$ aludel dump ast broken.py'
"$program" dump ast broken.py || [ $? = 1 ]
