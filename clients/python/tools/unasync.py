"""Write the synchronous client from the asyncio one, so that nothing is written twice.

`unasync.py` writes `src/keyvaluedb/_sync/`; `unasync.py --check` ends with 1 where that would
change something. What does I/O, `_transport.py`, is not made: it is written for each.
"""

import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "keyvaluedb"
MODULES = ("_admin", "_client", "_reads", "_streams", "_transaction", "_views", "_writes")
HEAD = "# Made from aio/{name}.py by tools/unasync.py. DO NOT EDIT.\n"

REPLACED = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAwaitable\[(\w+)\]", r"\1"),
    (r"\bimport Awaitable, ", "import "),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\b__a(next|iter|enter|exit)__\b", r"__\1__"),
    (r"\bkeyvaluedb\.aio\b", "keyvaluedb._sync"),
)


def unasync(name: str) -> str:
    """Give the synchronous module of that name."""
    text = (PACKAGE / "aio" / f"{name}.py").read_text(encoding="utf-8")
    for pattern, replacement in REPLACED:
        text = re.sub(pattern, replacement, text)
    return _formatted(HEAD.format(name=name) + text)


def _formatted(text: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (["check", "--fix-only", "--quiet", "--select", "I"], ["format", "--quiet"]):
        command = [str(ruff), *arguments, "--stdin-filename", str(PACKAGE / "_sync" / "x.py"), "-"]
        text = subprocess.run(  # noqa: S603 - It is the formatter of this environment.
            command, input=text, capture_output=True, check=True, encoding="utf-8"
        ).stdout
    return text


def main() -> int:
    """Write the modules, or with `--check` only compare them."""
    stale = []
    for name in MODULES:
        path = PACKAGE / "_sync" / f"{name}.py"
        text = unasync(name)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"_sync is stale ({', '.join(stale)}): run 'make generate'", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
