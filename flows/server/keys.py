"""Keys of sources, kept as Prefect Secret blocks named ``tradeledger-<id>-key``; a setting comes before a block."""

from __future__ import annotations

from typing import Final, cast

from prefect.blocks.system import Secret
from pydantic import SecretStr

_NAME: Final = "tradeledger-{}-key"


def name(source_id: str) -> str:
    """The block of a source: lower-case letters, digits and dashes, as Prefect wants them."""
    return _NAME.format(source_id.lower().replace("_", "-"))


def stored(source_id: str) -> SecretStr | None:
    """The key of a source, where there is such a block; wrapped, so that whatever shows it shows asterisks."""
    try:
        block = cast("Secret[str]", Secret.load(name(source_id)))
    except ValueError:  # no such block: the source is asked without a key
        return None
    return SecretStr(str(block.value.get_secret_value()))  # not get(), which reads 1e5 as a number
