"""``expected-rows``: a document with fewer figures than its source declares, or than its address gave last.

A table that lost half its rows on the way is as well-formed as a whole one, and what is left agrees with itself. So an
answer is counted:

- Where the address has answered before, the answer must have at least half as many figures as the last one.
- It must also have as many as its source declares (`Source.expected_rows`, shown by `tradeledger sources ID`), unless
  the last answer of its address had fewer and was published or accepted all the same: then as many as that one.

The last answer is the last one that stands: one that waits because it was short, or was rejected or superseded, is no
measure. What stands in a document and could not be read counts: it is listed by itself, it did not get lost.

A document that is short is held, whole, with one finding. Accepted, it is published, and the next answer of the same
size is not asked about; rejected, it is not asked about again when the same document comes again.

Not judged are files fed by hand, which are as a person chose them, and the last page of several (addresses that differ
in `page` only).

`identities={"expected-rows": "warning"}` of all datasets in a document makes it a warning that holds nothing, `"off"`
turns it off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from schemas.documents import Document, Notice, Parsed
from schemas.findings import Finding
from schemas.rules.shared.statements import Rule

if TYPE_CHECKING:
    from schemas.datasets import Dataset

RULE: Final = Rule(
    "expected-rows",
    "a document has no fewer figures than its source declares, nor than half of what its address gave last",
    "error",
    "ledger",
    order=17,
)


@dataclass(frozen=True)
class Missed:
    """What is said of documents that have too few: notices, which hold them; findings, where a dataset only warns."""

    notices: Sequence[Notice] = ()
    findings: Sequence[Finding] = ()


def too_few(
    documents: Sequence[Document],
    parsed: Parsed,
    last: Collection[str],
    least: int,
    before: Mapping[str, int],
    datasets: Mapping[str, Dataset],
) -> Missed:
    """Of ``documents`` that were asked for: those with fewer figures than ``least``, or half of what was ``before``.

    ``before`` has by SHA-256 how many the last answer of its address had that stands. Where that had fewer than
    declared and was published or accepted all the same, as many will do. ``last`` are addresses of last pages, which
    may be short.
    """
    frame, notices, findings = parsed.readings, [], []
    counts = frame["document"].value_counts()
    only = documents[0].sha256 if documents else ""
    for document in documents:
        sha = document.sha256
        # What stands there and cannot be read is listed by itself: it did not get lost on the way.
        unread = sum((one.document or only) == sha and one.severity == "error" for one in parsed.unreadable)
        now = int(counts.get(sha, 0)) + unread
        was = before.get(sha)
        enough = least if was is None else min(least, was)
        if document.url in last or (now >= enough and (was is None or 2 * now >= was)):
            continue
        sentence = f"{document.name} has {_figures(now)}, " + (
            f"its address gave {was:,} last" if was is not None and 2 * now < was else f"expected {enough:,} or more"
        )
        names = {str(name) for name in frame["dataset"][frame["document"] == sha].unique()}
        severity = _severity(names, datasets)
        notice = Notice(RULE.id, f"{sentence}: is it whole?", document=sha, about=_figures(now))
        if severity == "error":
            notices.append(notice)
        elif severity:
            one = Finding(RULE.id, severity, "fails", min(names), left=notice.about, document=sha)
            findings.append(replace(one, sentence=notice.sentence))
    return Missed(notices, findings)


def _figures(number: int) -> str:
    return f"{number:,} figure{'' if number == 1 else 's'}"


def _severity(names: set[str], datasets: Mapping[str, Dataset]) -> str:
    """As the datasets of a document declare it; one that holds its figures holds the document."""
    said = {datasets[name].identities.get(RULE.id, "") if name in datasets else "" for name in names}
    if said - {"off", "warning"} or not said:
        return "error"
    return "warning" if "warning" in said else ""


def last_pages(urls: Sequence[str]) -> frozenset[str]:
    """Of addresses that differ in ``page`` only, that of the last page where there are several."""
    pages: dict[str, dict[int, str]] = {}
    for url in urls:
        parts = urlsplit(url)
        params = dict(parse_qsl(parts.query))
        number = params.pop("page", "")
        if number.isdecimal():
            pages.setdefault(parts._replace(query=urlencode(params)).geturl(), {})[int(number)] = url
    return frozenset(one[max(one)] for one in pages.values() if len(one) > 1)
