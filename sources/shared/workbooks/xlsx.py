"""XLSX and XLSM, part by part, without a tree: what a page shows needs what it hides, and a bomb must not be unpacked.

openpyxl and calamine make a grid of all cells up to the last one, and neither says cheaply which rows are hidden.
Source: ECMA-376 part 1, 18.2–18.8.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from typing import Any, Final
from xml.parsers import expat

from schemas.errors import ParseError
from sources.shared.workbooks.cells import Grid, raised
from sources.shared.workbooks.looks import Rule
from sources.shared.workbooks.styles import TRUE, Attributes, Styles

#: What a workbook may unpack to, in bytes, elements and characters of text.
LIMIT: Final = 256 * 2**20
ELEMENTS: Final = 2_000_000
TEXT: Final = 64 * 2**20
_CHUNK: Final = 2**20
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_ROWS, _COLUMNS = 1_048_576, 16_384


class _Locals(dict[str, str]):
    """Names without their namespace; there are few, each comes a million times."""

    def __missing__(self, name: str) -> str:
        return self.setdefault(name, name.rpartition(" ")[2])


class Package:
    """The parts of a workbook. Raises ParseError where it is damaged, a bomb, or declares a document type."""

    def __init__(self, content: bytes, kind: str = "XLSX") -> None:
        self.size, self.elements, self.characters, self.kind = len(content), 0, 0, kind
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
            infos = self.archive.infolist()
        except Exception as exc:  # zipfile and zlib raise ValueError, NotImplementedError, … of damaged archives
            raise self._damaged() from exc
        if (unpacked := sum(info.file_size for info in infos)) > LIMIT:
            raise ParseError(f": {len(content)} bytes unpack to {unpacked}, more than {LIMIT}: refused")
        names = [info.filename for info in infos]
        if len(set(names)) < len(names):
            raise ParseError(f": it holds {max(names, key=names.count)} twice: refused")
        for name in names:
            self._check_prolog(name)

    def _damaged(self) -> ParseError:
        return ParseError(f" is a damaged or cut-off {self.kind} workbook ({self.size} bytes)")

    def _check_prolog(self, name: str) -> None:
        """Read a part, whatever its name, until its first element: no workbook declares a document type."""
        found: list[str] = []
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = lambda *_: found.append("doctype")
        parser.StartElementHandler = lambda *_: found.append("element")
        parser.EntityDeclHandler = lambda *_: found.append("doctype")
        first = b""
        try:
            with self.archive.open(name) as part:
                while not found and (chunk := part.read(_CHUNK)):
                    first = first or chunk[:200]
                    parser.Parse(chunk)
                while part.read(_CHUNK):  # to the end: the checksum shows what is damaged
                    pass
        except expat.ExpatError:
            if _is_xml(first) and not found:
                raise ParseError(f" is damaged: {name} is no XML") from None
        except Exception as exc:
            raise self._damaged() from exc
        if "doctype" in found:
            raise ParseError(f": {name} declares XML entities, no workbook does: refused")

    def read(self, name: str, start: Callable[[str, Attributes], None], end: Callable[[str, str], None]) -> bool:
        """Walk a part: ``start(element, attributes)`` and ``end(element, text)``; False where there is no such part."""
        try:
            part = self.archive.open(name)
        except KeyError:
            return False
        text: list[str] = []
        local = _Locals()

        def opened(element: str, attributes: Attributes) -> None:
            self.elements += 1
            if self.elements > ELEMENTS:
                raise ParseError(f": {self.size} bytes hold more than {ELEMENTS} cells and rows: refused")
            text.clear()
            start(local[element], attributes)

        def closed(element: str) -> None:
            said = "".join(text)
            if said:
                text.clear()
                self.characters += len(said)
                if self.characters > TEXT:
                    raise ParseError(f": {self.size} bytes hold more than {TEXT} characters: refused")
            end(local[element], said)

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = opened, closed
        parser.CharacterDataHandler = text.append
        try:
            with part:
                while chunk := part.read(_CHUNK):
                    parser.Parse(chunk)
                parser.Parse(b"", True)
        except ParseError:
            raise
        except Exception as exc:  # expat and zipfile, and what a handler makes of attributes that are no numbers
            raise ParseError(f" is a damaged XLSX workbook: {name}: {type(exc).__name__}") from exc
        return True

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Relations of a part: id → kind and part."""
        folder, _, name = part.rpartition("/")
        found: dict[str, tuple[str, str]] = {}

        def start(element: str, said: Attributes) -> None:
            if element == "Relationship" and said.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, said["Target"])).lstrip("/")
                found[said["Id"]] = (said["Type"].rpartition("/")[2], target)

        self.read(f"{folder}/_rels/{name}.rels".lstrip("/"), start, lambda *_: None)
        return found


def _is_xml(first: bytes) -> bool:
    """Whether a part begins as XML does, in any encoding of Unicode."""
    return first.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<") or first.startswith(b"L\x6f\xa7\x94")


def read_xlsx(content: bytes) -> tuple[list[Grid], bool]:
    """The worksheets in their order, and whether dates count from 1904."""
    package = Package(content)
    roots = [part for kind, part in package.targets("").values() if kind == "officeDocument"]
    book = roots[0] if roots else "xl/workbook.xml"
    listed: list[tuple[str, str, str]] = []
    since_1904 = False

    def start(element: str, said: Attributes) -> None:
        nonlocal since_1904
        if element == "sheet":
            relation = next((text for key, text in said.items() if key.endswith((" id", ":id"))), "")
            listed.append((said["name"], said.get("state", "visible"), relation))
        elif element == "workbookPr":
            since_1904 = said.get("date1904", "0") in TRUE

    if not package.read(book, start, lambda *_: None):
        raise ParseError(f" is a damaged XLSX workbook: it has no {book}")
    targets = package.targets(book)
    parts = dict(targets.values())
    shared = _Texts()
    package.read(parts.get("sharedStrings", ""), shared.start, shared.end)
    styles = Styles()
    package.read(parts.get("styles", ""), styles.start, styles.end)
    grids = []
    for title, state, relation in listed:
        kind, part = targets.get(relation, ("", ""))
        if kind == "chartsheet":
            continue
        reader = _Sheet(Grid(title, state == "visible"), shared.found, styles)
        if not package.read(part, reader.start, reader.end):
            raise ParseError(f" is a damaged XLSX workbook: it has no sheet {title!r}")
        grids.append(reader.grid)
    return grids, since_1904


class _Texts:
    """Texts of ``si`` and ``is``: runs joined, phonetic ones left out, raised and lowered digits marked as such."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._runs: list[str] = []
        self._phonetic = self._raised = False

    def start(self, element: str, said: Attributes) -> None:
        if element in ("si", "is"):
            self._runs = []
        elif element == "rPh":
            self._phonetic = True
        elif element == "r":
            self._raised = False
        elif element == "vertAlign":
            self._raised = said.get("val") in ("superscript", "subscript")

    def end(self, element: str, text: str) -> None:
        if element == "t" and not self._phonetic:
            self._runs.append(raised(text) if self._raised else text)
        elif element == "rPh":
            self._phonetic = False
        elif element == "r":
            self._raised = False
        elif element in ("si", "is"):
            self.found.append("".join(self._runs))


class _Sheet:
    """One worksheet."""

    def __init__(self, grid: Grid, shared: list[str], styles: Styles) -> None:
        self.grid, self._shared, self._styles, self._differential = grid, shared, styles.shown(), styles.differential
        self._areas: list[tuple[int, int, int, int]] = []
        self._rule: Attributes = {}
        self._operands: list[str] = []
        self._row = self._column = 0
        self._said: Attributes = {}
        self._value: str | None = None
        self._formula: str | None = None
        self._inline = _Texts()
        self._flat = False

    def start(self, element: str, said: Attributes) -> None:
        if element == "c":
            self._said, self._value, self._formula = said, None, None
            self._row, self._column = self._place(said.get("r"))
        elif element == "row":
            self._row, self._column = int(said.get("r", self._row + 1)), 0
            height = float(said.get("ht", "0" if self._flat else "15"))
            if said.get("hidden") in TRUE or height < 0.5:
                self.grid.hidden_rows.add(self._row)
        elif element == "col":
            found = (int(said["min"]), int(said["max"]))
            hides = said.get("hidden") in TRUE or float(said.get("width", "9")) < 0.1
            (self.grid.hidden_columns if hides else self.grid.shown_columns).append(found)
        elif element == "sheetFormatPr":
            # ``zeroHeight`` is about rows of which nothing is said: a row with cells says whether it is hidden.
            self._flat = float(said.get("defaultRowHeight", "15")) < 0.5
            self.grid.columns_hidden = float(said.get("defaultColWidth", "9")) < 0.1
        elif element == "mergeCell":
            self.grid.merged.append(self._range(said["ref"]))
        elif element == "conditionalFormatting":
            self._areas = [self._range(ref) for ref in said.get("sqref", "").split()]
        elif element == "cfRule":
            self._rule, self._operands = said, []
        else:
            self._inline.start(element, said)

    def _range(self, ref: str) -> tuple[int, int, int, int]:
        first, _, last = ref.partition(":")
        return (*self._place(first), *self._place(last or first))

    def _add_rule(self) -> None:
        """A conditional format that may hide: one that sets a number format, or a colour of digits or ground."""
        at = int(self._rule.get("dxfId", "-1"))
        if 0 <= at < len(self._differential) and (sets := self._differential[at]):
            operator = self._rule.get("operator", "") if self._rule.get("type") == "cellIs" else ""
            operands = tuple(self._operands) if operator else ()
            rule = Rule(sets.get("code"), sets.get("colour"), sets.get("ground"), operator, operands)
            self.grid.rules += [(area, rule) for area in self._areas]

    def _place(self, said: str | None) -> tuple[int, int]:
        if said is None:
            return self._row, self._column + 1
        match = _PLACE.fullmatch(said)
        if match is None:
            raise ValueError(said)
        column = 0
        for letter in match[1]:
            column = 26 * column + ord(letter) - 64
        row = int(match[2])
        if not (0 < row <= _ROWS and column <= _COLUMNS):
            raise ValueError(said)
        return row, column

    def end(self, element: str, text: str) -> None:
        if element == "v":
            self._value = text
        elif element == "f":
            self._formula = text
        elif element == "c":
            if self._value is not None or self._formula is not None:
                value = self._read(self._said.get("t", "n"))
                if value is not None:
                    self.grid.put(self._row, self._column, value, *self._styles[int(self._said.get("s", "0"))])
        elif element == "formula":
            self._operands.append(text.strip())
        elif element == "cfRule":
            self._add_rule()
        else:
            self._inline.end(element, text)
            if element == "is":
                self._value = self._inline.found.pop()

    def _read(self, kind: str) -> Any:
        text = self._value
        if text is None:
            return f"={self._formula}"  # never calculated: the figure is nowhere in the file
        if kind == "s":
            return self._shared[int(text)]
        if kind == "b":
            return text in TRUE
        if kind != "n":
            return text or None
        if not _NUMBER.fullmatch(text.strip()):
            return text.strip() or None
        return float(text) if re.search("[.eE]", text) else int(text)
