"""The structure of SDMX-CSV as SDMX-ML: dataflow, code lists, concepts and DSD; whose figures, as annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from lxml import etree
from lxml.builder import ElementMaker

from cli.formats.exports.columnar import TITLE
from cli.formats.exports.sdmx_words import AGENCY, ATTRIBUTES, DIMENSIONS, TIME, VALUE, VERSION, Codelist, Component
from cli.formats.output import Row
from cli.formats.text import printable

#: Id of the dataflow and of its DSD.
FIGURES: Final = "FIGURES"
CONCEPTS: Final = "CONCEPTS"
DIALECTS: Final = ("2.1", "3.0")
#: Where in SDMX's information model things stand that are referred to.
_PACKAGES: Final = {"Concept": "conceptscheme", "Codelist": "codelist", "DataStructure": "datastructure"}
_SPACES: Final = "http://www.sdmx.org/resources/sdmxml/schemas/v{}/{}"


def structure(dialect: str, lists: Sequence[Codelist]) -> bytes:
    """A structure message in SDMX-ML 2.1 or 3.0."""
    message = _Message(dialect)
    root = message.mes.Structure(message.header(), message.structures(lists))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


class _Message:
    """What makes elements of a dialect: they differ in how one thing refers to another, and in a few names."""

    def __init__(self, dialect: str) -> None:
        self.old = dialect == "2.1"
        spaces = {
            name: _SPACES.format(dialect.replace(".", "_"), full)
            for name, full in (("mes", "message"), ("str", "structure"), ("com", "common"))
        }
        self.mes, self.str, self.com = (ElementMaker(namespace=space, nsmap=spaces) for space in spaces.values())
        self.plain = ElementMaker()
        self.lists: Mapping[str, Codelist] = {}

    def header(self) -> Any:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        mes = self.mes
        return mes.Header(mes.ID(FIGURES), mes.Test("false"), mes.Prepared(now), mes.Sender(id=AGENCY))

    def structures(self, lists: Sequence[Codelist]) -> Any:
        self.lists = {one.id: one for one in lists}
        sources = self.lists["CL_SOURCE"].sources
        flow = self.kept("Dataflow", FIGURES, TITLE, notes=[note for one in sources for note in self.licence(one)])
        flow.append(self.refers("Structure", "DataStructure", (AGENCY, FIGURES, VERSION)))
        scheme = self.kept("ConceptScheme", CONCEPTS, "Concepts of published figures")
        for one in (*DIMENSIONS, TIME, VALUE, *ATTRIBUTES):
            scheme.append(self.str.Concept(*self.named(one.id, one.about), id=one.id))
        concepts = self.str.Concepts(scheme) if self.old else self.str.ConceptSchemes(scheme)
        codelists = self.str.Codelists(*map(self.codelist, lists))
        definition = self.kept("DataStructure", FIGURES, TITLE)
        definition.append(self.components())
        definitions = self.str.DataStructures(definition)
        flows = self.str.Dataflows(flow)
        # Each has an order of its own.
        parts = (flows, codelists, concepts, definitions) if self.old else (codelists, concepts, flows, definitions)
        return self.mes.Structures(*parts)

    def kept(self, kind: str, name: str, title: str, agency: str = AGENCY, version: str = VERSION, *,
             partial: bool = False, notes: Sequence[Any] = ()) -> Any:  # fmt: skip
        """Something with an agency and a version."""
        said = {"id": name, "agencyID": agency, "version": version} | ({"isPartial": "true"} if partial else {})
        annotations = [self.com.Annotations(*notes)] if notes else []
        return self.str(kind, *annotations, *self.named(title), **said)

    def named(self, name: str, about: str = "") -> list[Any]:
        lang = {"{http://www.w3.org/XML/1998/namespace}lang": "en"}
        found = [self.com.Name(lang, printable(name))]
        return [*found, self.com.Description(lang, printable(about))] if about else found

    def codelist(self, one: Codelist) -> Any:
        title = one.id.removeprefix("CL_").replace("_", " ").capitalize()
        made = self.kept("Codelist", one.id, title, one.agency, one.version, partial=one.partial)
        notes = {row["id"]: self.licence(row) for row in one.sources}
        for code, name in one.names.items():
            annotations = [self.com.Annotations(*notes[code])] if notes.get(code) else []
            made.append(self.str.Code(*annotations, *self.named(name or code), id=code))
        return made

    def licence(self, source: Row) -> list[Any]:
        """Whose figures they are, and under which licence."""
        com, said = self.com, {"PUBLISHER": source["publisher"], "LICENCE": source["licence"]}
        url = source["landing_page"]
        found = []
        for kind, text in said.items():
            parts = [com.AnnotationTitle(source["id"]), com.AnnotationType(kind)]
            parts += [com.AnnotationURL(url)] if url else []
            found += [com.Annotation(*parts, com.AnnotationText(text))] if text else []
        return found

    def refers(self, element: str, kind: str, to: tuple[str, str, str], item: str = "") -> Any:
        """A reference to agency, id and version: elements with attributes in 2.1, a URN in 3.0."""
        agency, name, version = to
        if not self.old:
            urn = f"urn:sdmx:org.sdmx.infomodel.{_PACKAGES[kind]}.{kind}={agency}:{name}({version})"
            return self.str(element, f"{urn}.{item}" if item else urn)
        said = {"agencyID": agency, "package": _PACKAGES[kind], "class": kind}
        if item:
            said |= {"id": item, "maintainableParentID": name, "maintainableParentVersion": version}
        else:
            said |= {"id": name, "version": version}
        return self.str(element, self.plain.Ref(**said))

    def component(self, kind: str, one: Component, *more: Any, **said: str) -> Any:
        concept = self.refers("ConceptIdentity", "Concept", (AGENCY, CONCEPTS, VERSION), one.id)
        if one.codes:
            listed = self.lists[one.codes]
            inside = self.refers("Enumeration", "Codelist", (listed.agency, listed.id, listed.version))
        else:
            inside = self.str.TextFormat(textType=one.text)
        return self.str(kind, concept, self.str.LocalRepresentation(inside), *more, id=one.id, **said)

    def components(self) -> Any:
        """The dimensions, attributes and the measure of the DSD."""
        dimensions = self.str.DimensionList(id="DimensionDescriptor")
        for at, one in enumerate(DIMENSIONS, start=1):
            dimensions.append(self.component("Dimension", one, position=str(at)))
        last = {"position": str(len(DIMENSIONS) + 1)} if self.old else {}
        dimensions.append(self.component("TimeDimension", TIME, **last))
        attributes = self.str.AttributeList(id="AttributeDescriptor")
        usage, always, else_ = (
            ("assignmentStatus", "Mandatory", "Conditional") if self.old else ("usage", "mandatory", "optional")
        )
        for one in ATTRIBUTES:
            to = self.str.PrimaryMeasure(self.plain.Ref(id=VALUE.id)) if self.old else self.str.Observation()
            relation = self.str.AttributeRelationship(to)
            attributes.append(self.component("Attribute", one, relation, **{usage: always if one.always else else_}))
        kind, may_lack = ("PrimaryMeasure", {}) if self.old else ("Measure", {"usage": "optional"})
        measures = self.str.MeasureList(self.component(kind, VALUE, **may_lack), id="MeasureDescriptor")
        return self.str.DataStructureComponents(dimensions, attributes, measures)
