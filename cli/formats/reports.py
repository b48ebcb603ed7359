"""What a check found, for other programs' pages: annotations of GitHub, JUnit's XML, SARIF 2.1.0."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from xml.etree import ElementTree  # written only: nothing is parsed

from cli.formats.output import Row, machine_stream

#: Our severity → that of GitHub and that of SARIF.
_GITHUB: Final = {"error": "error", "warning": "warning", "information": "notice"}
_SARIF: Final = {"error": "error", "warning": "warning", "information": "note"}


class Report(StrEnum):
    """How the findings of a check are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    GITHUB = "github"
    JUNIT = "junit"
    SARIF = "sarif"


def write(rows: Sequence[Row], form: Report, paths: Mapping[str, str], grave: set[str]) -> None:
    """Write findings as a report; ``paths`` are the files by SHA-256, ``grave`` severities fail a test of JUnit's."""
    text = {
        Report.GITHUB: lambda: _github(rows, paths),
        Report.JUNIT: lambda: _junit(rows, paths, grave),
        Report.SARIF: lambda: _sarif(rows, paths),
    }[form]()
    machine_stream().write(text)


def _place(row: Row, paths: Mapping[str, str]) -> tuple[str, int]:
    """The file and the line of a finding, 0 where it has none."""
    file = paths.get(row["document"]) or next(iter(paths.values()), "")
    line = re.search(r"\brow (\d+)", row["position"])
    return file, int(line[1]) if line else 0


def _github(rows: Sequence[Row], paths: Mapping[str, str]) -> str:
    def escaped(text: str, marks: str = "%\r\n") -> str:
        return "".join(f"%{ord(char):02X}" if char in marks else char for char in text)

    lines = []
    for row in rows:
        file, line = _place(row, paths)
        said = {"file": file, **({"line": str(line)} if line else {}), "title": f"tradeledger {row['rule']}"}
        about = ",".join(f"{name}={escaped(text, '%:,' + chr(13) + chr(10))}" for name, text in said.items())
        lines.append(f"::{_GITHUB[row['severity']]} {about}::{escaped(row['sentence'])}\n")
    return "".join(lines)


def _junit(rows: Sequence[Row], paths: Mapping[str, str], grave: set[str]) -> str:
    root = ElementTree.Element("testsuites", name="tradeledger check")
    for file in dict.fromkeys(paths.values()):
        own = [row for row in rows if _place(row, paths)[0] == file]
        failed = [row for row in own if row["severity"] in grave]
        counts = {"name": file, "tests": str(len(own) or 1), "failures": str(len(failed)), "errors": "0"}
        suite = ElementTree.SubElement(root, "testsuite", counts)
        for row in own:
            name = f"{row['rule']}: {row['position']}"
            case = ElementTree.SubElement(suite, "testcase", classname=file, name=name)
            if row["severity"] in grave:
                fault = ElementTree.SubElement(case, "failure", type=row["severity"], message=row["sentence"])
                fault.text = f"{row['position']}: {row['sentence']}"
            else:
                ElementTree.SubElement(case, "system-out").text = f"{row['severity']}: {row['sentence']}"
        if not own:
            ElementTree.SubElement(suite, "testcase", classname=file, name="every rule that could be evaluated holds")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _sarif(rows: Sequence[Row], paths: Mapping[str, str]) -> str:
    from schemas.rules import RULES

    stated = {rule.id: rule.statement for rule in RULES}
    ids = list(dict.fromkeys(row["rule"] for row in rows))
    results = []
    for row in rows:
        file, line = _place(row, paths)
        where: dict[str, Any] = {"artifactLocation": {"uri": file.replace("\\", "/")}}
        if line:
            where["region"] = {"startLine": line}
        results.append(
            {
                "ruleId": row["rule"],
                "ruleIndex": ids.index(row["rule"]),
                "level": _SARIF[row["severity"]],
                "message": {"text": row["sentence"]},
                "locations": [{"physicalLocation": where}],
            }
        )
    rules = [{"id": one, "shortDescription": {"text": stated.get(one, one)}} for one in ids]
    driver = {"name": "tradeledger", "rules": rules}
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"
