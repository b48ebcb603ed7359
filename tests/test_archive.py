"""The archive in each place it may have: a folder, one that hosts share, what fsspec knows. One promise for all."""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from test_cli_reading import FIRST, SECOND, keep, rows

from cli.main import run
from flows.up import start
from schemas.errors import LedgerError, LedgerUnreadable, SettingsError
from schemas.settings import load_settings
from storage import stores
from storage.archive import Archive, name_of
from storage.database.place import parse_url

PLACES = ("folder", "file", "memory", "server")
CONTENT = b"exports 111.45" * 200


class Server(LocalFileSystem):
    """A file system with folders, as SFTP and SMB have them: none is made by writing into it."""

    protocol = "server"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.removeprefix("server://"))


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a place that nobody has used, in the settings; "" for the folder in the home."""
    fsspec.register_implementation("server", Server, clobber=True)
    (tmp_path / "served").mkdir()
    urls = {
        "folder": "",
        "file": f"file://{tmp_path}/share",
        "memory": f"memory://{uuid4().hex}/documents",
        "server": f"server://{tmp_path}/served",
    }
    monkeypatch.setenv("TRADELEDGER_ARCHIVE_URL", urls[request.param])
    return urls[request.param]


@pytest.fixture
def archive(place: str) -> Archive:
    return Archive.of(load_settings())


def test_bytes_are_kept_under_their_hash_and_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    assert archive.hashes() == []
    sha = archive.put(CONTENT)
    assert sha == hashlib.sha256(CONTENT).hexdigest()
    assert archive.get(sha) == CONTENT
    assert archive.find("0" * 64) is None
    monkeypatch.setattr(type(archive.store), "write", None)  # nobody writes what is there
    assert archive.put(CONTENT) == sha
    assert archive.hashes() == [sha]
    assert Archive.of(load_settings()).get(sha) == CONTENT


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other", "gone"])
def test_a_damaged_document_is_reported_and_put_again(archive: Archive, damage: str) -> None:
    sha, other = archive.put(CONTENT), archive.put(b"something else")
    name, store = name_of(sha), archive.store
    whole = store.read(name)
    middle = len(whole) // 2
    if damage == "gone":
        remove(archive, name)
    else:
        flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
        damaged = {"flip": flipped, "cut": whole[:-3], "empty": b"", "other": store.read(name_of(other))}
        store.write(name, damaged[damage])
    said = f"is not in {archive.place}" if damage == "gone" else "is damaged in|no longer has that hash in"
    with pytest.raises(LedgerError, match=f"document {sha} ({said})") as error:
        archive.get(sha)
    assert "\n" not in str(error.value)
    assert archive.put(CONTENT) == sha
    assert archive.get(sha) == CONTENT
    assert archive.hashes() == sorted([sha, other])


def remove(archive: Archive, name: str) -> None:
    store = archive.store
    if isinstance(store, stores.Folder):
        store.path(name).unlink()
    else:
        files, root = fsspec.url_to_fs(archive.place)
        files.rm(f"{root}/{name}")


def test_a_ledger_is_the_same_wherever_its_documents_lie(
    place: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in (FIRST, SECOND):
        keep("table", text)
    assert (home / "documents").exists() is (place == "")
    kept = rows(capsys, "documents")
    assert run(["verify"]) == 0
    for one in kept:
        for sha in (one["document"], one["document"][:12]):
            assert run(["documents", sha, "--extract", "-o", str(tmp_path / "out")]) == 0
            assert hashlib.sha256((tmp_path / "out").read_bytes()).hexdigest() == one["document"]
    assert run(["reparse"]) == 0
    capsys.readouterr()
    assert run(["backup", str(tmp_path / "copy.tar")]) == 0
    assert f"{len(kept)} documents" in capsys.readouterr().out
    with tarfile.open(tmp_path / "copy.tar") as tar:
        assert {f"documents/{name_of(one['document'])}" for one in kept} <= {*tar.getnames()}
    archive = Archive.of(load_settings())
    archive.store.write(name_of(kept[0]["document"]), zlib.compress(b"another"))
    archive.put(b"of nobody")
    assert run(["verify", "--format", "json"]) == 1
    wrong = [one for one in json.loads(capsys.readouterr().out) if one["state"] != "intact"]
    assert [(one["part"], one["state"]) for one in wrong] == [("documents", "damaged"), ("documents", "unknown")]
    assert all(archive.place in one["sentence"] for one in wrong)


# ── elsewhere ────────────────────────────────────────────────────────────────────────────────────────────────────────

SECRETS = ("hunter2@x", "hunter2%40x", "abc9", "deep'\\1", "conf7")


class Gone(MemoryFileSystem):
    """A server that does not answer, and says what it was asked with."""

    protocol = "gone"
    cachable = False
    error: Callable[[str], Exception] = OSError

    def _fail(self, *_: object, **__: object) -> bytes:
        raise type(self).error(f"no answer\nfrom gone://u:hunter2%40x@host/d?sig=abc9 {' '.join(SECRETS)}")

    cat_file = pipe_file = ls = mkdir = _fail


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> str:
    fsspec.register_implementation("gone", Gone, clobber=True)
    monkeypatch.setitem(
        fsspec.config.conf, "gone", {"client_kwargs": {"secret_access_key": SECRETS[3]}, "token": "conf7"}
    )
    url = "gone://u:hunter2%40x@host/d?sig=abc9"
    monkeypatch.setenv("TRADELEDGER_ARCHIVE_URL", url)
    return url


@pytest.mark.parametrize("error", [OSError, TimeoutError, ValueError, RuntimeError, KeyError])
def test_out_of_reach_is_one_line_without_keys(
    gone: str, error: type[Exception], home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gone, "error", error)
    with monkeypatch.context() as before:
        before.delenv("TRADELEDGER_ARCHIVE_URL")
        keep("table", FIRST)
    (home / "x.csv").write_text(SECOND)
    shown = rows(capsys, "show")
    archive = Archive.of(load_settings())
    for ask in (lambda: archive.put(CONTENT), lambda: archive.get("0" * 64), archive.hashes):
        with pytest.raises(LedgerUnreadable, match="gone://host/d") as caught:
            ask()
        assert caught.value.__cause__.__context__ is None  # nor in a traceback
    for arguments in (["ingest", "table", str(home / "x.csv")], ["verify"], ["documents", "0" * 64, "--extract"]):
        assert run(arguments) == 1
        said = str(capsys.readouterr())
        assert "no answer" in said
        try:
            run(["--debug", *arguments])
        except LedgerError:
            said += traceback.format_exc()
        assert not [word for word in SECRETS if word in said + str(capsys.readouterr()) or repr(word)[1:-1] in said]
    assert rows(capsys, "show") == shown  # no row of what is not kept


def test_what_is_refused_by_right_is_not_written_over(gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gone, "error", PermissionError)
    with pytest.raises(LedgerUnreadable, match=r"cannot be read from .*\(PermissionError\)"):
        Archive.of(load_settings()).put(CONTENT)


def test_a_place_that_is_missing_is_not_made(gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gone, "error", FileNotFoundError)
    archive = Archive.of(load_settings())
    with pytest.raises(LedgerError, match="cannot be kept in gone://host/d: there is no such place"):
        archive.put(CONTENT)
    assert archive.hashes() == []


def test_two_hosts_that_keep_the_same_at_once_both_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("server", Server, clobber=True)
    archive, other = (Archive(stores.Elsewhere(f"server://{tmp_path}")) for _ in range(2))
    make = Server.mkdir

    def after_another(self: Server, path: str, **options: object) -> None:
        monkeypatch.setattr(Server, "mkdir", make)
        other.put(CONTENT)
        make(self, path, **options)

    monkeypatch.setattr(Server, "mkdir", after_another)
    assert archive.get(archive.put(CONTENT)) == CONTENT
    assert len(archive.hashes()) == 1


def test_what_does_not_read_back_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(stores.Elsewhere(f"memory://{uuid4().hex}"))
    pipe = MemoryFileSystem.pipe_file
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", lambda self, path, value: pipe(self, path, value[:-1]))
    with pytest.raises(LedgerError, match="does not read back"):
        archive.put(CONTENT)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/mnt/share", "expected one address such as"),
        ("C:\\share", "expected one address such as"),
        ("simplecache::s3://bucket", "expected one address such as"),
        ("zip://x::s3://bucket/y", "expected one address such as"),
        ("file://host/share", "expected file:///"),
        ("file:///", "expected file:///"),
        ("ftp://u:secret/1@host/x", "an @ behind the host"),
        ("nonsense://u:secret@bucket", "nonsense://bucket cannot be used: Protocol not known"),
        ("s3://bucket/d", "s3://bucket/d needs a package, to be installed beside tradeledger: Install s3fs"),
        ("gs://bucket/d", "gs://bucket/d needs a package, to be installed beside tradeledger: .*gcsfs"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_line(
    url: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    monkeypatch.setenv("TRADELEDGER_ARCHIVE_URL", url)
    with pytest.raises(SettingsError, match=f"TRADELEDGER_ARCHIVE_URL.*{said}") as caught:
        Archive.of(load_settings())
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_addresses_that_are_fine() -> None:
    for url in ("sftp://[::1]:22/x", "s3://bucket", "memory://x"):
        assert load_settings().model_validate({"archive_url": url}).archive_url == url


def test_settings_are_shown_without_keys(gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADELEDGER_DATABASE_URL", gone)
    assert not [word for word in SECRETS if word in f"{load_settings()!r} {load_settings()}"]
    with pytest.raises(LedgerError, match="'…@host") as caught:
        parse_url("postgresql//u:hunter2@x@host/d")
    assert "hunter2" not in str(caught.value)


def test_up_hands_the_address_on(place: str) -> None:
    here = start.system.System("http://127.0.0.1:4200", 1, "", "/h", "", "t")
    assert start.children_environment(load_settings(), here).get("TRADELEDGER_ARCHIVE_URL", "") == place
