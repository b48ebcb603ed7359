"""What a page shows is what is read: marks, hidden parts, lines and swallowed rows, through the pages of a source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.observations import OBSERVATIONS
from sources.gacc import SOURCE
from sources.shared.pages.html import page_text
from tests import payloads

PAGE = payloads.gacc_headline().decode()
CELL = "<span><b>5,271.8</b></span>"
ROW = PAGE[PAGE.index("<tr>", PAGE.index(CELL) + 20) : PAGE.index("</tr>", PAGE.index("3,123.1")) + 5]
SHEET = (
    "<style>/* of the page */ .x, .q td:nth-child(2) { display: none } @media print { .y { display: none } }"
    ".raise { vertical-align: super } @media screen { .z { visibility: hidden } }"
    ".back { display: none !important } .up { font-variant-position: super } tt { mso-text-raise: 4pt }"
    "@media not print { .n { display: none } } @media not screen { .o { display: none } }"
    ".p { color: red; .k { display: none } & .l, > .m { display: none } @media screen { & { color: blue } } }"
    ".t:nth-of-type(1) { display: none } .t2:hover, .t2::after, .t2:focus-visible { display: none }"
    ".q::before { content: '\\31' } .r::before { content: '\\2022' }</style>"
)


def parse(page: str) -> Parsed:
    parsed = SOURCE.parse(Document("gacc", page.encode("utf-8", "surrogatepass"), "page.html"))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def changed(old: str, new: str, head: str = "") -> Parsed:
    assert PAGE.count(old) == 1
    return parse(PAGE.replace(old, new).replace("</head>", f"{head}</head>"))


def texts(parsed: Parsed) -> list[str]:
    return parsed.readings["text"].tolist()


GOOD = texts(parse(PAGE))
WITHOUT = [text for text in GOOD if text != "5,271.8"]

#: Styles of what no reader sees, each hides a line of a unit too; and those that may hide and are not followed.
UNSEEN = [
    "color:rgba(0,0,0,0)",
    "color:rgb(0 0 0 / 0%)",
    "color:#0000",
    "opacity:1%",
    "margin-left:-9999px",
    "margin:0 0 0 -999px",
    "position:relative;left:-9999px",
    "transform:translateX(-9999px)",
    "mso-hide:all",
]
DOUBTFUL = [
    "transform:rotateX(90deg)",
    "opacity:calc(0)",
    "display:var(--x)",
    "scale:0",
    "zoom:1%",
    "clip-path:circle(0)",
    "-webkit-text-fill-color:transparent",
    "color:var(--x)",
]
#: A cell that shows 5,271.8 and a mark, or a figure in other clothes.
READ = [
    "5,271.8<small>1</small>",
    "5,271.8 <small>(1)</small>",
    "5,271.8<sub>2</sub>",
    "5,271.8<sup>12</sup>",
    "5,271.8<sup><a href='/notes.html'>1,2</a></sup>",
    "5,271.8<a href='#fn1'>1</a>",
    "5,271.8<a href='notes.html#_ftn2'>12</a>",
    "5,271.8<small>r</small>",
    "5,271.8<small>*</small>",
    "<a href='/x.html'>5,271.8</a><a href='#fn1'>1</a>",
    "5,271.8<span style='vertical-align:super'>1</span>",
    "5,271.8<span style='vertical-align: 4px'>1</span>",
    "5,271.8<span style='position:relative; top:-0.5em'>1</span>",
    "5,271.8<span style='font-size:70%'>1</span>",
    "5,271.8<span style='FONT-SIZE: smaller'>1</span>",
    "<span style='font-size:12pt'>5,271.8<span style='font-size:8pt'>1</span></span>",
    "<font size='3'>5,271.8</font><font size='1'>1</font>",
    "5,271.8<font size='-2'>1</font>",
    "5,271.8<span class='footnote'>3</span>",
    "5,271.8<span class='fnref'>3</span>",
    "5,271.8<span class='raise'>1</span>",
    "<small>5,271.8<small>1</small></small>",
    "5,271.8<br><small>1</small>",
    "5,271.8<a name='fn1'>1</a>",
    "<span style='color:white; display:inline-block'>5,271.8</span>",
    "<small>5,271.8</small>",
    "<a href='#row4'>5,271.8</a>",
    "<p>5,271.8</p>",
    "<font size='1'>5,271.8</font>",
    "<span style='font-size:9pt'>5,27</span><span style='font-size:9.0pt'>1.8</span>",
    "5,2<i>71</i><span>.8</span>",
    "5,271<wbr>.8",
    "\n  5,271.8\r\n ",
    "<span aria-hidden='true'>5,271.8</span>",
    "<span class='y'>5,271.8</span>",
    "<span class='x' style='display:inline !important'>5,271.8</span>",
    "5,271.8<span class='MsoFootnoteReference'>1</span>",
    "5,271.8<span style='position:relative;bottom:4px'>1</span>",
    "<u>5,2<strong>71</strong></u><nobr><font>.</font><!-- a --><span lang='en'><em>8</em></span></nobr>",
    "<span style='margin:0;zoom:1'>5,27</span><span style='font-weight:bold'>1.8</span>",
    "<mark title='new' class='k'>5,271.8</mark>",
    *(f"<span class='{name}'>5,271.8</span>" for name in ("k", "o", "t2", "r")),
    *(
        f"<span style='{style}'>5,271.8</span>"
        for style in (
            "zoom:.9",
            "opacity:80%",
            "transform:translate(-50%,0)",
            "margin-left:-490px",
            "color:hsl(0,0%,9%)",
        )
    ),
    "5,271.8<script>1</script>",
    "5,271.8<style>.a1 { top: 1px }</style>",
    "5,271.8<select><option>1</option></select>",
    "5,271.8<noscript>1</noscript>",
    "5,271.8<template>1</template>",
    "5,271.8<textarea>1</textarea>",
    "5,271.8<input value='1'>",
    "5,271.8<svg><title>1</title></svg>",
    "5,271.8<!-- 1 -->",
    "5,271.8<!-->",
    "<span hidden>9</span>5,271.8",
    *(
        f"5,271.8<span style='{style}'>1</span>"
        for style in (
            "display: none",
            "display:NONE !important",
            "visibility:hidden",
            "font-size:0",
            "font-size: 0px",
            "opacity:0",
            "position:absolute; left:-9999px",
            "color: transparent",
            "clip: rect(0 0 0 0)",
            "width: 0; overflow: hidden",
            "transform: scale(0)",
            "text-indent: -9999px",
            *UNSEEN,
        )
    ),
    *(f"5,271.8<span class='p'><span class='{name}'>1</span></span>" for name in ("n", "k", "l", "m")),
    *(f"5,271.8<span class='{name}'>1</span>" for name in ("x", "a x b", "z", "back", "sr-only")),
    "5,271.8<span class='back' style='display:inline'>1</span>",
]
#: A cell of which nobody can say what figure it is.
LISTED = [
    "5,271<small>.8</small>",
    "5,27<small>18</small>",
    "5,27<span style='font-size:12pt'>1.8</span>",
    "5<span style='font-size:12pt'>2</span>",
    "52<a href='/x.html'>71</a>",
    "<small>1</small>5,271.8",
    "5,271.8<a>1</a>",
    *(f"5,271.8<span style='{style}'>1</span>" for style in ("display:block", "float:right", "color:#FFF")),
    *(
        f"5,271.8<span style='{style}'>1</span>"
        for style in (
            *("mso-text-raise:4pt", "font-variant-position:super", "baseline-shift:super", "zoom:0.5", "color:#fffffe"),
            *("color:hsl(0,0%,100%)", "unheard-of:1", *DOUBTFUL),
        )
    ),
    *(f"5,271.8<{tag}>1</{tag.split()[0]}>" for tag in ("cite", "mark", "span title='footnote 1'", "tt", "o:p", "ins")),
    *(f"5,271.8<span class='{name}'>1</span>" for name in ("up", "k", "o", "t", "q")),
    "5,271.8<svg><text>1</text></svg>",
    "5,271.8<ruby>1<rt>2</rt></ruby>",
    "5 <cite>271.8</cite>",
    *(f"<span style='{style}'>5,271.8</span>" for style in DOUBTFUL),
    *(f"<span class='{name}'>5,271.8</span>" for name in ("t", "q")),
    "<del>5,217.8</del> 5,271.8",
    "<s>5,271.8</s>",
    "<span style='text-decoration:line-through'>5,271.8</span>",
    "<bdo dir='rtl'>8.172,5</bdo>",
    "5<br>271.8",
    "<p>5</p><p>271.8</p>",
    "5,271<div>.8</div>",
    "-<br>5.8",
    "<pre>5\n271.8</pre>",
    "5,27&#0;1.8",
    "5,27&#x1b;1.8",
    "5,27\x1f1.8",
    "5,27&#xD800;1.8",
    "5,27&#x110000;1.8",
    "5,27&shy;1.8",
    "5,27&#8203;1.8",
    "&#8238;8.172,5",
]


@pytest.mark.parametrize("cell", READ)
def test_a_mark_or_a_hidden_text_is_no_digit_of_a_figure(cell: str) -> None:
    parsed = changed("5,271.8", cell, SHEET)
    assert texts(parsed) == GOOD
    assert {fault.severity for fault in parsed.unreadable} <= ({"error"} if "sr-only" in cell else {"warning"})


@pytest.mark.parametrize("cell", LISTED)
def test_what_could_be_two_figures_is_listed_and_none(cell: str) -> None:
    parsed = changed("5,271.8", cell, SHEET)
    assert texts(parsed) == WITHOUT
    (fault,) = parsed.unreadable
    assert (fault.position, fault.severity) == ("row 5, column 2", "error")


HIDING = ["hidden", "style='display:none'", "style='visibility: collapse'", "class='x'", "class='back'"]


@pytest.mark.parametrize("how", HIDING)
def test_a_hidden_row_is_not_read_and_said_once(how: str) -> None:
    more = ROW.replace("Total Export", "Total Import").replace("3,123.1", "9,999.9").replace("<tr>", f"<tr {how}>")
    for page in (PAGE.replace(ROW, ROW + more), PAGE.replace(ROW, ROW + f"</tbody><tbody {how}>{more}</tbody><tbody>")):
        parsed = parse(page.replace("</head>", f"{SHEET}</head>"))
        assert texts(parsed) == GOOD
        (fault,) = parsed.unreadable
        assert (fault.severity, fault.position) == ("warning", "row 6")
        assert "9,999.9" in fault.seen
        assert fault.expected.startswith("hidden on the page")


@pytest.mark.parametrize("how", ["style='display:none'", "style='visibility:collapse'", "hidden", "class='x'"])
def test_a_hidden_column_is_not_read_and_said_once(how: str) -> None:
    for col in (f"<col><col><col {how}>", f"<colgroup span='2'></colgroup><colgroup {how}><col></colgroup>"):
        parsed = changed("<tbody>", f"{col}<tbody>", SHEET)
        gone = {"55,967.4", "32,407.1", "23,560.3", "8,846.8"}
        assert set(texts(parsed)) == set(GOOD) - gone
        (fault,) = [one for one in parsed.unreadable if one.severity == "warning"]
        assert all(text in fault.seen for text in gone)


@pytest.mark.parametrize("wrap", ["<div hidden>{}</div>", "<div class='x'><p>a</p>{}</div>", "<template>{}</template>"])
def test_a_hidden_table_is_none_and_said(wrap: str) -> None:
    table = PAGE[PAGE.index("<table") : PAGE.index("</table>") + 8]
    with pytest.raises(ParseError, match="it is hidden"):
        changed(table, wrap.format(table), SHEET)
    parsed = changed(table, wrap.format(table.replace("5,271.8", "7,777.7")) + table, SHEET)
    assert texts(parsed) == GOOD
    assert [("7,777.7" in fault.seen, fault.severity) for fault in parsed.unreadable] == [(True, "warning")]


@pytest.mark.parametrize(
    "hidden", ["<p hidden>{}</p>", "<!--<p>{}</p>-->", "<script>{}</script>", "<p class='x'>{}</p>"]
)
def test_a_hidden_line_says_no_unit_no_title_and_no_date(hidden: str) -> None:
    parsed = changed("<table", hidden.format("Unit: CNY 1 Million") + "<table", SHEET)
    assert (texts(parsed), parsed.notices) == (GOOD, ())
    other = '<div class="atcl-ttl">(1) China\'s Total Export & Import Values, October 2023 (in CNY)</div>'
    parsed = changed("<table", hidden.format(other).replace("<p", "<div").replace("</p", "</div") + "<table", SHEET)
    assert (texts(parsed), parsed.notices) == (GOOD, ())


@pytest.mark.parametrize("style", [*UNSEEN, *DOUBTFUL])
def test_a_line_that_is_not_or_perhaps_not_seen_says_no_unit(style: str) -> None:
    parsed = changed("<table", f"<p style='{style}'>Unit: CNY 1 Million</p><table")
    assert (texts(parsed), parsed.notices) == (GOOD, ())


def test_a_row_that_may_be_hidden_is_listed_figure_by_figure() -> None:
    more = ROW.replace("Total Export", "Total Import").replace("3,123.1", "9,999.9").replace("<tr", "<tr class='t'", 1)
    parsed = changed(ROW, ROW + more, SHEET)
    assert texts(parsed) == GOOD
    assert {fault.severity for fault in parsed.unreadable} == {"error"}
    assert "9,999.9" in parsed.unreadable[0].seen


@pytest.mark.parametrize("rule", [".a, .b {", "&& {", ".a { & "])
def test_rules_within_rules_cost_no_more_than_they_are_long(rule: str) -> None:
    sheet = f"<style>.c {{ {rule * 40} .k {{ display: none }} </style>"
    assert texts(changed("5,271.8", "5,271.8<span class='k'>1</span>", sheet)) in (GOOD, WITHOUT)


def test_numbers_of_a_sentence_are_no_digits_of_one_figure() -> None:
    title = "<span class='a'>Values, January to October 11,</span> <span class='b' title='c'>2023</span>"
    assert page_text(f"<p>{title}</p>".encode()) == "Values, January to October 11, 2023"


def test_a_cell_that_is_hidden_keeps_its_place_or_not_as_in_a_browser() -> None:
    parsed = changed(CELL, "<span style='visibility:hidden'>5,271.8</span>")
    assert texts(parsed) == WITHOUT
    assert [(one.severity, one.position) for one in parsed.unreadable] == [("warning", "row 5, column 2")]
    parsed = changed(f">{CELL}", f" style='display:none'>{CELL}")
    assert [one.severity for one in parsed.unreadable] == ["error", "warning"]
    assert len(parsed.readings) == 15


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<b>Month-on-Month", "<b hidden>Month-on-Month"),
        ("Month-on-Month ±%", ""),
        ('<tr><td colspan="1" rowspan="1"><span><b>Month', '<tr hidden><td colspan="1" rowspan="1"><span><b>Month'),
        ("<b>Month-on-Month", "<b <b>Month-on-Month"),
    ],
)
def test_a_heading_that_is_hidden_or_lost_makes_no_other_figure_of_its_column(old: str, new: str) -> None:
    with pytest.raises(ParseError, match=r"two columns are headed|is never closed|header of the table"):
        changed(old, new)


#: Where what swallows begins, before the row of exports: refused, with what the line says.
SWALLOWED = [
    ("<!--", "a comment is never closed"),
    ("<script>", "a script is never closed"),
    ("<style>", "a style is never closed"),
    ("<textarea>", "a textarea is never closed"),
    ("<title>", "a title is never closed"),
    ("<select>", "within a select"),
    ("<template>", "within a template"),
    ("<noscript>", "within a noscript"),
    ("</table>", "closes more than it opens of a table"),
    ("<table>", "within a table"),
    ("<td>", "opens"),
    ("</td>", "opens"),
    ("</table><table>", "has 2 tables"),
    ("<td title='", "is never closed"),
    ('<a href="x', "is never closed"),
    ("<p ", "is never closed"),
    ("<? echo", "is never closed"),
    ("<!doctype", "is never closed"),
    ("</ ", "is never closed"),
    ("<!-- a -- ", "a comment is never closed"),
    ("</tbody></table><div><table><tbody>", "has 2 tables"),
]


@pytest.mark.parametrize(("swallows", "says"), SWALLOWED)
def test_what_swallows_rows_refuses_the_page(swallows: str, says: str) -> None:
    with pytest.raises(ParseError, match=says) as caught:
        changed(ROW, swallows + ROW)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [("<!-- a", "<!-- b -->"), ("<script>a", "<script>b</script>"), ("<style>", "<style></style>")],
)
def test_what_is_closed_by_the_end_of_a_later_one_refuses_the_page(before: str, after: str) -> None:
    with pytest.raises(ParseError, match="the end of a later one"):
        changed(ROW, before + ROW + after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<!--", "-->"),
        ("<script>", "</script>"),
        ("<template>", "</template>"),
        ("<noscript>", "</noscript>"),
        ("<tr><td>a<textarea>", "</textarea></td></tr>"),
    ],
)
def test_rows_that_are_taken_out_are_said(before: str, after: str) -> None:
    parsed = changed(ROW, before + ROW + after)
    assert texts(parsed) == [text for text in GOOD if text not in ("3,123.1", "32,407.1", "1.1", "6.7", "5.4")]
    assert ["3,123.1" in fault.seen for fault in parsed.unreadable if fault.severity == "warning"] == [True]


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace(ROW, f"<tr><td><select>{ROW}</select></td></tr>"),
        PAGE.replace(ROW, ROW.replace("<td", "7,1.5<td", 1)),
        PAGE.replace("<table", "<p>before</p><table", 1).replace(
            "</td></tr></tbody></table>", "</td></tr>7</tbody></table>"
        ),
        PAGE.replace("5,271.8", "<b>" * 3000 + "5,271.8"),
    ],
)
def test_figures_where_no_browser_shows_a_cell_refuse_the_page(page: str) -> None:
    with pytest.raises(ParseError):
        parse(page)


def test_rows_within_other_elements_are_read() -> None:
    assert texts(changed(ROW, f"<form action='/x'>{ROW}</form>")) == GOOD


CHINESE = "<html><head><title>{0}</title><meta name='SiteDomain' content='http://x.customs.gov.cn'></head><body>{1}"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize(
    ("inner", "says"),
    [
        (
            "<iframe style='display:none' src='/count'></iframe><iframe src='/doc/7'></iframe>",
            "in a frame, 'http://x.customs.gov.cn/doc/7': open that address",
        ),
        ("<table><tr><td>1</td></tr></table>", "has no table of figures"),
    ],
)
def test_a_page_of_the_chinese_site_says_the_way_out(inner: str, says: str, encoding: str) -> None:
    head = f"<meta charset='{encoding}'>{CHINESE}</body></html>"
    content = head.format("（1）2024年11月进出口商品总值表（美元值）", inner).encode(encoding)
    assert SOURCE.recognise is not None
    assert SOURCE.recognise(content)
    with pytest.raises(ParseError, match="（1）2024年11月进出口商品总值表") as caught:
        SOURCE.parse(Document("gacc", content, "page.html"))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"504\n Gateway", "504 Gateway"),
        (b"<html><title>No</title><body>a<br>b<script>c</script><p hidden>d</p><!--e--><option>f", "No a b"),
        (b"", ""),
        (b"<", "<"),
        (b"\xff<b>1</b>", "\ufffd1"),
    ],
)
def test_the_text_of_a_page_is_what_it_shows(content: bytes, shown: str) -> None:
    assert page_text(content) == shown


PIECES = ["5", "271", ".8", ",", " ", "-", "<b>", "</b>", "<small>", "</small>", "<sup>3</sup>", "<br>", "<p>", "&#0;"]
PIECES += [
    "<a href='#n'>",
    "</a>",
    "<span style='font-size:8pt'>",
    "</span>",
    "<!--4-->",
    "<i hidden>9</i>",
    "\n",
    "\0",
]


def read(page: str) -> tuple[list[str], int] | str:
    """Texts that are read and how many things are listed, or why nothing is."""
    try:
        parsed = parse(page)
    except ParseError as exc:
        return str(exc)
    return texts(parsed), len(parsed.unreadable)


@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_whatever_a_cell_is_made_of_it_is_read_as_shown_listed_or_refused_in_one_line(pieces: list[str]) -> None:
    made = read(PAGE.replace("5,271.8", "".join(pieces)))
    if isinstance(made, str):
        assert "\n" not in made
    else:
        found, listed = made
        assert len(found) == 20 or (found == WITHOUT and listed)
        assert len(found) < 20 or (found[1:] == WITHOUT and not set(found[0]) & set("349"))
