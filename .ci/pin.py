"""Write exact pins of everything that is tested into pyproject.toml: ``uv run --no-project .ci/pin.py``.

uv.lock names a package index and is therefore not kept; constraints name none, and a fresh machine resolves them to the
same versions. Takes the newest versions that the bounds of ``dependencies`` allow, for all groups; run the tests then.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
BEGIN = "# Pins, written by `uv run --no-project .ci/pin.py`; what was tested is what a fresh machine gets.\n"
END = "# End of pins.\n"
BLOCK = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)


def uv(*arguments: str, stdin: str | None = None) -> list[str]:
    """The lines that uv prints which name a package."""
    done = subprocess.run(
        ["uv", *arguments], cwd=PROJECT.parent, input=stdin, check=True, text=True, stdout=subprocess.PIPE
    )
    return [line for line in done.stdout.splitlines() if re.match(r"[a-z0-9]", line)]


def array(name: str, pins: list[str]) -> str:
    """A TOML array, one pin a line."""
    return f"{name} = [\n" + "".join(f"    {toml_string(pin)},\n" for pin in pins) + "]\n"


def toml_string(text: str) -> str:
    """Markers have single quotes, so that a basic string needs no escape."""
    if '"' in text or "\\" in text:
        raise SystemExit(f"{text} cannot be written plainly")
    return f'"{text}"'


def main() -> None:
    """Resolve without the old pins, then write the new ones between the markers."""
    before = PROJECT.read_text(encoding="utf-8")
    if not BLOCK.search(before):
        raise SystemExit(f"{PROJECT} has no line {BEGIN.strip()!r}")
    try:
        PROJECT.write_text(BLOCK.sub(BEGIN + END, before), encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            uv("lock", "--upgrade")
            pins = uv("export", "--all-groups", "--no-hashes", "--no-emit-project", "--no-header", "--no-annotate")
            built = tomllib.loads(before)["build-system"]["requires"]
            requirements = Path(folder, "requirements.in")
            requirements.write_text("\n".join(built), encoding="utf-8")
            build = uv("pip", "compile", "--universal", "--no-header", "--no-annotate", "--quiet", str(requirements))
    except BaseException:
        PROJECT.write_text(before, encoding="utf-8")
        raise
    block = BEGIN + array("constraint-dependencies", pins) + array("build-constraint-dependencies", build) + END
    PROJECT.write_text(BLOCK.sub(lambda _: block, before), encoding="utf-8")
    uv("lock")
    print(f"{len(pins)} pins, {len(build)} of the build backend")


if __name__ == "__main__":
    main()
