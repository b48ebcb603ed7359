"""``tradeledger review``: the cases that are held, and a person's decision about one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.formats.figures import figure
from cli.formats.held import COLUMNS, FIELDS, MOST, by_case, listed
from cli.formats.output import Format, Row, emit, note, say
from cli.shared import options as o
from cli.shared.completing import completed
from cli.shared.ledger import open_ledger
from schemas.errors import SettingsError, UsageError
from schemas.findings import dated_block
from schemas.vocabulary import FLOWS

if TYPE_CHECKING:
    from storage.decisions import Decided
    from storage.ledger import Ledger
    from storage.many import Together

#: How a document is named, or the beginning of it; a block has slashes.
_SHA256: Final = re.compile("[0-9a-f]{6,64}")


def _published(ledger: Ledger, done: Decided) -> str:
    """What stands of a block now: ``published now: exports 52.0 bn USD (2021-08-02+2)``."""
    from storage.queries import published_now

    said = [
        f"{FLOWS.get(one['flow'], one['flow'])}{'' if one['measure'] == 'level' else ' ' + one['measure']} "
        f"{figure(one['value'], one)} ({one['released']})"
        for one in published_now(ledger, done.block, done.released)
    ]
    return f"published now: {listed(said, ', ') or 'nothing of it'}"


class Verdict(StrEnum):
    """What a person may decide."""

    ACCEPT = "accept"
    REJECT = "reject"
    REOPEN = "reopen"


def review(
    block: Annotated[
        str | None,
        typer.Argument(
            metavar="[BLOCK]",
            help="The block to decide about, or a document: all its blocks.",
            autocompletion=completed("block"),
        ),
    ] = None,
    verdict: Annotated[
        Verdict | None, typer.Argument(metavar="[accept|reject|reopen]", help="What is decided.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; a decision needs one.")] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="An acceptance does not cover releases after that date.")
    ] = "",
    released: Annotated[
        str, typer.Option("--released", metavar="DATE", help="Which release, where several of the block are held.")
    ] = "",
    document: Annotated[
        str, typer.Option("--document", metavar="SHA", help="Which document, where several contradict each other.")
    ] = "",
    who: Annotated[str, typer.Option("--who", metavar="NAME", help="Who decides; by default who is logged in.")] = "",
    case: Annotated[
        str, typer.Option("--case", metavar="NAME", help="Decide about all blocks of this case that wait.")
    ] = "",
    rule: Annotated[
        str, typer.Option("--rule", metavar="ID", help="Decide about all blocks that break this rule.")
    ] = "",
    source: o.SourceOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those decided, superseded or freed; to decide: all that wait.")
    ] = False,
    limit: o.LimitOption = None,
    form: o.FormatOption = Format.TABLE,
) -> int:
    """List what is held, a line for each case with its blocks; decide about a case, or a block, with accept or reject.

    review --case NAME accept decides about all blocks of a case in one transaction, review BLOCK accept about one. The
    first decision stands; reopen takes it back.
    Without BLOCK or case, accept or reject decides about all that wait: review accept --rule R, --source S,
    --document SHA or --all.
    Instead of a block the SHA-256 of a document, or how it begins: every block of it that waits is decided alike. Where
    documents of one release contradict each other, accepting one rejects the others.
    """
    if case:
        if block not in (Verdict.ACCEPT, Verdict.REJECT) or verdict or rule or source or released:
            raise UsageError(
                f"a case is accepted or rejected whole: tradeledger review --case {case} accept --reason …"
            )
        with open_ledger() as ledger:
            asked = {"why": reason, "who": who or _login(), "until": until, "document": _document(ledger, document)}
            return _decide_case(ledger, case, block, **asked)
    if block in (Verdict.ACCEPT, Verdict.REJECT, Verdict.REOPEN) and not verdict:
        if block == Verdict.REOPEN or not (rule or source or document or everything):
            more = "" if block == Verdict.REOPEN else f", or {block} with --case, --rule, --source, --document or --all"
            raise UsageError(f"say what to {block}: tradeledger review BLOCK {block} --reason …{more}")
        name = who or _login()
        with open_ledger(source) as ledger:
            sha = _document(ledger, document)
            asked = {"source": source or "", "rule": rule, "document": sha, "released": released}
            return _decide_all(ledger, block, why=reason, who=name, until=until, **asked)
    if rule:
        raise UsageError("--rule says what to decide alike: tradeledger review accept --rule ID --reason …")
    if block and not verdict:
        raise UsageError(f"decide about {block} with accept or reject: tradeledger review {block} accept --reason …")
    if not block or not verdict:
        with open_ledger(source) as ledger:
            rows: Iterable[Row] = _held(ledger, source, everything)
            if form is Format.TABLE:
                from storage.queries import cases

                rows = by_case(rows, cases(ledger, source=source, all_=everything))
            emit(rows, FIELDS, COLUMNS, form, limit=limit, empty="no block is held")
        return 0
    from storage.decisions import decide, reopen

    with open_ledger() as ledger:
        from storage.queries import find_document

        which = block if _SHA256.fullmatch(block) else document
        sha = find_document(ledger, which) if which else ""
        named = _of_document(ledger, sha, released) if which == block else [(block, released)]
        name = who or _login()
        decided: list[Decided] = []
        try:
            for one, of in named:
                if verdict is Verdict.REOPEN:
                    done = reopen(ledger, one, why=reason, who=name, released=of, document=sha)
                else:
                    done = decide(
                        ledger, one, verdict.value, why=reason, who=name, until=until, released=of, document=sha
                    )
                decided.append(done)
                said = f"{done.verdict}ed by {done.who} at {done.recorded_at}: {done.why}"
                say(f"{done.block} released {done.released} {'' if done.first else 'had been decided already: '}{said}")
                say(f"  {_published(ledger, done)}")
        finally:  # also of those before one that could not be decided
            _tell_prefect(decided)
    # Asked for twice a decision is the same one; the opposite of one that stands was not done.
    return 0 if all(done.first or done.verdict == verdict.value for done in decided) else 1


def _document(ledger: Ledger, begins: str) -> str:
    from storage.queries import find_document

    return find_document(ledger, begins) if begins else ""


def _decide_all(ledger: Ledger, verdict: str, **asked: Any) -> int:
    """Decide about all that wait of what was ``asked``."""
    from storage.many import decide_all

    return _together(ledger, decide_all(ledger, verdict, **asked), verdict, asked["why"], asked["document"])


def _decide_case(ledger: Ledger, case: str, verdict: str, **asked: Any) -> int:
    """Decide about all blocks of a case that wait."""
    from storage.many import decide_case
    from storage.queries import held_findings

    together = decide_case(ledger, case, verdict, **asked)
    if not together.done and not together.left:
        note(f"nothing of {case} waits any more: tradeledger review --all shows what became of it")
        became = {row["state"] for row in held_findings(ledger, all_=True) if row["case"] == case}
        return int(f"{verdict}ed" not in became)  # asked for twice a decision is the same one
    return _together(ledger, together, verdict, asked["why"], asked["document"])


def _together(ledger: Ledger, together: Together, verdict: str, why: str, document: str) -> int:
    """How many were decided, what is published of the first ones, what is left."""
    for done in together.done[:MOST]:
        say(f"{done.block} released {done.released} {done.verdict}ed: {_published(ledger, done)}")
    if len(together.done) > MOST:
        say(f"and {len(together.done) - MOST:,} more")
    say(f"{verdict}ed {len(together.done):,} {'block' if len(together.done) == 1 else 'blocks'}: {why}")
    if together.left:
        left = "of which documents contradict each other and none was named with --document"
        if document:
            left = "whose documents came together and contradict each other: accept the one that counts with --document"
        say(f"left {len(together.left):,}, {left}: {listed(together.left, ', ')}")
    _tell_prefect(together.done)
    return 0


def _of_document(ledger: Ledger, sha: str, released: str) -> list[tuple[str, str]]:
    """The blocks of a document that wait, with their releases; raises UsageError where there are none."""
    from storage import queries

    waiting = [
        (row["block"], row["released"])
        for row in queries.held(ledger, document=sha)
        if released in ("", row["released"])
    ]
    if not waiting:
        raise UsageError(f"no block of document {sha[:12]} waits: tradeledger review lists those that do")
    return waiting


def _held(ledger: Ledger, source: str | None, everything: bool) -> Iterator[dict[str, Any]]:
    """Held blocks, each with the first sentence that holds it; where several releases of one wait, by its date too."""
    from storage.queries import BY_DOCUMENT, held_findings

    rows = list(held_findings(ledger, source=source, all_=everything))
    waiting = Counter(block for block, _ in {(row["block"], row["released"]) for row in rows if row["state"] == "held"})
    for row in rows:
        sentence = next((one["sentence"] for one in row["findings"]), BY_DOCUMENT)
        several = row["state"] == "held" and waiting[row["block"]] > 1
        name = dated_block(row["block"], row["released"]) if several else row["block"]
        yield {**row, "block": name, "sentence": sentence}


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        raise UsageError("nobody is logged in by name: say who decides with --who") from None


def _tell_prefect(decided: Sequence[Decided]) -> None:
    """End the reviews that wait for these decisions and emit their events; they stand whether Prefect hears or not."""
    if not decided:
        return
    from flows import environment
    from schemas.settings import load_settings

    try:
        if not environment.find_server(load_settings().home, note, within=2):
            return
    except SettingsError as exc:
        note(f"decided; {exc}: the next run ends its review")
        return
    if not environment.answers(environment.configured(), within=2):
        note(f"decided; no Prefect answers at {environment.configured()}: the next run ends its review")
        return
    environment.prepare(quiet=True)
    from flows.server import alerts

    try:
        alerts.decided(load_settings(), decided)
    except Exception as exc:  # noqa: BLE001 — whatever Prefect's client raises: the next run tells it again
        note(f"decided, but Prefect could not be told ({type(exc).__name__}): the next run ends its review")
