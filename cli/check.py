"""``tradeledger check``: judge documents without a ledger, like any linter."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.formats import findings
from cli.formats.output import Format, Row, emit, note, outlives_pipe, print_table, say
from cli.formats.reports import Report, write
from cli.shared.options import EachOption
from cli.shared.reading import map_of, read_by_map
from schemas.errors import ParseError, Unsaid, UsageError

if TYPE_CHECKING:
    from schemas.cases import Case
    from schemas.checking import Checked
    from schemas.documents import Document, Parsed
    from schemas.judge import Judgement
    from sources.source import Source

#: How many of the rules that hold are said aloud.
HOLDS: Final = 10


@read_by_map
def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Tables of any shape, texts, addresses; - is standard input."),
    ],
    source: Annotated[
        str, typer.Option("--source", metavar="ID", help="Whose documents these are, see `tradeledger sources`.")
    ] = "table",
    whole: Annotated[
        bool, typer.Option("--whole", help="Nothing is missing: the last figure is whole, though no line end follows.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A warning counts like an error.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what could not be evaluated, and why.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Write how the table is read as a map, and judge nothing.")
    ] = False,
    each: EachOption = False,
    form: Annotated[
        Report,
        typer.Option("--format", "-f", help="A table for people, JSON or CSV; for CI: github, junit or sarif."),
    ] = Report.TABLE,
    **how: Any,
) -> int:
    """Judge figures by their own arithmetic; store nothing.

    A table is read as it is, and said how (docs/howto/any-table.md); what it leaves open is asked, with the option to
    say it. A press text is shown with its figures underlined: what agrees, contradicts, could not be judged. Findings
    that one cause explains are one case, and one line.

    Exit status 0 where every rule holds, 1 where a file has no sound table, 2 where something must be said first, 3
    where some rule does not hold or some figure could not be read.
    """
    from schemas.checking import checked
    from schemas.declarations import files_in
    from schemas.settings import load_settings
    from sources.registry import declarations, find_source
    from sources.shared.web.addresses import is_address

    known = find_source(source)
    # As a live fetch would have it: only so what a document prints of earlier releases is told apart (FT-900's foot).
    today = datetime.now(UTC).date().isoformat()
    documents = [
        replace(_document(source, name, today if known.requests else "", whole), map=map_of(source, name, how))
        for name in files
    ]
    if source == "table" and all(map(_is_text, documents)):
        source, known = "prose", find_source("prose")
        documents = [replace(document, source=source) for document in documents]
    folders = [load_settings().home, *(Path(name).parent for name in files if name != "-" and not is_address(name))]
    maps = ((f"the map of {one.name}", one.map) for one in documents if one.map)
    datasets = declarations(known, [*files_in(folders), *maps]).datasets.values()
    parsed = _parse(known, documents)
    if explain:
        for line in (line for part in parsed for text in part.maps.values() for line in text.splitlines()):
            say(line)
        return 0
    for line in (line for part in parsed for line in part.reading):
        (say if form is Report.TABLE else note)(f"read {line}")
    done = checked(documents, parsed, datasets, today)
    rows = [row for row in _rows(done, documents, source) if everything or row["result"] == findings.FAILS]
    grave = {"error", "warning"} if strict else {"error"}
    for line in _refused(documents, parsed):
        note(line)
    with outlives_pipe():
        if form is Report.TABLE:
            if source == "prose":
                _underline(done, documents, parsed)
            _tell(rows, [] if each else done.cases, documents, done.judgement)
        elif form in (Report.GITHUB, Report.JUNIT, Report.SARIF):
            paths = {one.sha256: name for one, name in zip(documents, files, strict=True)}
            write([row for row in rows if row["result"] == findings.FAILS], form, paths, grave)
        else:
            emit(rows, findings.FIELDS, findings.COLUMNS, Format(form.value))
        if not known.datasets:
            _propose(done, form)
    return 3 if any(row["severity"] in grave and row["result"] == findings.FAILS for row in rows) else 0


def _propose(done: Checked, form: Report) -> None:
    """Sums that look like a partition and are declared nowhere; for people, what declares them."""
    from schemas.proposals import proposals

    found = proposals(done.judgement.cells, done.judgement.datasets)
    for one in found:
        (say if form is Report.TABLE else note)(f"information: {one.sentence}")
    if found and form is Report.TABLE:
        say("to declare it, in tradeledger.toml beside the table:")
        for line in "\n\n".join(one.toml for one in found).splitlines():
            say(f"    {line}".rstrip())


def _is_text(document: Document) -> bool:
    """Whether it is a text and no table: a press release, a page of the web, a PDF or Word document."""
    from sources.prose import recognise

    body = document.content
    if body.startswith(b"%PDF-") or (body.startswith(b"PK") and b"word/document.xml" in body):
        return True
    return bool(document.url) or (b"<table" not in body[:200_000].lower() and recognise(body))


def _underline(done: Checked, documents: Sequence[Document], parsed: Sequence[Parsed]) -> None:
    """The texts, with what the rules say of each of their figures."""
    from cli.formats import underlined
    from schemas.verdicts import verdicts

    for document, marks in zip(documents, verdicts(done, documents, parsed), strict=True):
        underlined.show(document, marks)


def _document(source: str, name: str, released: str, whole: bool) -> Document:
    """A file or an address as a document of ``source``, ``-`` being standard input; UsageError where it is none."""
    from schemas.documents import Document
    from schemas.files import content
    from schemas.settings import load_settings
    from sources.registry import find_source
    from sources.shared.web.addresses import is_address

    if is_address(name):
        from sources.shared.web.one_page import fetch_page  # what is at hand asks nobody

        return fetch_page(find_source("prose" if source == "table" else source), name, load_settings())
    if name != "-":
        return Document(source, content(name), Path(name).name, released=released, whole=whole)
    if sys.stdin is None or sys.stdin.closed:  # by the caller: `<&-`
        raise UsageError("standard input is closed: name a file")
    return Document(source, sys.stdin.buffer.read(), "standard input", released=released, whole=whole)


def _parse(source: Source, documents: Sequence[Document]) -> list[Parsed]:
    """What ``source`` reads in the documents; raises ParseError for those it cannot read, naming those it can."""
    from sources.registry import check_origin

    parsed, sound, wrong = [], [], []
    for document in documents:
        try:
            check_origin(document)
            parsed.append(source.parse(document))
            sound.append(document.name)
        except ParseError as error:
            wrong.append(error)
    if wrong and len(documents) > 1:
        said = "; ".join(map(str, wrong))
        kind = Unsaid if all(isinstance(error, Unsaid) for error in wrong) else ParseError
        raise kind(f"{said}; nothing was judged; sound: {', '.join(sound) or 'none'}")
    if wrong:
        raise wrong[0]
    return parsed


def _refused(documents: Sequence[Document], parsed: Sequence[Parsed]) -> Iterator[str]:
    """What ``ingest`` would refuse, though the figures can be judged."""
    for document, part in zip(documents, parsed, strict=True):
        if part.undated:
            yield f"note: {document.name} does not say when its figures were released: ingest needs --released DATE"
        if late := part.to_come:
            yield f"note: {document.name} says figures were released on {late}, which is to come: ingest refuses them"


def _rows(done: Checked, documents: Sequence[Document], source: str) -> Iterator[Row]:
    """A row for each finding; a check has no ledger, so that everything it finds is new and of no run."""
    for finding in done.findings:
        yield {
            **dict.fromkeys(findings.FIELDS, ""),
            **asdict(finding),
            **_named(finding.sentence, finding.document, finding.position, documents),
            "source": source,
            "run": None,
            "state": "new",
            "case": done.case_of(finding),
        }


def _named(sentence: str, sha: str, position: str, documents: Sequence[Document]) -> dict[str, str]:
    """A sentence and a place, with files where the ledger has SHA-256s."""
    for one in documents:
        sentence = sentence.replace(one.sha256[:12], one.name)
        position = _at(one, position) if one.sha256 == sha else position
    return {"sentence": sentence, "position": position}


def _at(document: Document, position: str) -> str:
    return f"{document.name}, {position}" if position else document.name


def _tell(rows: Sequence[Row], told: Sequence[Case], documents: Sequence[Document], judgement: Judgement) -> None:
    """For people: what does not hold, by case or else each finding, what does, and the sums."""
    lines: Sequence[Row] = rows
    if told:
        shown = [(one, _named(one.sentence, one.document, one.position, documents)) for one in told]
        lines = [{"severity": one.severity, "rule": ", ".join(one.rules), **said} for one, said in shown]
        lines = [*lines, *(row for row in rows if row["result"] != findings.FAILS)]
    if lines:
        print_table(findings.CHECK_CASES if told else findings.CHECK_COLUMNS, lines)
        say()
    for sentence in judgement.checked(HOLDS):
        say(f"holds: {sentence}")
    holds = int((judgement.evaluations["result"] == "holds").sum())
    # Those that --all lists: a rule about a flow that is printed nowhere was never meant.
    idle = sum(finding.result != findings.FAILS for finding in judgement.findings)
    severities = Counter(row["severity"] for row in lines if row.get("result", findings.FAILS) == findings.FAILS)
    unread = sum(int(row["right"] or 1) for row in rows if row["rule"] == "readable" and row["severity"] == "error")
    say(
        f"{', '.join(document.name for document in documents)}: {judgement.size} figures"
        f"{f', {unread} unreadable' if unread else ''}; {holds} rules hold, {idle} not evaluable; "
        + (", ".join(f"{number} {_plural(word, number)}" for word, number in severities.items()) or "nothing found")
    )


def _plural(word: str, number: int) -> str:
    return word if number == 1 or word == "information" else f"{word}s"
