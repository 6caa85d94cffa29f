"""Folders and files that only this user can read: they hold inputs and outputs of instances, and keys."""

import os
import stat
from contextlib import suppress
from pathlib import Path

FOLDER = 0o700
FILE = 0o600
_OTHERS = 0o077


def make_folder(folder: Path) -> None:
    """Make the folder and the missing ones above it."""
    for missing in reversed([folder, *folder.parents]):
        missing.mkdir(FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file, or take the rights of others from the one that is there."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE))
    tighten(path)


def replace_file(path: Path, text: str) -> None:
    """Write the file as a whole."""
    make_folder(path.parent)
    # Written beside and renamed, so that a crash leaves the old content whole.
    draft = path.with_suffix(".new")
    make_file(draft)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def tighten(path: Path) -> None:
    """Take the rights of others from a file or folder that this user owns; a folder that all users share stays."""
    mode = path.stat().st_mode
    if mode & _OTHERS and not mode & stat.S_ISVTX:
        # Somebody else's file can be used as it is, but not changed.
        with suppress(PermissionError):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
