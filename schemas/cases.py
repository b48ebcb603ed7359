"""Cases: the findings that one cause explains, one line for a person.

A block is decided whole, so it belongs to one case with all that holds it. Where a figure is wrong for certain, blocks
in which nothing else is wrong follow it; a block that has a wrong figure of its own is a case of its own, so that
independent mistakes in neighbouring years are not chained. Where one of several figures must be wrong, findings that
any of them would explain are one case. What only warns of a block is part of the case that leads it, or a case by its
rule, as is what is found of a document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from schemas.areas import area_name
from schemas.findings import Culprit, Finding, Suspect, block_parts, dated_block
from schemas.sentences import product_text, unit_text
from schemas.units import is_amount
from schemas.vocabulary import SEVERITIES

#: What makes findings one case, within a dataset and release.
Key = tuple[str, ...]
_WORDS: Final = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
#: Wrong figures of one block that a sentence names.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Case:
    """Findings with one cause, the worst first; ``block`` is the leading one, that in which the wrong figure stands.

    ``name`` is what a person types: the leading block, dated where several releases of it are among the cases; of
    what is about no block, dataset, document and rule. ``blocks`` are those of the findings, decided together.
    """

    name: str
    sentence: str
    severity: str
    dataset: str
    released: str
    block: str
    findings: tuple[Finding, ...]
    blocks: tuple[str, ...]
    suspects: tuple[Suspect, ...]
    unit: str
    document: str
    position: str

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are broken, as the findings stand."""
        return tuple(dict.fromkeys(one.rule for one in self.findings))


def cases(findings: Iterable[Finding]) -> list[Case]:
    """The cases of findings, the worst first; the same in every order. What could not be evaluated is of no case."""
    releases: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        if one.result == "fails":
            releases.setdefault((one.dataset, one.released), []).append(one)
    found: list[Case] = []
    several = _several(releases)
    for found_of in releases.values():
        grouped = _grouped(found_of)
        leading = Counter(key[0] or own[0].block for key, own in grouped.items())
        for key, own in grouped.items():
            found.append(_case(key, own, several, leading))
    return sorted(found, key=worst_first)


def worst_first(case: Case) -> tuple[object, ...]:
    """To sort cases by."""
    return (*_worse(case.findings[0])[:3], case.name)


def _several(releases: Mapping[tuple[str, str], Sequence[Finding]]) -> set[str]:
    """Blocks of which findings of several releases are there."""
    seen: dict[str, set[str]] = {}
    if len(releases) > 1:
        for (_, released), found in releases.items():
            for block in {name for one in found for name in (one.block, *(each.block for each in one.culprits))}:
                seen.setdefault(block, set()).add(released)
    return {block for block, dates in seen.items() if len(dates) > 1}


def _grouped(findings: Sequence[Finding]) -> dict[Key, list[Finding]]:
    """The findings of one dataset and release by what explains them, the worst first."""
    ordered = sorted(findings, key=_worse)
    of_block: dict[str, list[Finding]] = {}
    for one in ordered:
        if one.block and _counts(one):
            of_block.setdefault(one.block, []).append(one)
    own = {one.block for one in ordered if one.block and _counts(one) and not one.culprits}
    own |= {blocks[0] for one in ordered if len(blocks := _blocks(one)) == 1}
    keys = {block: (block,) if block in own else _elsewhere(found) for block, found in of_block.items()}
    leading = {key: block for block, key in reversed(keys.items()) if not key[0]}
    leads = {block: (block,) for block in own} | {block: key for key, block in leading.items()}
    grouped: dict[Key, list[Finding]] = {}
    for one in ordered:
        beside: Key = ("", one.block or one.document, one.rule)
        grouped.setdefault(keys[one.block] if one.block and _counts(one) else leads.get(one.block, beside), []).append(
            one
        )
    return grouped


def _counts(one: Finding) -> bool:
    """Whether a finding says which figure is wrong, or holds its block; others are beside those that do."""
    return bool(one.culprits) or one.severity == SEVERITIES[0]


def _elsewhere(found: Sequence[Finding]) -> Key:
    """What explains the findings of a block in which no figure is known to be wrong: a figure elsewhere, or several."""
    one = min(found, key=lambda one: (SEVERITIES.index(one.severity), len(_blocks(one)) > 1))  # the first of the worst
    blocks = _blocks(one)
    return (blocks[0],) if len(blocks) == 1 else ("", *(f"{each.block} {each.figure}" for each in one.culprits))


def _blocks(one: Finding) -> tuple[str, ...]:
    """The blocks of the figures of which any one explains a finding."""
    return tuple(dict.fromkeys(each.block for each in one.culprits))


def _worse(one: Finding) -> tuple[object, ...]:
    """To sort by: what is worse comes first."""
    severity = SEVERITIES.index(one.severity)
    return severity, *miss(one.difference, one.allowed), one.rule, one.block, one.sentence, one.document, one.position


def miss(difference: str, allowed: str) -> tuple[bool, Fraction]:
    """To sort by: sides that miss each other most, relative to what is allowed, come first; all where nothing is."""
    (apart, more), (limit, places) = _digits(difference), _digits(allowed)
    if not limit:
        return not apart, Fraction(-apart, 10**more)
    return True, Fraction(-apart * 10**places, limit * 10**more)


def _digits(text: str) -> tuple[int, int]:
    """The digits of a decimal string, and how many of them stand behind the point."""
    whole, _, rest = text.rstrip("…").lstrip("-").partition(".")
    return int(f"{whole}{rest}" or "0"), len(rest)


def _case(key: Key, found: Sequence[Finding], several: set[str], leading: Mapping[str, int]) -> Case:
    first = found[0]
    certain = {} if not key[0] else {
        one.culprits[0].figure: one.culprits[0]
        for one in found
        if len(one.culprits) == 1 and one.culprits[0].block == key[0] and one.culprits[0].words
    }  # fmt: skip
    culprits = list(certain.values())
    where: Finding | Culprit = culprits[0] if culprits else first
    block = key[0] or first.block
    suspects = tuple(one.suspect for one in culprits if one.suspect) or first.suspects
    return Case(
        name=_name(block, first, several, _counts(first) or leading[block] < 2),
        sentence=_sentence(block, first, found, culprits),
        severity=first.severity,
        dataset=first.dataset,
        released=first.released,
        block=block,
        findings=tuple(found),
        blocks=tuple(sorted({one.block for one in found if one.block}, key=lambda name: (name != block, name))),
        suspects=suspects,
        unit=culprits[0].figure.split("/")[2] if culprits else first.unit,
        document=where.document,
        position=where.position,
    )


def _name(block: str, first: Finding, several: set[str], leads: bool) -> str:
    if not block:
        return "/".join((first.dataset or "-", first.document[:12] or "-", first.rule))
    name = block if leads else f"{block}/{first.rule}"
    return dated_block(name, first.released) if block in several and first.released else name


def _sentence(block: str, first: Finding, found: Sequence[Finding], culprits: Sequence[Culprit]) -> str:
    """``2023 machinery of China (trade): total 767.68 bn USD should be 777.665–777.695 (breaks three rules)``."""
    if not block:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        said = first.sentence.removeprefix(f"{first.position}: ")  # which stands beside it
        return f"{first.dataset}: {said}{more}" if first.dataset else f"{said}{more}"
    if not culprits:
        unit = ""
        if first.scale is not None and is_amount(first.unit):
            unit = f", in {unit_text(first.scale, first.unit)}" if first.scale >= 0 else f", in {first.unit}"
        return f"{_subject(first.block)}{unit}: {first.sentence.partition(': ')[2] or first.sentence}"
    named = {(each.block, each.figure) for each in culprits}
    rules = len({one.rule for one in found if any((each.block, each.figure) in named for each in one.culprits)})
    number = _WORDS[rules] if rules < len(_WORDS) else f"{rules:,}"
    said = "; ".join(one.words for one in culprits[:_NAMED])
    more = f" and {len(culprits) - _NAMED} more" if len(culprits) > _NAMED else ""
    slip = (
        f"{culprits[0].suspect.slip}; "
        if len(culprits) == 1 and culprits[0].suspect and culprits[0].suspect.slip
        else ""
    )
    return f"{_subject(block)}: {said}{more} ({slip}breaks {number} {'rule' if rules == 1 else 'rules'})"


@cache
def _about(reporter: str, partner: str) -> str:
    of = f" of {area_name(reporter)}" if reporter else ""
    return of if partner in ("", "WLD") else f"{of} with {area_name(partner)}"


def _subject(block: str) -> str:
    """``2023 machinery of China (cultural-trade)``."""
    about = block_parts(block)
    if not about["dataset"]:
        return block
    beside = "" if about["breakdown"] in ("", "_T") else f", {about['breakdown']}"
    words = f"{about['period'].replace('/', '–')} {product_text(about['product'])}"
    return f"{words}{_about(about['reporter'], about['partner'])} ({about['dataset']}{beside})"
