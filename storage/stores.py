"""Where the archive puts bytes under a name: a folder of this host, or one place for several hosts through fsspec.

Both raise OSError, with words that may be shown: whatever a library says of a place elsewhere, keys are not in it.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from schemas.errors import SettingsError
from schemas.settings import LOCAL
from storage.database.place import require_local
from storage.private import clear, make_folder, whole_file

#: Options of a file system that are nobody's business.
_SECRET: Final = re.compile("pass|secret|token|key|sas|cred|auth|connection", re.IGNORECASE)
_T = TypeVar("_T")


class Store(Protocol):
    """A place for files by name, ``ab/abc….zlib``. What has its name there is whole."""

    place: str  # for a message

    def read(self, name: str) -> bytes:
        """The bytes under a name; raises FileNotFoundError where there are none."""

    def write(self, name: str, content: bytes) -> None:
        """Keep bytes under a name, in place of what has it."""

    def names(self) -> Iterable[str]:
        """All names there are, and of what else lies there."""

    def clear(self) -> None:
        """Remove what killed processes were about to write."""


class Folder:
    """A folder, made by the first ``write``. ``shared`` by several hosts it may lie on a network file system."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self.folder, self._shared, self.place = folder, shared, str(folder)

    def path(self, name: str) -> Path:
        """Where a name lies or would lie."""
        return self.folder / name

    def read(self, name: str) -> bytes:
        """The bytes under a name."""
        return self.path(name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Written under a temporary name, synced and then renamed."""
        if not self._shared:
            require_local(self.folder)
        path = self.path(name)
        make_folder(path.parent)
        with whole_file(path) as file:
            file.write(content)

    def names(self) -> Iterable[str]:
        """All names there are."""
        return (f"{path.parent.name}/{path.name}" for path in self.folder.glob("[0-9a-f][0-9a-f]/*.zlib"))

    def clear(self) -> None:
        """Beside running processes; not where they may be another host's, whose locks are not seen everywhere."""
        for folder in () if self._shared else self.folder.glob("[0-9a-f][0-9a-f]"):
            clear(folder)


class Elsewhere:
    """A place of any file system that fsspec knows: a bucket, a server. What is written is read back at once."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        self._url, self.place = url, _shown(url)
        self._files: Any = None
        try:
            self._files, root = url_to_fs(url)
        except ImportError as exc:  # fsspec says what is missing: "Install s3fs to access S3"
            raise SettingsError(
                f"TRADELEDGER_ARCHIVE_URL: {self.place} needs a package, to be installed beside tradeledger: {exc}"
            ) from None
        except Exception as exc:  # noqa: BLE001 - each file system refuses in its own way
            wrong = SettingsError(f"TRADELEDGER_ARCHIVE_URL: {self.place} cannot be used: {self._said(exc)}")
        else:
            self._root = root.rstrip("/")
            return
        raise wrong

    def read(self, name: str) -> bytes:
        """The bytes under a name."""
        return self._ask(lambda: bytes(self._files.cat_file(self._path(name))))

    def write(self, name: str, content: bytes) -> None:
        """What a killed process left half written there is no document to ``Archive``, which puts it again."""
        path = self._path(name)
        try:
            self._ask(lambda: self._files.pipe_file(path, content))
        except FileNotFoundError:  # of file systems with folders; the place itself is never made
            self._ask(lambda: self._make(path.rpartition("/")[0]))
            self._ask(lambda: self._files.pipe_file(path, content))
        if self.read(name) != content:
            raise OSError(errno.EIO, "what was written does not read back as it was")

    def names(self) -> list[str]:
        """All names there are, asked anew."""
        self._files.invalidate_cache()
        try:
            self._ask(lambda: self._files.ls(self._root))  # `find` takes what does not answer for empty
            found = self._ask(lambda: self._files.find(self._root))
        except FileNotFoundError:
            return []
        return ["/".join(path.rsplit("/", 2)[1:]) for path in found]

    def clear(self) -> None:
        """Nothing to do: nothing is written under another name."""

    def _make(self, folder: str) -> None:
        with contextlib.suppress(FileExistsError):  # another host was quicker
            self._files.mkdir(folder, create_parents=False)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _ask(self, what: Callable[[], _T]) -> _T:
        """What the file system answers. Its own error is not passed on, as a cause neither: it may say keys."""
        try:
            return what()
        except FileNotFoundError:
            wrong: OSError = FileNotFoundError(errno.ENOENT, "there is no such place")
        except PermissionError as exc:
            wrong = PermissionError(errno.EACCES, self._said(exc))
        except Exception as exc:  # noqa: BLE001 - each library has errors of its own
            wrong = ConnectionError(errno.EIO, self._said(exc))
        raise wrong

    def _said(self, exc: Exception) -> str:
        """What an error says, in one line and without keys."""
        from fsspec.config import conf

        text = str(exc)
        known = {*_hidden(self._url), *_keys(conf), *_keys(getattr(self._files, "storage_options", {}))}
        known |= {form for word in known for form in (unquote(word), quote(word, safe=""), repr(word)[1:-1])}
        for word in sorted(known, key=len, reverse=True):
            text = text.replace(word, "…")
        text = " ".join(text.split())
        return f"{text[:300]} ({type(exc).__name__})" if text else type(exc).__name__


def store(url: str) -> Store:
    """The store of a URL; raises SettingsError where it is none, and where its package is missing."""
    if urlsplit(url).scheme in LOCAL:
        from fsspec.implementations.local import LocalFileSystem

        return Folder(Path(LocalFileSystem._strip_protocol(url)), shared=True)
    return Elsewhere(url)


def _shown(url: str) -> str:
    """A URL without user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _hidden(url: str) -> Iterator[str]:
    """What ``_shown`` leaves out, less the user's name."""
    parts = urlsplit(url)
    return filter(None, (parts.password, parts.query, *(value for _, value in parse_qsl(parts.query))))


def _keys(options: Any, secret: bool = False) -> Iterator[str]:
    """Options of a file system that are nobody's business, however deep."""
    if isinstance(options, Mapping):
        for name, value in options.items():
            yield from _keys(value, secret or _SECRET.search(str(name)) is not None)
    elif secret and isinstance(options, str) and options:
        yield options
