"""`make sizes`: median, p90 and largest module, function, view method and component, beside the sizes we aim for."""

import ast
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EDGES = {"api", "tasks", "consumers"}
Sized = tuple[int, str]


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if "/migrations/" not in name and ".gen." not in name]


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def functions_of(path: Path) -> Iterator[Sized]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def is_edge(path: Path) -> bool:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] == "consumers" or (parts[0] == "apps" and len(parts) > 2 and parts[2] in EDGES)


def row(name: str, sizes: list[Sized], goal: str) -> str:
    if not sizes:
        return f"{name:<26}{'none yet':>10}"
    numbers = sorted(size for size, _ in sizes)
    p90 = numbers[round(0.9 * (len(numbers) - 1))]
    largest = max(sizes)
    return f"{name:<26}{statistics.median(numbers):>8.0f}{p90:>7}{largest[0]:>7}   {goal:<16} {largest[1]}"


def main() -> None:
    code = [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] != "tests"]
    tests = tracked("tests/**/*.py", "tests/*.py", "frontend/**/*.test.ts", "frontend/**/*.test.tsx")
    web = list(tracked("frontend/src/*.ts", "frontend/src/**/*.ts", "frontend/src/**/*.tsx"))
    web_code = sorted({path for path in web if ".test." not in path.name})
    components = [path for path in web_code if path.suffix == ".tsx"]
    modules = [(lines_of(path), str(path.relative_to(ROOT))) for path in code if lines_of(path) > 1]
    functions = [sized for path in code for sized in functions_of(path)]
    edges = [sized for path in code if is_edge(path) for sized in functions_of(path)]
    print(f"{'lines':<26}{'median':>8}{'p90':>7}{'max':>7}   {'goal':<16} largest")
    print(row("Python module", modules, "80 / 200 / 400"))
    print(row("Python function", functions, "8 / 24 / 60"))
    print(row("view, task, consumer", edges, "- / 20 / 30"))
    print(row("React component file", [(lines_of(p), str(p.relative_to(ROOT))) for p in components], "- / - / 220"))
    test_lines, code_lines = sum(map(lines_of, tests)), sum(map(lines_of, [*code, *web_code]))
    ratio = test_lines / max(1, code_lines)
    print(f"test lines : code lines   {test_lines} : {code_lines} = {ratio:.2f}   goal >= 1.3")


if __name__ == "__main__":
    main()
