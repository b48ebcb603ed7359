"""Settings: ``TRADELEDGER_*`` in the environment or in ``.env``; the whole list stands here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import SettingsError


def _address(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("this is no address, expected one such as https://agency.example")
    return text


#: Of an address of the archive: a folder as any other, that several hosts may share.
LOCAL: Final = ("file", "local")


def _archive(text: str) -> str:
    parts = urlsplit(text)
    if not text.startswith(f"{parts.scheme}://") or "::" in re.sub(r"\[[^]]*]", "", text):
        raise ValueError("expected one address such as s3://bucket/folder or file:///mnt/share")
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ValueError("an @ behind the host: in a password @, /, ? and # are written as %40, %2F, %3F and %23")
    if parts.scheme in LOCAL and (parts.netloc or not parts.path.strip("/")):
        raise ValueError("expected file:/// and a folder from the root on, such as file:///mnt/share")
    return text


def _group(text: object) -> object:
    word = str(text).lower()
    return None if text is None or word in ("false", "no", "0") else "" if word in ("true", "yes", "1") else text


#: Seconds.
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SourceSettings(BaseModel):
    """What may be set per source: ``TRADELEDGER_SOURCES__<ID>__BASE_URL`` and the like."""

    base_url: Annotated[str, AfterValidator(_address)] | None = Field(
        default=None, description="a mirror or a test server, in the place of the agency's address"
    )
    key: SecretStr | None = Field(
        default=None,
        description="API key; sent in a header, never in an address, never logged. Where it is not set, the flow "
        "takes the Prefect Secret block `tradeledger-<id>-key` (`<id>` in lower case, dashes for underscores) if "
        "there is one",
    )
    countries: str | None = Field(
        default=None, description="`worldbank` only: ISO 3166 codes joined by `;`; all where none is said"
    )


class FetchSettings(BaseModel):
    """How sources are asked: ``TRADELEDGER_FETCH__INTERVAL`` and the like; seconds and bytes."""

    connect_timeout: _Positive = Field(
        default=10.0, description="seconds for one connection: its name found, TLS agreed on"
    )
    reach_timeout: _Positive = Field(
        default=25.0,
        description="seconds over all tries until a host that cannot be reached, or says nothing, ends the run; one "
        "that answered a page before may think longer",
    )
    read_timeout: _Positive = Field(default=60.0, description="seconds without a byte")
    document_timeout: _Positive = Field(
        default=300.0, description="seconds for one document in all, with its retries, waits and redirects"
    )
    retries: Annotated[int, Field(ge=0)] = Field(
        default=4,
        description="of what may be better later: 502, 503, 504, 429 with a `Retry-After`, connections that fail, "
        "answers that are not whole; nothing above these retries once more",
    )
    backoff: _Seconds = Field(default=1.0, description="seconds before the first retry, doubled with each, with jitter")
    longest_wait: _Seconds = Field(
        default=120.0, description="seconds; a longer `Retry-After` ends the run, the next one asks again"
    )
    interval: _Seconds = Field(default=1.0, description="seconds between two requests to one host")
    max_bytes: Annotated[int, Field(gt=0)] = Field(default=256 * 2**20, description="of one answer, packed or unpacked")


class Settings(BaseSettings):
    """All settings of tradeledger, each with the value it has when nothing is said."""

    model_config = SettingsConfigDict(
        env_prefix="TRADELEDGER_",
        env_nested_delimiter="__",
        env_file=".env",
        env_ignore_empty=True,  # what is set to nothing is not set: a home of "" would be the folder one stands in
        extra="ignore",
    )

    home: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default=Path("data"),
        description="folder of the ledger (`ledger.db`) and the documents (`documents/`); made by the first run that "
        "writes, never by a reading command. A local disk: SQLite's write-ahead log needs one",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="SQLAlchemy URL of the ledger, for PostgreSQL `postgresql+psycopg://…`, with the extra "
        "`tradeledger[postgres]`; without it `ledger.db` in the home",
    )
    archive_url: Annotated[str, AfterValidator(_archive)] | None = Field(
        default=None,
        repr=False,
        description="one place of the documents for several hosts, such as `s3://bucket/folder` or "
        "`file:///mnt/share`; see [several hosts](howto/postgresql.md#one-archive-of-documents); without it "
        "`documents` in the home",
    )
    #: None nobody, a group by name, "" the group there is.
    group: Annotated[str | None, BeforeValidator(_group)] = Field(
        default=None,
        description="who besides its owner may read and write what is made in the home: a group's name, or `true` for "
        "the group that files get there. Folders are made with 2770 and files with 0660; where nothing is set with "
        "0700 and 0600, whatever the umask. What exists keeps its modes",
    )
    contact: str = Field(
        default="tradeledger (no contact set: TRADELEDGER_CONTACT)",
        description="how agencies can reach you; sent with every request, as polite robots do",
    )
    prose_words: str | None = Field(
        default=None, description="a CSV of words of your own for press texts, see [prose](sources/prose.md)"
    )
    sources: dict[str, SourceSettings] = {}
    fetch: FetchSettings = FetchSettings()

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy URL of the ledger: ``DATABASE_URL`` or the SQLite file in ``HOME``."""
        return self.database_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def documents(self) -> Path:
        """Folder of the document archive, where ``ARCHIVE_URL`` names no other place."""
        return self.home / "documents"

    def source(self, source_id: str) -> SourceSettings:
        """Settings of one source; ids are compared without case, since environment names are upper case."""
        wanted = source_id.lower()
        return next((s for key, s in self.sources.items() if key.lower() == wanted), SourceSettings())


def load_settings() -> Settings:
    """Read the settings now; raises SettingsError with the name of what cannot be used."""
    try:
        return Settings()
    except ValidationError as exc:
        first = exc.errors()[0]
        name = "TRADELEDGER_" + "__".join(str(part).upper() for part in first["loc"])
        raise SettingsError(f"{name} cannot be used: {first['msg'].removeprefix('Value error, ')}") from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f".env cannot be read: expected UTF-8 text, byte {exc.start} is none") from exc
    except OSError as exc:
        raise SettingsError(f".env cannot be read: {exc.strerror or exc}") from exc
    except RuntimeError as exc:  # "~somebody" of whom the system knows no home
        raise SettingsError(f"TRADELEDGER_HOME cannot be used: {exc}") from exc
