"""Press texts: some forty of our own, every figure placed as meant or listed; what is broken reads nothing new."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError, SettingsError
from schemas.observations import OBSERVATIONS
from schemas.positions import unpack
from sources.prose import parse, recognise
from sources.shared.prose.words.lexicon import lexicon

HERE = Path(__file__).parent / "prose"
TEXTS = [part.strip("\n").split("\n", 1) for part in (HERE / "texts.txt").read_text(encoding="utf-8").split("===\n")]


def read(text: str | bytes, released: str = "2022-07-07", name: str = "release.txt") -> Parsed:
    body = text if isinstance(text, bytes) else text.encode()
    parsed = parse(Document("prose", body, name, released=released))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def placed(parsed: Parsed) -> list[str]:
    """Each reading on a line, less what is usual; what is listed behind, with a minus."""
    lines = []
    for row in parsed.readings.to_dict("records"):
        about = (row["product"], row["breakdown"], row["flow"], row["measure"], row["basis"], row["period"])
        said = " ".join(text for text in about if text not in ("_T", "_Z", "level") or text == row["flow"])
        value = f"{row['qualifier']}{row['mantissa']}e{row['exponent']} {row['unit']}"
        lines.append(f"{row['reporter']}>{row['partner']} {said} {value}")
    return lines + [f"- {fault.seen}" for fault in parsed.unreadable]


def expected() -> list[list[str]]:
    parts = (HERE / "expected.txt").read_text(encoding="utf-8").split("===\n")
    return [part.strip("\n").split("\n")[1:] for part in parts]


@pytest.mark.parametrize("at", range(len(TEXTS)), ids=[head[12:] for head, _ in TEXTS])
def test_texts_of_our_own(at: int) -> None:
    head, text = TEXTS[at]
    assert placed(read(text, head[1:11])) == expected()[at]


def test_a_figure_has_its_sentence_its_place_and_its_precision() -> None:
    text = "Trade in 2019.\n\nIn 2019, China's exports were $99.80 billion. They were large."
    (row,) = read(text).readings.to_dict("records")
    assert (row["text"], row["mantissa"], row["exponent"]) == ("$99.80 billion", 9980, 7)
    assert row["cite"] == "In 2019, China's exports were $99.80 billion."
    at, column, _ = unpack(row["position"])
    assert text.split("\n")[at - 1][column - 1 :].startswith("$99.80 billion")


_CHINESE = re.compile("[\u4e00-\u9fff]")
_NUMBER = r"\d[\d.,]*\d|\d"
#: What is done to a text → where, and what is put there; each takes away or breaks what a figure needs.
MUTATIONS = {
    "flow": (
        r"\b[Ee]xports?\b|\b[Ii]mports?\b|\b(?:surplus|deficit|trade)\b|进出口|出口|进口|顺差|逆差|贸易",
        "blorts",
    ),
    "verb": (r"\b(?:rose|fell|up|down|increase|grew|dropped|declined|narrowed)\b|增长|下降|扩大", "wobbled"),
    "subject": (r"goods|services|cultural products|文化产品|文化服务|货物|服务|ASEAN|东盟", "widgets"),
    "unit": (r"\b(?:billion|trillion|million|bn|percent)\b|%|亿|万亿|U\.S\. dollars|dollars|yuan|美元|元", ""),
    "no digits": (_NUMBER, ""),
    "glued": (r"(?<=\d)(?: ?percent|%| ?billion|万?亿)", r"\g<0>3"),
    "glued to a letter": (_NUMBER, r"x\g<0>"),
    "two lines": (r"(\d)([\d.,]*\d)", "\\1\n\\2"),
    "no comma": (r"[,，。.；;] ?(?!\d)", " "),
}


def meant(text: str, released: str) -> set[str]:
    parsed = parse(Document("prose", text.encode(), "release.txt", released=released))
    return {line for line in placed(parsed) if not line.startswith("-")}


@pytest.mark.parametrize("at", range(len(TEXTS)), ids=[head[12:] for head, _ in TEXTS])
def test_a_broken_text_says_nothing_new(at: int) -> None:
    head, text = TEXTS[at]
    released, whole = head[1:11], set(expected()[at])
    chance = random.Random(head)
    broken = {"cut": text[: chance.randrange(5, len(text))]}
    for name, (pattern, put) in MUTATIONS.items():
        if found := list(re.finditer(pattern, text)):
            match = chance.choice(found)
            broken[name] = text[: match.start()] + match.expand(put) + text[match.end() :]
    for name, changed in broken.items():
        assert meant(changed, released) <= whole, name
    digits = chance.choice(re.findall(r"\d\d[\d.,]*", text) or ["0"])
    swapped = text.replace(digits, digits[::-1], 1)
    series = {line.rpartition(" ")[0].rpartition(" ")[0] for line in whole}
    assert {line.rpartition(" ")[0].rpartition(" ")[0] for line in meant(swapped, released)} <= series


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("In 2019, exports were $5.1 billion.", "whose trade it is"),
        ("China's exports were $5.1 billion.", "its period"),
        ("In May 2019, Japan's exports were up 5.1 percent to $5.1 billion.", "growth on a year or on the period"),
        ("In 2019, China's exports rose 5.1 percent.", "in which currency"),
        ("In 2021, China's exports rose 5.1 percent from 2018 to $5.1 billion.", "neither a year before"),
        ("In 2019, China's exports were expected to reach $5.1 billion.", "'expected'"),
        ("In 2019, China's exports were $5.1 billion, previously reported as $4.9 billion.", "'previously'"),
        ("In 2019, China's exports of widgets were $5.1 billion.", "'widgets'"),
        ("In 2019, China's exports rose by $5.1 billion.", "a difference"),
        ("In 2019, China's exports were $5.1.", "no multiplier"),
        ("In 2019, China's exports were 5.1 billion.", "no currency"),
        ("In 2019, China's exports were ¥5.1 billion and Japan's were ¥6 billion.", "of"),
        ("In 2019, China's exports and imports rose 5.1 percent in dollar terms.", "of each"),
        ("In 2019, China's exports to Japan were $5.1 billion, cars $6.1 billion.", "which flow it is of"),
        ("From 2013 to 2021, China's exports grew 5.1 percent.", "over several years"),
        ("Between 2013 and 2021, China's exports grew at an average annual rate of 5.1%.", "from which"),
        ("In 2019, China's exports were $99.891.2 billion.", "no whole number"),
        ("In 2019, China's exports were $5–6 billion.", "a range"),
        ("In 2019, China's exports were up 5.1%3 to Japan.", "glued"),
        ("今年5月，我国出口5.1亿吨。", "吨"),
        ("In 2019, China's services exports were $5.1 billion, Japan's exports were $6.1 billion.", "of all trade"),
        ("In 2019, China's imports from Japan were $5.1 billion, its exports there were $3.1 billion.", "'there'"),
        ("In 2019, China's exports were $5.1 billion (2018), its imports $3.1 billion.", "two periods"),
        ("In 2019, China's trade with Japan was $5.1 billion. China's exports were $3.1 billion.", "of all trade or"),
        ("In 2019, bilateral trade was $5.1 billion, China's customs said.", "with whom"),
        ("In 2019, seasonally adjusted, Japan's exports were $5.1 billion.", "'seasonally adjusted'"),
        ("In 2019, widgets and cars exports of China were $5.1 billion.", "'widgets'"),
    ],
)  # fmt: skip
def test_what_is_not_said_is_listed_with_the_reason(text: str, says: str) -> None:
    parsed = read(text, released="")
    assert any(says in fault.expected for fault in parsed.unreadable), [fault.expected for fault in parsed.unreadable]
    assert all(fault.seen in fault.expected.partition("“")[2] for fault in parsed.unreadable)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2013–2021, average annual growth of China's exports was 5.1% in dollar terms.", "X growth_avg USD 2012/2021"),
        ("In 2019, China's imports doubled to $5.1 billion.", "M growth_yoy USD 2019 ~100e0"),
        ("2019年，我国进口额翻一番，达51亿美元。", "M growth_yoy USD 2019 ~100e0"),
        ("2019年，我国进口增长1.2倍，达51亿美元。", "M growth_yoy USD 2019 =12e1"),
        ("In 2019, China's deficit was more than $5.1 billion.", "B 2019 <-51e8"),
        ("In 2019, China ran a deficit of nearly $5.1 billion.", "B 2019 ~-51e8"),
        ("2019年，我国贸易逆差逾51亿美元。", "B 2019 <-51e8"),
        ("Last month, China's exports were $5.1 billion.", ""),
        ("Last year, China's exports were $5.1 billion.", "X 2021 =51e8"),
        ("去年，我国出口51亿美元。", "X 2021 =51e8"),
        ("今年上半年，我国出口51亿美元。", "X 2022-S1 =51e8"),
        ("1-5月，我国出口51亿美元。", "X 2022-01/2022-05 =51e8"),
        ("In March, China's exports were $5.1 billion.", "X 2022-03 =51e8"),
        ("In the third quarter, China's exports were $5.1 billion.", "X 2021-Q3 =51e8"),
        ("2019年，中美贸易额超过2000亿美元。", "CHN>USA total T 2019 >2000e8"),
        ("China's exports were $5.1bn (2018).", "X 2018 =51e8"),
        ("In 2019, China's exports to Japan made up 5.1% of the total.", "X share partner=WLD 2019 =51e-1"),
        ("Canada's exports were $5.1 billion in 2019.", "CAN>WLD total X 2019 =51e8 CAD"),
        ("2019年，我国出口在数量上占GDP的5.1%。", ""),
    ],
)  # fmt: skip
def test_words_of_time_measure_and_qualifier(text: str, line: str) -> None:
    lines = [one for one in placed(read(text)) if not one.startswith("-")]
    assert any(line in one for one in lines) if line else not lines, lines


def test_encodings_and_containers_are_told_from_the_bytes() -> None:
    text = "2019年，我国文化产品出口998.9亿美元。"
    line = ["CHN>WLD cultural-products X 2019 =9989e7 USD"]
    table = "<table><tr><td>1,234亿美元</td></tr></table>"
    page = f"<html><head><title>t</title></head><body><p>{text}</p>{table}</body></html>"
    for body in (text.encode("gb18030"), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode(), page.encode()):
        assert placed(read(body)) == line
    assert placed(read(page.replace("<head>", '<head><meta charset="gb2312">').encode("gbk"), name="page.html")) == line
    with pytest.raises(ParseError, match="no text in UTF-8"):
        read(b"\xff\x00\x81exports")


def test_word_and_pdf_documents() -> None:
    import io

    import docx

    document, file = docx.Document(), io.BytesIO()
    document.add_paragraph("In 2019, China's exports were $99.80 billion.")
    document.save(file)
    assert placed(read(file.getvalue(), name="release.docx")) == ["CHN>WLD total X 2019 =9980e7 USD"]
    with pytest.raises(ParseError, match="damaged PDF"):
        read(b"%PDF-1.7 nothing", name="release.pdf")


def test_the_head_of_a_text_says_what_holds_of_all_of_it() -> None:
    head = "dataset: my-figures\nreporter: FRA\nproduct: goods\nreleased: 2020-02-03\ncite: a letter\n\n"
    text = f"{head}Last year, exports were €5.1 billion."
    (row,) = read(text).readings.to_dict("records")
    names = ("dataset", "reporter", "product", "period", "released")
    assert [row[name] for name in names] == ["my-figures", "FRA", "goods", "2019", "2020-02-03"]
    assert row["cite"].startswith("a letter: ")
    for wrong, says in (
        ("reporter: France", "no area code"),
        ("released: soon", "no release date"),
        ("dataset: My Own", "lower-case words"),
    ):
        with pytest.raises(ParseError, match=says):
            read(f"{wrong}\n\nExports were €5.1 billion.")


def test_words_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "In 2019, China's exports of widgets were $5.1 billion."
    own = tmp_path / "words.csv"
    monkeypatch.setenv("TRADELEDGER_PROSE_WORDS", str(own))
    own.write_text("written,kind,value\nwidgets,detail,widgets\n")
    assert placed(read(text)) == ["CHN>WLD widgets X 2019 =51e8 USD"]
    lexicon.cache_clear()
    own.write_text("written,kind,value\nwidgets,thing,widgets\n")
    with pytest.raises(SettingsError, match="row 2 is 'widgets,thing,widgets'"):
        read(text)
    lexicon.cache_clear()


@pytest.mark.parametrize("mark", ",;\t|")
def test_a_table_under_a_title_is_no_text(mark: str) -> None:
    """Titles speak of trade too; and a text whose lines are sentences, each with its commas, stays one."""
    rows = ["Foreign trade of Norway. Billions", "Year,Exports", "2018,1004.3", "2019,923.5", "2020,829.0."]
    rows[0] += ","
    assert not recognise("\n".join(rows).replace(",", mark).encode())
    text = "Exports rose, by 4.1%, to 923.5 billion.\nImports fell.\nThe surplus, of 80.1 billion, is the least yet.\n"
    assert recognise(text.encode())


CULTURAL = """cite: Guangming Daily, 7 July 2022, page 7

In 2019, China's imports and exports of cultural products reached 111.45 billion U.S. dollars, up 8.9 percent; exports
were 99.89 billion dollars, up 7.9 percent; imports were 11.57 billion dollars, up 17.4 percent; the surplus was 88.32
billion dollars, up 6.8 percent.

In 2020, China's trade in cultural products and services came to 144.3 billion U.S. dollars. In 2020, China's overseas
sales revenue of self-developed games was 15.45 billion U.S. dollars, up 33.25 percent.

In 2009, China's total trade in cultural services was 17.7 billion U.S. dollars, of which exports were 10.3 billion and
imports 7.4 billion. In 2021, it exceeded 100 billion dollars for the first time and reached 124.4 billion, with exports
of 69.1 billion dollars and imports of 55.2 billion dollars. From 2009 to 2021, exports of cultural services grew by an
average of 17 percent a year in dollar terms and imports by 18 percent.

In January 2021, China's stage season social media reach was 130 million. In January 2021, China's stage season video
plays were more than 25 million. From 1990 to 2022, China's Zigong lantern countries were more than 80. From 1990 to
2022, China's Zigong lantern visitors were more than 500 million. From 1990 to 2022, China's Zigong lantern market share
was 92 percent. In 2022, China's Zigong lantern festivals overseas were 25.
"""


def months_of_a_release(rows: list[dict[str, object]]) -> str:
    """Figures of FT-900 as sentences, month by month."""
    names = "January February March April May June July August September October November December".split()  # noqa: SIM905
    said = {(row["period"], row["flow"]): str(row["text"]) for row in rows}
    lines = ["dataset: us-trade-goods-services", "reporter: USA", f"cite: {rows[0]['cite']}", ""]
    for period in dict.fromkeys(str(row["period"]) for row in rows):
        x, m, b = (said[period, flow] for flow in "XMB")
        lines.append(
            f"In {names[int(period[5:]) - 1]} {period[:4]}, U.S. exports of goods and services were ${x} million, "
            f"imports were ${m} million, and the deficit was ${b.lstrip('-')} million."
        )
    return "\n".join(lines)


def test_bundled_bulletins_read_again_as_texts_are_the_same_figures() -> None:
    from sources.bulletins import SOURCE, bundled

    keys = ["dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"]
    keys += ["qualifier", "mantissa", "exponent", "released"]
    china, *states = bundled()
    wanted = SOURCE.parse(china).readings
    again = read(CULTURAL, "2022-07-07")
    assert not again.unreadable
    assert sorted(again.readings[keys].to_numpy().tolist()) == sorted(wanted[keys].to_numpy().tolist())
    for document in states:
        rows = SOURCE.parse(document).readings.to_dict("records")
        again = read(months_of_a_release(rows), rows[0]["released"])
        assert not again.unreadable
        assert sorted(again.readings[keys].to_numpy().tolist()) == sorted([row[key] for key in keys] for row in rows)


def test_ten_kilobytes_are_read_at_once() -> None:
    from time import perf_counter

    text = "\n\n".join(text for _, text in TEXTS)[:10_000]
    document = Document("prose", text.encode(), "release.txt", released="2022-07-07")
    times = []
    for _ in range(4):
        start = perf_counter()
        parse(document)
        times.append(perf_counter() - start)
    assert min(times) < 0.25  # 0.03 s on a quiet machine; what is bound here is a grammar that has become quadratic
