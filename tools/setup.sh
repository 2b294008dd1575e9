#!/bin/sh
# setup.sh build|test|check: sees to it that the tools and libraries of that step exist.
#
# What is missing is installed by apt on Debian and Ubuntu (as root, or by sudo), and said
# beforehand. Elsewhere the list is printed and the exit code is 2. A machine that has
# everything is left alone.
set -u
here=$(cd "$(dirname "$0")" && pwd)
step=${1:-build}

has_command() { command -v "$1" >/dev/null 2>&1; }
has_library() { has_command pkg-config && pkg-config --exists "$1"; }
has_venv() { has_command python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; }
has_compiler() { has_command gcc || { has_command cc && [ "$(uname)" = Darwin ]; }; }
has_server() { # NAME PATH...: servers are not always on the path
  has_command "$1" && return 0
  shift
  for path in "$@"; do [ -x "$path" ] && return 0; done
  return 1
}
has_clang() { "$here/find_tool" clang >/dev/null; }
has_clang_format() { "$here/find_tool" clang-format >/dev/null; }
has_libfuzzer() {
  clang=$("$here/find_tool" clang) || return 1
  folder=$(mktemp -d) || return 1
  echo 'int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n);
int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n) { return p && n > 9; }
' >"$folder/t.c"
  "$clang" -fsanitize=fuzzer,address "$folder/t.c" -o "$folder/t" 2>/dev/null
  found=$?
  rm -rf "$folder"
  return $found
}

# The newest LLVM of the distribution, 14 where there is one.
llvm_version() {
  for version in 14 $(apt-cache search --names-only '^clang-[0-9]+$' 2>/dev/null |
    sed 's/^clang-\([0-9]*\) .*/\1/' | sort -rn); do
    if apt-cache show "clang-$version" >/dev/null 2>&1; then
      echo "$version"
      return
    fi
  done
  echo 14
}

# need CHECK PACKAGE: notes the package where the check fails. LLVM packages carry @.
missing=
need() {
  package=$1
  shift
  "$@" || missing="$missing $package"
}

find_missing() {
  missing=
  need gcc has_compiler
  need libc6-dev test -f /usr/include/stdio.h -o "$(uname)" = Darwin
  need meson has_command meson
  need ninja-build has_command ninja
  need pkg-config has_command pkg-config
  need python3 has_command python3
  need libjansson-dev has_library jansson
  need libpcre2-dev has_library libpcre2-8
  need libutf8proc-dev has_library libutf8proc
  need libstemmer-dev test -f /usr/include/libstemmer.h -o "$(uname)" = Darwin
  need libsqlite3-dev has_library sqlite3
  case $step in
  build) ;;
  test)
    need python3-venv has_venv
    need libcmocka-dev has_library cmocka
    need libedit-dev has_library libedit # the program does without it
    need libmariadb-dev has_library libmariadb # for mysqlclient
    need postgresql has_server postgres /usr/lib/postgresql/*/bin/postgres
    need mariadb-server has_server mariadbd /usr/sbin/mariadbd
    need git has_command git
    need clang-@ has_clang
    need libclang-rt-@-dev has_libfuzzer
    ;;
  check)
    need git has_command git
    need libcmocka-dev has_library cmocka
    need clang-@ has_clang
    need clang-format-@ has_clang_format
    need binutils has_command nm
    ;;
  *)
    echo "usage: setup.sh build|test|check" >&2
    exit 2
    ;;
  esac
}

# Meson before 1.0 lacks what meson.build uses.
check_meson() {
  version=$(meson --version 2>/dev/null) || return 0
  case $version in
  0.*)
    echo "meson $version is too old, 1.0 is needed: pip install 'meson>=1.0'" >&2
    exit 2
    ;;
  esac
}

find_missing
# Completion on a terminal: worth having, nothing to stop for.
if [ "$(id -u)" = 0 ] && has_command apt-get; then
  need libedit-dev has_library libedit
fi
if [ -n "$missing" ]; then
  if ! has_command apt-get; then
    echo "Please install these first (Debian's package names):" >&2
    for package in $missing; do
      echo "  $package" | sed 's/-@//' >&2
    done
    exit 2
  fi
  root=
  if [ "$(id -u)" != 0 ]; then
    root=sudo
    if ! has_command sudo; then
      echo "Missing:$missing" | sed 's/@/14/g' >&2
      echo "They can be installed by apt-get, but this is neither root nor is there sudo." >&2
      exit 2
    fi
  fi
  echo "Updating the list of packages"
  $root apt-get update -qq
  missing=$(echo "$missing" | sed "s/@/$(llvm_version)/g")
  echo "Installing:$missing"
  # shellcheck disable=SC2086 # one word a package
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing ||
    exit 2
  find_missing
  if [ -n "$missing" ]; then
    echo "Installed, but still not found:$missing" >&2
    exit 2
  fi
fi
check_meson
