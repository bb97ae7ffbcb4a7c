"""Mutants of `utils`, one small mistake each: do the tests notice?

    python -m tests.support.mutants draw  # 80 of Python and 12 of JavaScript, into mutants.json
    python -m tests.support.mutants run   # which of them are killed, there; needs pytest-cov

A mutant of Python meets the unit tests that execute its statement, until one fails; one of a
widget's JavaScript meets that widget's browser tests (`make book` before). `run` works on copies of
the tree, in two processes, takes about an hour, and names those that were killed and now survive.
"""

import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import pytest

from tools.pages import ROOT

LIST = Path(__file__).with_suffix(".json")
OF_EACH_KIND, WIDGETS, SEED, PROCESSES = 20, 12, 0, 2
UNITS = ("tests", "--ignore=tests/browser", "-m", "not slow")
# Tests that compare the text of a file with a record would notice every mutant in it.
TEXT = ("-k", "not fresh_record")
FLIPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
FLIPPED_JS = {"===": "!==", "!==": "===", "<=": "<", ">=": ">", " < ": " <= ", " > ": " >= "}
STRINGS = re.compile(r"\"(?:\\.|[^\"])*\"|'(?:\\.|[^'])*'|`(?:\\.|[^`])*`|//.*")
NUMBER = re.compile(r"(?<![\w.#])\d+(?![\w.])")


# --- drawing


def mutated(node: ast.AST, rng: random.Random) -> tuple[str, str] | None:
    """The kind of mutant that this node allows, and the text that takes its place."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in FLIPPED:
            flipped = ast.Compare(node.left, [FLIPPED[type(op)]()], node.comparators)
            return "comparison flipped", ast.unparse(flipped)
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return "constant ±1", repr(node.value + rng.choice([-1, 1]))
        case ast.Call(args=[first, second, *rest]) if ast.dump(first) != ast.dump(second):
            if not any(isinstance(one, ast.Starred) for one in (first, second)):
                swapped = ast.Call(node.func, [second, first, *rest], node.keywords)
                return "arguments swapped", ast.unparse(swapped)
        case ast.If():
            return "branch dropped", "False"
    return None


def python_mutants(path: Path, rng: random.Random) -> Iterator[dict]:
    """Every mutant of a module; statement: the lines from which its tests are known."""
    lines = path.read_text(encoding="utf-8").split("\n")
    tree = ast.parse("\n".join(lines))
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inside_text = {id(part) for text in texts for part in ast.walk(text)}
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt):
            continue
        body = getattr(statement, "body", None)
        last = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno
        for node in expressions(statement):
            found = mutated(node, rng)
            if found is None or id(node) in inside_text:
                continue
            kind, text = found
            place = node.test if isinstance(node, ast.If) else node
            first = place.lineno - 1
            before = "\n".join(lines[first : place.end_lineno])
            head = lines[first].encode()[: place.col_offset].decode()
            tail = lines[place.end_lineno - 1].encode()[place.end_col_offset :].decode()
            yield {
                "file": path.relative_to(ROOT).as_posix(),
                "kind": kind,
                "line": place.lineno,
                "statement": [statement.lineno, last],
                "before": before,
                "after": head + text + tail,
            }


def expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement itself and the expressions that belong to no statement inside it."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.stmt)]


def javascript_mutants(path: Path, rng: random.Random) -> Iterator[dict]:
    """Flipped comparisons and changed numbers in a widget's module, outside of texts."""
    ticks = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        code = STRINGS.sub(lambda match: " " * len(match[0]), line)
        open_text, ticks = ticks % 2, ticks + code.count("`")
        if open_text or ticks % 2 or code.lstrip().startswith(("*", "/*", "import ")):
            continue
        found = [(m.span(), str(int(m[0]) + rng.choice([-1, 1]))) for m in NUMBER.finditer(code)]
        for old, new in FLIPPED_JS.items():
            found += [(m.span(), new) for m in re.finditer(rf"(?<![=!]){re.escape(old)}", code)]
        for (start, end), new in found:
            yield {
                "file": path.relative_to(ROOT).as_posix(),
                "kind": "constant ±1" if new.isdigit() or new == "-1" else "comparison flipped",
                "line": number,
                "before": line,
                "after": line[:start] + new + line[end:],
            }


def draw() -> list[dict]:
    """As many of each kind from all of `utils`, and one from each of some widgets."""
    rng = random.Random(SEED)
    kinds = defaultdict(list)
    for path in sorted((ROOT / "utils").rglob("*.py")):
        for mutant in python_mutants(path, rng):
            kinds[mutant["kind"]].append(mutant)
    drawn = [one for kind in sorted(kinds) for one in rng.sample(kinds[kind], OF_EACH_KIND)]
    modules = [path for path in sorted((ROOT / "utils/widgets").glob("*.js")) if path.stem != "kit"]
    for path in sorted(rng.sample(modules, WIDGETS)):
        drawn.append(rng.choice(list(javascript_mutants(path, rng))))
    return [mutant | {"killed": False} for mutant in drawn]


# --- running


def tests_of_lines() -> dict[str, dict[int, set[str]]]:
    """For each file of `utils`, the unit tests that execute each of its lines.

    What a fixture executes belongs to all tests of its file; what an import does, to no test.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"COVERAGE_FILE": f"{folder}/coverage"}
        python = (sys.executable, "-m")
        options = ("--cov=utils", "--cov-context=test", "--cov-report=")
        tests = (*python, "pytest", *UNITS, "-q", *options, f"--numprocesses={PROCESSES}")
        subprocess.run(tests, cwd=ROOT, env=environment, check=True)
        report = (*python, "coverage", "json", "--show-contexts", "-o", f"{folder}/lines.json")
        subprocess.run(report, cwd=ROOT, env=environment, check=True)
        files = json.loads(Path(folder, "lines.json").read_text(encoding="utf-8"))["files"]
    every = {c for f in files.values() for found in f["contexts"].values() for c in found}
    of_file = defaultdict(set)
    for context in every - {""}:
        test = context.rpartition("|")[0]
        of_file[test.partition("::")[0]].add(test)
    return {
        name: {
            int(line): set().union(*(
                of_file[c.partition("::")[0]] if c.endswith("|setup") else {c.rpartition("|")[0]}
                for c in contexts
                if c
            ))
            for line, contexts in file["contexts"].items()
        }
        for name, file in files.items()
    }  # fmt: skip


def python_tests(mutant: dict, lines: dict[int, set[str]]) -> list[str]:
    """The tests that execute the mutant's statement; if none does, all that execute its file."""
    first, last = mutant["statement"]
    found = set().union(*(lines.get(line, ()) for line in range(first, last + 1)))
    return sorted(found or set().union(*lines.values()))


def widget_tests(mutant: dict) -> list[str]:
    """The browser tests of the widget that is mutated."""
    module = Path(mutant["file"]).stem
    found = sorted((ROOT / "tests/browser").rglob(f"test_{module}_in_page.py"))
    return [str(path.relative_to(ROOT)) for path in found] or ["tests/browser/test_live_net.py"]


def change_source(root: Path, mutant: dict) -> Callable[[], None]:
    """Put the mutant into a copy of the tree, and return what takes it out again."""
    path, before = root / mutant["file"], mutant["before"].split("\n")
    text = path.read_text(encoding="utf-8")
    lines, first = text.split("\n"), mutant["line"] - 1
    last = first + len(before)
    if lines[first:last] != before:
        raise LookupError(f"{mutant['file']} is not as it was: draw the mutants anew")
    path.write_text("\n".join([*lines[:first], mutant["after"], *lines[last:]]), encoding="utf-8")
    return lambda: path.write_text(text, encoding="utf-8")


def change_pages(root: Path, mutant: dict) -> Callable[[], None]:
    """The same for a widget's module, which the built pages hold as a JSON string."""
    old, new = (json.dumps(f"\n{mutant[key]}\n")[1:-1] for key in ("before", "after"))
    before = {
        path: text
        for path in (root / "_build/html/widget-files").glob("*.js")
        if old in (text := path.read_text(encoding="utf-8"))
    }
    if not before:
        raise LookupError(f"no page has {mutant['file']}, line {mutant['line']}: run `make book`")
    for path, text in before.items():
        path.write_text(text.replace(old, new), encoding="utf-8")
    return lambda: [path.write_text(text, encoding="utf-8") for path, text in before.items()]


def meet(root: Path, mutant: dict, tests: list[str]) -> str:
    """The test that notices the mutant in this copy of the tree; empty if none does."""
    change = change_pages if mutant["file"].endswith(".js") else change_source
    restore = change(root, mutant)
    listed = root / "tests-to-run"
    listed.write_text("\n".join(tests), encoding="utf-8")
    # No byte code: a change within the same second would go unnoticed.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    pytest_ = (sys.executable, "-m", "pytest", f"@{listed}", *TEXT, "-xq", "-p", "no:cacheprovider")
    try:
        done = subprocess.run(
            pytest_, cwd=root, env=environment, capture_output=True, text=True, timeout=1200
        )
    except subprocess.TimeoutExpired:
        return "the time limit"
    finally:
        restore()
    if done.returncode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return ""
    by = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return by[1] if by else f"the end of pytest: {(done.stdout + done.stderr)[-300:]}"


def run(mutants: list[dict]) -> list[dict]:
    """All mutants, several at a time; `killed` is what the tests of today do with each."""
    lines = tests_of_lines()
    copies = Queue()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(PROCESSES) as pool:
        for number in range(PROCESSES):
            copy = Path(folder, str(number))
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv*", "shots"))
            copies.put(copy)

        def one(mutant: dict) -> dict:
            python = mutant["file"].endswith(".py")
            found = lines.get(mutant["file"], {})
            tests = python_tests(mutant, found) if python else widget_tests(mutant)
            copy = copies.get()
            by = meet(copy, mutant, tests) if tests else ""
            copies.put(copy)
            place = f"{mutant['file']}:{mutant['line']}, {mutant['kind']}"
            print(f"{place}: {'killed by ' + by if by else 'survived'}", flush=True)
            return mutant | {"killed": bool(by)}

        return list(pool.map(one, mutants))


def write(mutants: list[dict]) -> None:
    LIST.write_text(json.dumps(mutants, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    match sys.argv[1:]:
        case ["draw"]:
            write(draw())
        case ["run"]:
            before = json.loads(LIST.read_text(encoding="utf-8"))
            after = run(before)
            write(after)
            print(f"{sum(one['killed'] for one in after)} of {len(after)} mutants were killed.")
            lost = [a for a, b in zip(after, before, strict=True) if b["killed"] > a["killed"]]
            if lost:
                sys.exit(f"No longer killed: {json.dumps(lost, indent=1, ensure_ascii=False)}")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
