#!/usr/bin/env python3
"""Fills the templates of ../assets, for the scripts beside it.

Jinja2 does it where it is installed, else the `aludel` program on the PATH.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "assets"


class AssetError(RuntimeError):
    """A template cannot be filled."""


def render(name: str, data: dict[str, Any]) -> str:
    """The template `name` filled with `data`."""
    try:
        import jinja2
    except ImportError:
        return _render_by_aludel(name, data)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return environment.get_template(name).render(data)
    except jinja2.TemplateError as error:
        raise AssetError(f"{name}: {error}") from None


def _render_by_aludel(name: str, data: dict[str, Any]) -> str:
    program = shutil.which("aludel")
    if program is None:
        raise AssetError("install jinja2 (pip install jinja2), or put aludel on the PATH")
    flags = ["--trim-blocks", "--lstrip-blocks", "--keep-trailing-newline"]
    done = subprocess.run(
        [program, "render", str(FOLDER / name), "--data", "-", *flags],
        input=json.dumps(data),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssetError(done.stderr.strip())
    return done.stdout


def write(path: Path, text: str, force: bool) -> None:
    """Writes a new file, or with `force` over an old one."""
    if path.exists() and not force:
        raise AssetError(f"{path} exists; --force writes over it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path}", file=sys.stderr)
