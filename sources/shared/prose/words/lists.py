"""Lists within a sentence (``A, B and C``, ``A、B和C``) as one token, and the clauses of what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sources.shared.prose.words.tokens import Token

#: What may stand in one list.
_GROUPS: Final = {
    "area": "area",
    "detail": "detail",
    "breakdown": "breakdown",
    "flow": "flow",
    "amount": "amount",
    "percent": "percent",
    "period": "period",
}
_BREAKS: Final = frozenset(("sep", "open", "close", "and", "or"))


def collapsed(tokens: Sequence[Token], text: str) -> list[Token]:
    """Tokens with every list that ends in "and" (or is joined by 、) as one token of kind ``list``."""
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        items, end = _list_at(tokens, at)
        if len(items) > 1:
            out.append(Token("list", items[0].kind, items[0].start, items[-1].end, items=tuple(items)))
            at = end
        else:
            out.append(_pair(tokens[at], text))
            at += 1
    return out


def _list_at(tokens: Sequence[Token], at: int) -> tuple[list[Token], int]:
    """The longest list that begins at a place, and where it ends; of one item where none does."""
    group = _GROUPS.get(tokens[at].kind)
    items, end, last, sealed = [tokens[at]], at + 1, at + 1, False
    joint = ""  # what stands since the last item
    while group and last < len(tokens):
        token = tokens[last]
        if token.kind == "and" or (token.kind == "sep" and token.value in ",、，"):
            joint = "and" if token.kind == "and" or token.value == "、" or joint == "and" else ","
        elif joint and token.kind == group and (group != "period" or token.when.form == items[0].when.form):
            items.append(token)
            end, sealed, joint = last + 1, sealed or joint == "and", ""
        elif token.kind not in ("fill", "poss") and not (joint and token.kind == "level" and token.value == "q"):
            break
        last += 1
    return (items, end) if sealed else (items[:1], at + 1)


def _pair(token: Token, text: str) -> Token:
    """``exports and imports`` as a list of two in the order in which they stand."""
    shown = text[token.start : token.end].lower()
    if (
        token.kind != "flow"
        or token.value not in ("XM", "T")
        or not {"import", "export"} <= {word for word in ("import", "export") if word in shown}
    ):
        return token
    one, other = Token("flow", "X", token.start, token.end), Token("flow", "M", token.start, token.end)
    ordered = (one, other) if shown.index("export") < shown.index("import") else (other, one)
    return Token("list", "flow" if token.value == "XM" else "T", token.start, token.end, items=ordered)


def clauses(tokens: Sequence[Token]) -> Iterator[tuple[str, list[Token]]]:
    """What stands between commas, brackets and conjunctions, each with what it begins with."""
    opener: str = ""
    current: list[Token] = []
    for at, token in enumerate(tokens):
        with_flow = token.kind == "with" and _flow_follows(tokens, at)
        if token.kind in _BREAKS or with_flow:
            yield opener, current
            opener, current = (token.value if token.kind in ("sep", "open", "close") else token.kind), []
        else:
            current.append(token)
    yield opener, current


def _flow_follows(tokens: Sequence[Token], at: int) -> bool:
    """Whether a mention of its own follows ``with``: "with exports up 24 percent"."""
    for token in tokens[at + 1 : at + 4]:
        if token.kind == "flow" or (token.kind == "list" and token.value in ("flow", "T")):
            return True
        if token.kind not in ("fill", "total", "topic", "detail", "amount"):
            return False
    return False
