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

    base_url: Annotated[str, AfterValidator(_address)] | None = None
    key: SecretStr | None = None
    countries: str | None = None  # worldbank: ISO 3166 codes joined by ";"; all when not said


class FetchSettings(BaseModel):
    """How sources are asked: ``TRADELEDGER_FETCH__INTERVAL`` and the like; seconds and bytes."""

    connect_timeout: _Positive = 10.0
    reach_timeout: _Positive = 25.0  # in all, for a host that cannot be connected to, or says nothing
    read_timeout: _Positive = 60.0  # without a byte
    document_timeout: _Positive = 300.0  # in all for one document: tries, waits, redirects
    retries: Annotated[int, Field(ge=0)] = 4
    backoff: _Seconds = 1.0  # doubled with every retry, with jitter
    longest_wait: _Seconds = 120.0  # a longer Retry-After ends the run: the next one asks again
    interval: _Seconds = 1.0  # between two requests to one host
    max_bytes: Annotated[int, Field(gt=0)] = 256 * 2**20  # of one answer, packed or unpacked


class Settings(BaseSettings):
    """All settings of tradeledger, each with the value it has when nothing is said."""

    model_config = SettingsConfigDict(
        env_prefix="TRADELEDGER_",
        env_nested_delimiter="__",
        env_file=".env",
        env_ignore_empty=True,  # what is set to nothing is not set: a home of "" would be the folder one stands in
        extra="ignore",
    )

    home: Annotated[Path, AfterValidator(Path.expanduser)] = Path("data")
    database_url: str | None = None
    archive_url: Annotated[str, AfterValidator(_archive)] | None = None
    #: Who besides its owner may read and write what is made: None nobody, a group by name, "" the group there is.
    group: Annotated[str | None, BeforeValidator(_group)] = None
    contact: str = "tradeledger (no contact set: TRADELEDGER_CONTACT)"
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
