"""The rules that import-linter cannot say: pure modules stay pure, apps enter each other by the front door."""

import ast
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
APPS = sorted(path.name for path in (ROOT / "apps").iterdir() if (path / "__init__.py").exists())
FRONT_DOORS = {"services", "live", "selectors", "domain"}
IMPURE_STDLIB = {
    "time",
    "random",
    "secrets",
    "os",
    "io",
    "socket",
    "subprocess",
    "threading",
    "asyncio",
    "tempfile",
    "shutil",
    "urllib.request",
    "http",
    "sqlite3",
    "ssl",
    "select",
    "signal",
    "glob",
}


def pure_files() -> list[Path]:
    files = [ROOT / "consumers/limits.py", ROOT / "apps/common/errors.py"]
    files += sorted((ROOT / "consumers/protocol").glob("*.py"))
    for app in APPS:
        files += [ROOT / "apps" / app / "domain.py", *(ROOT / "apps" / app / "domain").glob("**/*.py")]
    return [path for path in files if path.exists()]


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_domain_modules_import_only_pure_things() -> None:
    faults = []
    for path in pure_files():
        own_app = ".".join(path.relative_to(ROOT).parts[:2])
        for name in imported_modules(path):
            root = name.split(".")[0]
            is_own_domain = name.startswith((f"{own_app}.domain", "apps.common.errors", "consumers.protocol")) or (
                name.startswith("apps.") and ".domain" in name
            )
            if is_own_domain:
                continue
            if root not in sys.stdlib_module_names or name in IMPURE_STDLIB or root in IMPURE_STDLIB:
                faults.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not faults, "\n".join(faults)


def test_apps_enter_each_other_by_the_front_door() -> None:
    graph = grimp.build_graph("apps", "consumers", "project")
    faults = []
    for importer in sorted(graph.modules):
        for imported in graph.find_modules_directly_imported_by(importer):
            parts = imported.split(".")
            if parts[0] != "apps" or len(parts) < 3 or parts[1] == "common":
                continue
            same_app = importer.split(".")[:2] == parts[:2]
            is_wiring = importer.startswith("project.") and parts[2] in {"urls", "tasks", "api"}
            if not same_app and not is_wiring and parts[2] not in FRONT_DOORS:
                faults.append(f"{importer} imports {imported}")
    assert not faults, "\n".join(faults)


def test_a_films_source_is_opened_in_one_place() -> None:
    """Everybody else takes a ``Source``, which can say that a part is not here yet; the ledger asks rows by it."""
    allowed = {"services/sources.py", "services/ledger.py"}
    streaming = ROOT / "apps/streaming"
    found = {
        str(path.relative_to(streaming))
        for path in streaming.glob("**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "source"
    }
    assert found <= allowed, f"use services.sources.open_source in {sorted(found - allowed)}"


def test_every_app_has_a_layer() -> None:
    config = (ROOT / "pyproject.toml").read_text()
    missing = [app for app in APPS if f"apps.{app}" not in config]
    assert not missing, f"add to [tool.importlinter]: {missing}"


def test_top_level_is_fixed() -> None:
    allowed = {"project", "apps", "consumers", "frontend", "electron", "docker", "media", "tests", "docs"}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - {"test-results"} <= allowed
