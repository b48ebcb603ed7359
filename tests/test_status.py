"""OBS_STATUS: every code of SDMX's list, several at once, what says that there is no value; into a ledger and back."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from test_cli_reading import keep
from test_tidy import parse, row

from cli.formats.exports import sdmx_csv
from cli.main import run
from schemas import vocabulary
from storage.encoding import codes
from storage.encoding.columns import ints, is_absent
from storage.encoding.comparing import differs

#: CL_OBS_STATUS 2.2: what stands beside a value, what says that there is none, what may do both.
VALUED = ("A", "D", "E", "F", "G", "I", "N", "P", "U", "V", "W")
NONE = ("H", "K", "L", "M", "O", "Q")
BOTH = ("B", "J", "S")


@pytest.mark.parametrize("status", [*VALUED, *NONE, *BOTH, "C", "NA", "R"])
@pytest.mark.parametrize("value", ["10.5", ""])
def test_every_code_of_the_list(status, value):
    parsed = parse(row(status=status, value=value))
    good = status in BOTH or (status in (*NONE, "C", "NA")) == (value == "")
    assert [len(parsed.readings), len(parsed.unreadable)] == [int(good), int(not good)]
    if good:
        assert parsed.readings["status"].tolist() == [status]
        assert parsed.readings["mantissa"].isna().tolist() == [value == ""]


@pytest.mark.parametrize(
    ("status", "kept", "value"),
    [("P;E", "P;E", "1"), ("E,P", "E;P", "1"), ("B P E", "B;P;E", "1"), ("B;Q", "B;Q", ""), ("P;P", "P", "1")],
)
def test_several_marks_are_kept_in_order(status, kept, value):
    parsed = parse(row(status=status, value=value))
    assert not parsed.unreadable
    assert parsed.readings["status"].tolist() == [kept]


@pytest.mark.parametrize(
    ("status", "hint"), [("p", "P?"), ("bp", "B;P?"), (":", "M, C or NA"), ("T", "one of A, P"), ("A;B;E;P", "three")]
)
def test_other_texts_get_a_hint(status, hint):
    (fault,) = parse(row(status=status)).unreadable
    assert fault.position == "row 2, column 9 (status)"
    assert hint in fault.expected


def test_old_integers_say_what_they_said():
    """Before the list was whole, O stood beside values; such a row keeps its figure."""
    old = 124 + (8 << 12)
    assert codes.unpack(old)[3] == "O"
    figure = codes.figure(105, old)
    assert figure is not None
    assert figure.mantissa == 105
    assert not is_absent(ints([old])).any()
    new = 124 | codes.status_code("O", absent=True) << codes.STATUS_SHIFT
    assert codes.unpack(new)[3] == "O"
    assert codes.figure(0, new) is None
    assert is_absent(ints([new])).all()


def test_every_status_packs_in_thirty_one_bits():
    texts = [*vocabulary.STATUSES, "P;E", "B;P;E", "B;Q", "_U;X;W", "B;_U"]
    for text in texts:
        for absent in (False, True):
            if absent and not vocabulary.may_lack(text):
                continue
            if not absent and vocabulary.says_absent(text) and text != "O":
                continue
            code = codes.status_code(text, absent=absent)
            packed = codes.pack(0) | code << codes.STATUS_SHIFT
            assert packed < 1 << 31
            assert packed & codes.FIGURE_MASK == packed
            assert codes.status_text(code) == text
            assert codes.absent(packed) == bool(is_absent(ints([packed]))[0]) == absent


def test_a_mark_of_revision_makes_no_version_among_others():
    def packed(status):
        return ints([124 | codes.status_code(status, absent=False) << codes.STATUS_SHIFT])

    same = ints([7])
    assert not differs(same, packed("R;P"), same, packed("P")).any()
    assert not differs(same, packed("P;R"), same, packed("P")).any()
    assert differs(same, packed("P;E"), same, packed("P")).all()


def test_our_own_export_is_read_back(home, capsys, tmp_path):
    marks = [("10.5", text) for text in (*VALUED, *BOTH, "R", "", "P;E", "B;R")]
    marks += [("", text) for text in (*NONE, *BOTH, "C", "NA", "B;Q")]
    header = "dataset,reporter,flow,period,value,unit,status,released\n"
    lines = [f"st,NOR,X,{1950 + at},{value},USD,{status},2021-01-01\n" for at, (value, status) in enumerate(marks)]
    keep("table", header + "".join(lines))
    target = tmp_path / "out.csv"
    assert run(["export", "--format", "sdmx-csv", "--output", str(target)]) == 0
    found = list(csv.DictReader(io.StringIO(target.read_text(), newline="")))
    assert len(found) == len(marks)
    for (value, status), out in zip(marks, found, strict=True):
        assert out["OBS_VALUE"] == value
        assert out["OBS_STATUS"] in {*VALUED, *NONE, *BOTH}
        assert out["OBS_MARKS"] == status
        assert ("C" in status.split(";")) == (out["CONF_STATUS"] == "C")
        (reading,) = parse(row(value=out["OBS_VALUE"], status=out["OBS_STATUS"])).readings.to_dict("records")
        assert pd.isna(reading["mantissa"]) == (value == "")
    said = [out["OBS_STATUS"] for out in found]
    assert said[: len(VALUED)] == list(VALUED)
    assert [sdmx_csv.obs_status(text) for text in ("", "R", "B;R", "P;E", "C", "NA", "O", "B;C")] == [
        *("A", "A", "B", "P", "Q", "M", "O", "Q"),
    ]  # fmt: skip


def test_a_break_beside_another_mark_is_a_break(home, capsys, tmp_path):
    rows = "st,NOR,X,2019,100,USD,,level,2021-01-01\nst,NOR,X,2020,150,USD,{},level,2021-01-01\n"
    rows += "st,NOR,X,2020,10.0,%,,growth_yoy,2021-01-01\n"
    path = tmp_path / "break.csv"
    for status, code in (("P", 3), ("B;P", 0), ("P;B", 0)):
        path.write_text("dataset,reporter,flow,period,value,unit,status,measure,released\n" + rows.format(status))
        assert run(["check", str(path)]) == code, status
