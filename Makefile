# Makefile: the front door. Meson and Ninja do the work (see meson.build).
#
#   make           the release program, build/release/aludel
#   make demo      installs what is missing, builds, shows the program at work
#   make test      everything that tests need, then all tests: "N passed, N failed"
#   make check     layers, formatting, headers, globals, tables, docs; gcc and clang
#   make docs      writes the pages of docs/ that the program prints
#   make bench     speed against named peers, in one run
#   make oracle    the long comparisons with CPython and SQLAlchemy
#   make fuzz      the fuzz targets, SECONDS=600 in all
#   make install   PREFIX=/usr/local DESTDIR=
MESON ?= meson
NINJA ?= ninja
PREFIX ?= /usr/local
SECONDS ?= 600
JOBS ?= 2
RELEASE = build/release
ASAN = build/asan
FUZZ = build/fuzz
VENVS = $(if $(ALUDEL_VENVS),$(ALUDEL_VENVS),build/venvs)
CLANG = $(shell tools/find_tool clang)
CLANG_FORMAT = $(shell tools/find_tool clang-format)
C_FILES = $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')

.DEFAULT_GOAL := all
.PHONY: all setup demo test check docs bench fuzz oracle install clean format
.PHONY: test-setup test-build fuzz-build

all: $(RELEASE)/build.ninja
	$(NINJA) -C $(RELEASE)

$(RELEASE)/build.ninja:
	$(MESON) setup $(RELEASE) --buildtype=release -Db_lto=true

setup:
	tools/setup.sh build

demo:
	@tools/setup.sh build
	@$(MAKE) --no-print-directory all
	@tools/demo.sh $(abspath $(RELEASE)/aludel)

test-setup:
	tools/setup.sh test
	tools/setup_venvs.sh

test-build: test-setup
	@[ -f $(ASAN)/build.ninja ] || $(MESON) setup $(ASAN) -Ddebug=true -Doptimization=1 \
	  -Db_sanitize=address,undefined -Dtests=true
	$(NINJA) -C $(ASAN)

fuzz-build: test-setup
	@[ -f $(FUZZ)/build.ninja ] || CC=$(CLANG) $(MESON) setup $(FUZZ) \
	  --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false \
	  -Dfuzz=true -Dc_args=-fsanitize=fuzzer-no-link
	$(NINJA) -C $(FUZZ)

test: test-build fuzz-build
	@tools/run_tests --jobs $(JOBS)

oracle: test-build
	@tools/run_tests --oracle --jobs $(JOBS)

fuzz: fuzz-build
	@tools/run_tests --fuzz-only --fuzz-seconds $(SECONDS)

check:
	@tools/setup.sh check
	@$(MAKE) --no-print-directory all
	@[ -f build/clang/build.ninja ] || CC=$(CLANG) $(MESON) setup build/clang -Dtests=true
	$(NINJA) -C build/clang
	@tools/check --build build/clang # not $(RELEASE): objects made for LTO hide their data

bench: test-setup
	@[ -f build/bench-build/build.ninja ] || $(MESON) setup build/bench-build --buildtype=release \
	  -Db_lto=true -Dbench=true
	$(NINJA) -C build/bench-build
	$(VENVS)/test/bin/python bench/run.py --program build/bench-build/aludel \
	  --parse build/bench-build/bench/bench_parse

docs: all
	tools/check --write-docs --build $(RELEASE)

format:
	$(CLANG_FORMAT) -i $(C_FILES)

install: $(RELEASE)/build.ninja
	$(MESON) configure $(RELEASE) --prefix=$(abspath $(PREFIX))
	DESTDIR=$(DESTDIR) $(MESON) install -C $(RELEASE)

clean:
	rm -rf build/bench-build $(RELEASE) $(ASAN) $(FUZZ) build/check build/clang
