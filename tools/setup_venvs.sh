#!/bin/sh
# setup_venvs.sh [NAME...]: makes the virtual environments that tests use, one for each file
# of tests/requirements/, in build/venvs. An environment is made anew when its requirements
# or its Python changed, and left alone otherwise.
#
# ALUDEL_VENVS names environments that somebody else looks after: they must be complete,
# and nothing is installed. PYTHON names the interpreter (python3).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
venvs=${ALUDEL_VENVS:-$root/build/venvs}
python=${PYTHON:-python3}
[ $# -gt 0 ] || set -- test sa14 sa20 sa21 models

make_venv() {
  name=$1
  folder=$venvs/$name
  wanted=$(cat "$root/tests/requirements/$name.txt"; "$python" -VV)
  if [ -f "$folder/.stamp" ] && [ "$wanted" = "$(cat "$folder/.stamp")" ]; then
    return 0
  fi
  echo "making the virtual environment $name"
  rm -rf "$folder"
  "$python" -m venv "$folder"
  "$folder/bin/python" -m pip install -q --disable-pip-version-check --no-warn-script-location \
    -r "$root/tests/requirements/$name.txt"
  echo "$wanted" >"$folder/.stamp"
}

if [ -n "${ALUDEL_VENVS:-}" ]; then
  for name in "$@"; do
    if [ ! -x "$venvs/$name/bin/python" ]; then
      echo "ALUDEL_VENVS is set, but $venvs/$name/bin/python is missing" >&2
      exit 2
    fi
  done
  exit 0
fi
mkdir -p "$venvs"
jobs=
for name in "$@"; do
  make_venv "$name" &
  jobs="$jobs $!"
done
failed=0
for job in $jobs; do
  wait "$job" || failed=2
done
exit $failed
