"""``collect`` and ``ingest``: what a person reads after a run, exit statuses, and that wrong usage leaves no trace."""

import json
import os

import pytest

from cli import collect as collecting
from cli.main import run
from cli.shared import running
from flows import environment, steps
from schemas.errors import FetchError
from schemas.settings import load_settings

HEADER = "dataset,reporter,product,flow,measure,period,value,unit,released\n"
GOOD = HEADER + (
    "cultural,CHN,cultural-products,T,,2019,111.45,USD billion,2020-03-17\n"
    "cultural,CHN,cultural-products,X,,2019,99.89,USD billion,2020-03-17\n"
    "cultural,CHN,cultural-products,M,,2019,11.57,USD billion,2020-03-17\n"
)
REVISED = GOOD.replace("11.57", "11.60").replace("111.45", "111.49").replace("2020", "2021")
BROKEN = GOOD.replace("111.45", "111.54").replace("2020", "2022")


@pytest.fixture
def write(tmp_path):
    def write(content: str | bytes, name: str = "table.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def rows(capsys, *arguments: str) -> list[dict]:
    capsys.readouterr()
    assert run([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_harness")
class TestWithPrefect:
    """Through the flow, as a person runs it."""

    def test_collect_what_is_shipped(self, home, capsys):
        assert run(["collect"]) == 0
        seen = capsys.readouterr()
        assert "collected bulletins: china-cultural-trade-2022-07-07.csv" in seen.out
        assert "2019 cultural products: 111.45 = 99.89 + 11.57 within rounding" in seen.out
        assert "revised since first published (6 of 15)" in seen.out
        assert "tradeledger revisions" in seen.out
        assert "does not hold:" not in seen.out
        assert "Every rule that could be evaluated holds." in seen.out
        assert "tradeledger review" not in seen.out
        assert rows(capsys, "runs")[0]["outcome"] == "published"
        before = rows(capsys, "show")

        assert run(["collect", "bulletins"]) == 0
        assert "unchanged" in capsys.readouterr().out
        assert rows(capsys, "runs")[0]["outcome"] == "unchanged"
        assert rows(capsys, "show") == before

    def test_ingest_good_revised_and_contradictory(self, home, write, capsys):
        assert run(["ingest", "table", write(GOOD)]) == 0
        assert "3 published" in capsys.readouterr().out
        assert run(["ingest", "table", write(REVISED)]) == 0
        assert "revised since first published (2 of 2)" in capsys.readouterr().out
        assert run(["ingest", "table", write(BROKEN)]) == 3
        seen = capsys.readouterr()
        assert "quarantined" in seen.out
        assert "total 111.54 is not exports 99.89 + imports 11.57" in seen.out
        assert "tradeledger findings" in seen.out
        assert "tradeledger review" in seen.out
        assert {row["value"] for row in rows(capsys, "show", "--flow", "T")} == {"111490000000"}
        assert run(["ingest", "table", write(BROKEN)]) == 0
        again = capsys.readouterr().out
        assert "1 still held" in again
        assert "Every rule that could be evaluated holds." not in seen.out + again
        assert [row["outcome"] for row in rows(capsys, "runs")] == [
            *("unchanged", "quarantined", "published", "published"),
        ]

    def test_ingest_a_file_whose_name_is_no_text(self, home, tmp_path, capsys):
        path = tmp_path / os.fsdecode(b"f\xfcr\x1b[2J.csv")
        path.write_bytes(GOOD.encode())
        assert run(["ingest", "table", str(path)]) == 0
        assert [row["name"] for row in rows(capsys, "documents")] == ["f\\udcfcr\\x1b[2J.csv"]

    def test_ingest_with_the_date_said(self, home, write, capsys):
        assert run(["ingest", "table", write(GOOD.replace("2020-03-17", "")), "--released", "2020-03-18"]) == 0
        assert {row["released"] for row in rows(capsys, "show")} == {"2020-03-18"}

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "no content"),
            (b"\0\1\2\3", "binary"),
            (b"<html><body>Service unavailable</body></html>", "an HTML page"),
            (GOOD.replace("value", "worth").encode(), "'worth'"),
            (GOOD.replace("cultural-products", "文化").encode("gbk"), "UTF-8"),
            (GOOD.replace("2020-03-17", "2202-03-17").encode(), "2202-03-17, which is to come"),
        ],
    )
    def test_ingest_what_is_no_sound_table(self, home, write, capsys, content, said):
        assert run(["ingest", "table", write(content), "--released", "2020-03-17"]) == 1
        seen = capsys.readouterr()
        assert said in seen.err
        assert "Traceback" not in seen.out + seen.err
        assert [row["outcome"] for row in rows(capsys, "runs")] == ["failed"]
        assert rows(capsys, "show") == []
        assert len(rows(capsys, "documents")) == 1

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("cultural,CHN,other,X,,2019,NaN,USD billion,2020-03-17\n", "NaN"),
            ("cultural,CHN,other,X,,2019,=1+1,USD billion,2020-03-17\n", "=1+1"),
            (f"cultural,CHN,other,X,,2019,{'9' * 400},USD billion,2020-03-17\n", "400"),
            ("cultural,CHN,other,X,,2019,1,USX,2020-03-17\n", "USX"),
            ("cultural,CHN\n", "row 5"),
            ("cultural,CHN,cultural-products,T,,2019,120,USD billion,2020-03-17\n", "total 2019"),
        ],
    )
    def test_ingest_what_is_partly_wrong(self, home, write, capsys, line, said):
        other = "cultural,CHN,services,X,,2019,5,USD billion,2020-03-17\n"
        assert run(["ingest", "table", write(GOOD + line + other)]) == 3
        seen = capsys.readouterr()
        assert "Traceback" not in seen.out + seen.err
        assert {row["product"] for row in rows(capsys, "show")} >= {"services"}
        assert "other" not in {row["product"] for row in rows(capsys, "show")}

    def test_what_could_not_be_read_before_is_nothing_new(self, home, write, capsys):
        table = write(GOOD + "cultural,CHN,other,X,,2019,n/a,USD billion,2020-03-17\n")
        assert run(["ingest", "table", table]) == 3
        assert "'n/a' could not be read" in capsys.readouterr().out
        assert run(["ingest", "table", table]) == 0
        assert "1 unreadable" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["collect", "nowhere"], "there is no source 'nowhere'"),
        (["collect", "bulletins", "--all"], "not both"),
        (["collect", "--since", "soon"], "--since"),
        (["collect", "table"], "tradeledger ingest table FILE"),
        (["ingest", "table"], "FILE"),
        (["ingest", "nowhere", "x.csv"], "there is no source 'nowhere'"),
        (["ingest", "table", "no-such.csv"], "there is no file no-such.csv"),
        (["ingest", "table", "/"], "/"),
        (["ingest", "table", "{undated}"], "--released"),
        (["ingest", "table", "{good}", "--released", "yesterday"], "--released"),
        (["ingest", "table", "{good}", "--released", "2202-03-17"], "is to come"),
    ],
)
def test_wrong_usage_leaves_no_trace(arguments, said, home, write, capsys):
    names = {"{undated}": GOOD.replace("2020-03-17", ""), "{good}": GOOD}
    arguments = [write(names[word]) if word in names else word for word in arguments]
    assert run(arguments) == 2
    seen = capsys.readouterr()
    assert said in seen.err
    assert "Traceback" not in seen.err
    assert seen.out == ""
    assert not home.exists()


@pytest.fixture
def no_prefect(monkeypatch):
    """Whoever gets as far as Prefect fails."""

    def never(**_options):
        raise AssertionError("Prefect was about to be imported")

    monkeypatch.setattr(environment, "configured", lambda: "")  # other tests have Prefect's own settings in use
    monkeypatch.setattr(environment, "prepare", never)


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (["table", "no-such.csv"], "there is no file no-such.csv", 2),
        (["table", "/"], "/ is a folder, expected a file", 2),
        (["table", "a\0b"], "cannot be read", 2),
        (["nowhere", "{good}"], "there is no source 'nowhere'", 2),
        (["table", "{undated}"], "say it with --released", 2),
        (["table", "{good}", "--released", "2202-03-17"], "is to come", 2),
        (["table", "{good}", "--released", "2020-13-01"], "is no release date", 2),
        (["table", "{good}", "--released", "2020-03-17+2"], "joins all of them, --released 2020-03-17", 2),
        (["table", "{good}", "{undated}"], "nothing was published; 1 sound file is there: good.csv: mend the rest", 2),
        (["table", "{good}", "no-such.csv"], "1 sound file is there: good.csv", 2),
        (["ft900", "{good}"], "tradeledger ingest table good.csv", 1),
        (["table", "{page}"], "page.csv is a gateway's error page", 1),
        (["table", "{late}"], "2202-03-17, which is to come", 1),
        (["table", "{good}", "{page}"], "nothing was published; 1 sound file is kept: good.csv: mend the rest", 1),
        (["table", "{page}", "--each"], "page.csv is a gateway's error page", 1),
    ],
)
@pytest.mark.usefixtures("no_prefect")
def test_what_is_wrong_with_files_is_said_before_prefect_is_imported(arguments, said, status, home, write, capsys):
    contents = {
        "good": GOOD,
        "undated": GOOD.replace("2020-03-17", ""),
        "late": GOOD.replace("2020-03-17", "2202-03-17"),
        "page": "<!DOCTYPE html><html><body>504 Gateway Time-out</body></html>",
    }
    named = {f"{{{name}}}": write(text, f"{name}.csv") for name, text in contents.items()}
    assert run(["ingest", *(named.get(word, word) for word in arguments)]) == status
    seen = capsys.readouterr()
    assert said in seen.err
    assert (seen.err.count("\n"), seen.out) == (1, "")
    if status == 2:
        assert not home.exists()
    else:
        assert [row["outcome"] for row in rows(capsys, "runs")] == ["failed"]
        assert len(rows(capsys, "documents")) == sum(word in named for word in arguments)


def test_with_each_the_sound_files_are_published_and_the_wrong_one_is_said(home, write, monkeypatch, capsys):
    monkeypatch.setattr(environment, "find_server", lambda *_: False)
    names = [write(GOOD, "a.csv"), str(home / "none.csv"), write(GOOD.replace("value", "worth"), "b.csv")]
    names.append(write(REVISED, "c.csv"))
    assert run(["ingest", "table", *names, "--each"]) == 1
    seen = capsys.readouterr()
    assert [line for line in seen.out.splitlines() if line.startswith("collected")] == [
        "collected table: a.csv",
        "collected table: c.csv",
    ]
    assert [line[:34] for line in seen.err.splitlines()] == [
        "tradeledger: table: there is no fi",
        "no Prefect server runs: done here ",
        "tradeledger: table: b.csv: unknown",
    ]
    assert [row["outcome"] for row in rows(capsys, "runs")] == ["published", "failed", "published"]


@pytest.mark.parametrize("name", [b"f\xfcr.csv", b"a\nb.csv", b"\x1b[31mred.csv", "\u202egpj.csv".encode()])
def test_a_file_of_any_name_has_a_readable_one(name, home, tmp_path, capsys):
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(GOOD.encode())
    job = steps.Job("table", load_settings())
    documents = steps.read_files(job, [str(path)])
    steps.archive(job, documents)
    steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))
    (kept,) = rows(capsys, "documents")
    assert kept["name"] == documents[0].name
    assert kept["name"].isprintable()
    path.write_bytes(GOOD.replace("111.45", "111.54").encode())
    assert run(["check", str(path), "--format", "json"]) == 3
    seen = capsys.readouterr()
    assert json.loads(seen.out)[0]["position"].startswith(kept["name"])
    path.write_bytes(b"")
    assert run(["ingest", "table", str(path)]) == 1
    assert f"tradeledger: {kept['name']} is no content" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["sqlite:///{notes}", "sqlite:///{notes}/below/ledger.db", "mysql://host/name"])
def test_beside_a_ledger_that_cannot_be_written_no_document_is_kept(url, home, write, monkeypatch, capsys):
    monkeypatch.setenv("TRADELEDGER_DATABASE_URL", url.format(notes=write("not a database", "notes.db")))
    assert run(["ingest", "table", write(GOOD)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "expected" in said or "is no folder" in said
    assert not home.exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_person_is_told_that_prefect_starts(there, monkeypatch, capsys):
    from flows import collect

    def fail(*_args, **_options):
        raise FetchError("the agency is closed")

    prepared = []
    monkeypatch.setattr(environment, "prepare", lambda **said: prepared.append(said["temporary"]))
    monkeypatch.setattr(environment, "find_server", lambda *_: there)
    monkeypatch.setattr(collect, "run", fail)
    assert run(["collect"]) == 1
    err = capsys.readouterr().err
    assert prepared == [not there]
    assert ("starting Prefect" in err) is not there
    assert "tradeledger: the agency is closed\n" in err


@pytest.mark.parametrize("temporary", [True, False])
def test_a_temporary_server_starts_without_what_nobody_hears(temporary, monkeypatch):
    """Services, streams, the pulse of a run: what is set by a person stays."""
    monkeypatch.setattr(os, "environ", {"PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED": "true"})
    for _ in range(2):
        environment.prepare(temporary=temporary)
        assert os.environ["PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED"] == "true"
        assert ("PREFECT_FLOWS_HEARTBEAT_FREQUENCY" in os.environ) is not temporary
        assert ("PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED" in os.environ) is temporary


@pytest.mark.parametrize(
    ("words", "said", "way_out"),
    [
        (
            "Timed out while attempting to connect to ephemeral Prefect API server.",
            "Prefect's temporary server did not start in time",
            "tradeledger up",
        ),
        ("Failed to reach API at http://127.0.0.1:9/api/", "no Prefect server answers", "PREFECT_API_URL"),
    ],
)
def test_a_server_that_is_not_there_is_one_line(words, said, way_out, home, monkeypatch, capsys):
    from flows import collect

    def late(*_args, **_options):
        raise RuntimeError(words)

    monkeypatch.setattr(environment, "find_server", lambda *_: True)
    monkeypatch.setattr(collect, "collect", late)
    assert run(["collect"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert way_out in line
    assert not home.exists()


def test_of_several_sources_one_may_fail_and_the_others_go_on(monkeypatch, capsys):
    from flows import collect

    asked = []

    def fail(source, *_rest):
        asked.append(source)
        raise FetchError("the agency is closed")

    monkeypatch.setattr(environment, "find_server", lambda *_: True)
    monkeypatch.setattr(collect, "run", fail)
    assert run(["collect", "ft900", "bulletins", "ft900"]) == 1
    assert asked == ["ft900", "bulletins"]
    assert capsys.readouterr().err.splitlines() == [
        "tradeledger: ft900: the agency is closed",
        "tradeledger: bulletins: the agency is closed",
    ]
    assert "table" not in collecting._fetchable()


def test_the_account_of_many_documents_is_short(home, capsys):
    from tests.test_cli_reading import FIRST, keep

    done = keep("table", *(FIRST.replace("2020-03-17", f"2020-03-{day}") for day in range(10, 20)))
    running.tell(done)
    assert "1.csv, 2.csv, 3.csv, 4.csv, 5.csv, 6.csv and 4 more" in capsys.readouterr().out
