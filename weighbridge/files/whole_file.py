"""Writes to what a path names, as a shell's ``>`` does, but regular files whole or not at all.

Links are followed, also to what isn't there yet; devices, pipes and descriptors (``/dev/stdout``) are written into. A
reader of a regular file sees the old text or the new one, whatever interrupts the writer.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from pathlib import Path

NEW = 0o666
"""Permissions of a new file, of which the process's mask takes its part."""

_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]+)")
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_MOST_LINKS = 40  # as Linux follows
_NOT_BESIDE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)
"""Why no file can be put in another's place, though that may be written into: its folder's rights, or a mount."""


def write_whole(file: Path, text: str, mode: int = NEW) -> None:
    """Writes the text as it is, line ends included; `mode` are the permissions of a new file. Raises OSError."""
    content = text.encode()
    target = _target(file)
    if isinstance(target, int):
        with os.fdopen(os.dup(target), "wb") as stream:
            stream.write(content)
        return
    try:
        there = target.stat()
    except FileNotFoundError:
        _replace(target, content, mode & ~_mask())
        return
    if not stat.S_ISREG(there.st_mode) or there.st_nlink > 1:
        _write_into(target, content)
        return
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    try:
        _replace(target, content, stat.S_IMODE(there.st_mode), (there.st_uid, there.st_gid))
    except OSError as error:
        if error.errno not in _NOT_BESIDE:
            raise
        _write_into(target, content)


def _target(file: Path) -> Path | int:
    """Where the links lead: a path that is none itself, or a descriptor of this process."""
    at = file.absolute()
    for _ in range(_MOST_LINKS):
        name = str(at)
        if name in _STANDARD:
            return _STANDARD[name]
        descriptor = _DESCRIPTOR.fullmatch(name)
        if descriptor is not None:
            return int(descriptor[1])
        if not at.is_symlink():
            return at
        at = at.parent / at.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(file))


def _write_into(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)


def _replace(file: Path, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            made = os.fstat(stream.fileno())
            if owner is not None and owner != (made.st_uid, made.st_gid):
                os.chown(name, *owner)
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mask() -> int:
    """The process's mask of permissions, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
