# Makefile: the front door. Meson and Ninja do the work (see meson.build).
MESON ?= meson
RELEASE = build/release

.PHONY: all
all: $(RELEASE)/build.ninja
	ninja -C $(RELEASE)

$(RELEASE)/build.ninja:
	$(MESON) setup $(RELEASE) --buildtype=release -Db_lto=true
