"""The conventions of this house that a test can hold. Every detector is shown a sample that it must refuse."""

from __future__ import annotations

import ast
import io
import json
import re
import statistics
import subprocess
import sys
import tokenize
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from graph.catalog import load_catalog
from settings import setting_rows

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("api", "cli", "evidence", "graph", "jobs", "ledger", "ml", "risk", "stack", "bench")
UNTRACKED = {".git", ".venv", ".headwater", "reports", "__pycache__", "node_modules"}
MODEL, ERRORS = "graph.model", "graph.errors"

# What each room may import of ours, besides itself; `settings` imports nothing of ours.
MAY: dict[str, tuple[str, ...]] = {
    "graph": ("settings",),
    "risk": (MODEL, ERRORS),
    "ledger": (MODEL, ERRORS),
    "ml": (MODEL,),
    "evidence": (MODEL, ERRORS, "graph.money", "graph.taxonomy", "risk", "ledger"),
    "stack": ("settings",),
    "jobs": ("evidence", "graph", "risk", "ledger", "ml", "settings"),
    "api": ("jobs", "graph", "ledger", "settings"),
    "cli": ("api", "evidence", "jobs", "graph", "ledger", "ml", "risk", "stack", "bench", "settings"),
    "bench": ("api", "cli", "evidence", "jobs", "graph", "ledger", "ml", "risk", "stack", "settings"),
    "settings": (),
}
# The one file, or the rooms, that may import a library.
DOORS: dict[str, tuple[str, ...]] = {
    "neo4j": ("graph/session.py", "bench/"),  # the benchmark compares with a bare driver
    "psycopg": ("ledger/", "migrations/", "stack/", "bench/"),
    "aiokafka": ("jobs/kafka_client.py",),
    "arq": ("jobs/queue.py", "jobs/worker.py", "cli/worker.py"),
    "litestar": ("api/",),
    "click": ("cli/",),
    "cryptography": ("ledger/signing.py",),
    "httpcore": ("jobs/webhook_sending.py",),
    "httpx": ("jobs/webhook_targets.py", "bench/"),
    "typst": ("evidence/pdf.py",),
    "standardwebhooks": ("jobs/webhook_sending.py",),
    "sklearn": ("ml/", "bench/inference.py"),  # compared with the bare forest
    "torch": ("ml/", "bench/inference.py", "bench/pyg_passing.py"),  # compared with the message passing of PyG
}
HEAVY = ("torch", "sklearn", "shap", "numba", "ml", "testcontainers", "pytest")


@cache
def tracked() -> tuple[str, ...]:
    """Files of the project, as git has them; without git, all that is not generated."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())
    names = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(str(name) for name in names if not UNTRACKED & set(name.parts)))


def texts() -> Iterator[tuple[str, str]]:
    """Every tracked file that is text, with its content."""
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content[:4096] and not name.endswith(".gz"):
            yield name, content.decode()


def ours() -> list[str]:
    """Python files of the product: all but the tests."""
    return [name for name in tracked() if name.endswith(".py") and name.partition("/")[0] in (*ROOMS, "settings.py")]


def python_of_tests() -> list[str]:
    """Python files below tests/, fixtures and builders too."""
    return [name for name in tracked() if name.startswith("tests/") and name.endswith(".py")]


def source(name: str) -> str:
    return (ROOT / name).read_text()


@cache
def parsed(name: str) -> ast.Module:
    return ast.parse(source(name))


def found_in(names: Iterable[str], look: Callable[[ast.Module], Collection[str]]) -> dict[str, Collection[str]]:
    """What a detector finds, by file; all files in one test, since a test of each would be thousands."""
    return {name: found for name in names if (found := look(parsed(name)))}


# --- who imports whom


def imports(tree: ast.Module) -> set[str]:
    """Modules imported anywhere in a file; `from graph import model` is graph.model as well as graph."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            is_room = node.module in ROOMS
            found |= inside if is_room else {node.module}
    return found


def within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(allowed + ".")


def wrong_way(room: str, tree: ast.Module) -> set[str]:
    """Imports that the direction of the rooms does not allow."""
    mine = {m for m in imports(tree) if m.partition(".")[0] in MAY and m.partition(".")[0] != room}
    return {m for m in mine if not any(within(m, allowed) for allowed in MAY[room])}


def past_the_door(name: str, tree: ast.Module) -> set[str]:
    """Libraries imported outside the place that stands for them."""
    libraries = {module.partition(".")[0] for module in imports(tree)}
    return {lib for lib in libraries & set(DOORS) if not any(name.startswith(door) for door in DOORS[lib])}


def test_imports_go_one_way() -> None:
    rooms = {name: name.partition("/")[0].removesuffix(".py") for name in ours()}

    assert {name: wrong for name in ours() if (wrong := wrong_way(rooms[name], parsed(name)))} == {}


def test_each_outside_thing_has_one_door() -> None:
    assert {name: wrong for name in ours() if (wrong := past_the_door(name, parsed(name)))} == {}


def opens_postgres(tree: ast.Module) -> list[str]:
    """Calls that make a connection or a pool of psycopg."""
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    openers = (
        r"(?!httpcore\.)(psycopg\.connect|create_engine"
        r"|(\w+\.)?(Async)?(Connection\.connect|ConnectionPool(\[\w+\])?))"
    )
    return [call for call in calls if re.fullmatch(openers, call)]


def test_only_the_session_opens_postgres() -> None:
    # Migrations run as the owner, over a connection of their own: migrations/env.py, which is no room.
    assert [name for name in ours() if opens_postgres(parsed(name))] == ["ledger/session.py"]


def test_imports_that_go_the_wrong_way_are_found() -> None:
    assert wrong_way("graph", ast.parse("from jobs.screening import x")) == {"jobs.screening"}
    assert wrong_way("risk", ast.parse("def f():\n    from graph.money import micro")) == {"graph.money"}
    assert wrong_way("api", ast.parse("import ml.features\nfrom risk import policy")) == {"ml.features", "risk.policy"}
    assert wrong_way("ledger", ast.parse("from graph import session")) == {"graph.session"}
    assert wrong_way("ledger", ast.parse("from graph import model\nfrom ledger.ids import x")) == set()
    assert past_the_door("jobs/x.py", ast.parse("from neo4j.time import DateTime")) == {"neo4j"}
    assert past_the_door("graph/session.py", ast.parse("import neo4j")) == set()
    assert opens_postgres(ast.parse("import psycopg\npsycopg.connect(url)"))
    assert opens_postgres(ast.parse("AsyncConnectionPool[Connection](url)")) and not opens_postgres(
        ast.parse("Ledger.open(url)")
    )


def loaded_by(statement: str) -> set[str]:
    """Heavy modules in memory after a statement in a fresh interpreter."""
    script = f"import sys\n{statement}\nprint(*sorted(set(sys.modules) & {set(HEAVY)!r}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_api_starts_without_models() -> None:
    assert loaded_by("import api.app") == set()


def test_a_payment_is_judged_without_what_models_are_trained_with() -> None:
    assert loaded_by("import jobs.payment_models") == set()
    assert loaded_by("import ml.isolation, ml.payers") == {"ml"}


def test_a_model_loaded_at_import_is_found() -> None:
    assert loaded_by("import ml") == {"ml"}
    assert "numba" in loaded_by("import ml.tree_walks")


# --- names, hosts and paths

NAMELESS = re.compile(r"(^|/)(utils?|commons?|helpers?|misc|shared)(/|\.py$|_|$)")
# Assembled, so that this file does not hold what it looks for.
HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("files", "pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("repo1", "maven", "org"),
            ("repo", "maven", "apache", "org"),
            ("index", "docker", "io"),
            ("registry-1", "docker", "io"),
            ("proxy", "golang", "org"),
            ("crates", "io"),
        )
    )
)
PATHS = re.compile(r"(?<![\w.$}/])/(?:" + "|".join(("work", "tmp", "root", "home", "Users", "opt")) + r")/\w")
IN_TEST = re.compile("PYTEST_" + r"|\bpytest\b|sys\.modules|" + "under_test|is_testing|TESTING")


def test_every_module_has_a_name_of_its_own() -> None:
    assert [name for name in tracked() if NAMELESS.search(name)] == []
    assert all(NAMELESS.search(name) for name in ("jobs/utils.py", "graph/helpers/x.py", "common/x.py", "a/util_x.py"))
    assert not NAMELESS.search("graph/subgraph.py")


def test_no_file_names_a_package_registry() -> None:
    assert [name for name, text in texts() if HOSTS.search(text)] == []
    assert HOSTS.search("see https://" + ".".join(("pypi", "org")) + "/simple")


def test_no_file_names_a_path_of_some_machine() -> None:
    found = {name: PATHS.findall(text) for name, text in texts() if PATHS.search(text)}
    # A path in a container is the same on every machine.
    in_images = {"Dockerfile", "docker-compose.yml", "deploy/kafka/start.sh"}

    assert set(found) - in_images == set(), found
    assert PATHS.search("cd /" + "work/main") and PATHS.search('"/' + 'tmp/x"')
    assert not PATHS.search("https://example.com/" + "home/x") and not PATHS.search("data/" + "tmp/x")


def test_nothing_but_tests_asks_whether_it_is_in_one() -> None:
    assert [name for name in ours() if IN_TEST.search(source(name))] == []
    assert IN_TEST.search("if 'PYTEST_" + "CURRENT_TEST' in os.environ:") and IN_TEST.search("if settings.is_testing:")


def test_lock_files_name_no_place_to_download_from() -> None:
    locks = [
        name for name in tracked() if "lock" in Path(name).name and Path(name).suffix in (".lock", ".json", ".txt")
    ]

    assert {"requirements.lock", "web/package-lock.json"} <= set(locks)
    packages = json.loads(source("web/package-lock.json"))["packages"]
    assert [name for name, one in packages.items() if name and ("resolved" in one or "integrity" not in one)] == []
    locks.remove("web/package-lock.json")  # where its packages ask for money is no place to download from
    assert [name for name in locks if "://" in source(name)] == []
    unchecked = [name for name in locks if not re.search(r"\b[0-9a-f]{64}\b", source(name))]
    assert unchecked == []


# --- size

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_files_are_small() -> None:
    sizes = {name: len(source(name).splitlines()) for name in ours()}

    assert statistics.median(sizes.values()) < 130
    assert {name: size for name, size in sizes.items() if size > 350} == {}


def test_functions_are_short() -> None:
    found = {f"{name}:{f.name}": lines(f) for name in ours() for f in functions(parsed(name))}

    assert statistics.median(found.values()) < 15
    assert {name: size for name, size in found.items() if size > 60} == {}


def test_a_long_function_is_measured_whole() -> None:
    [long] = functions(ast.parse("async def f():\n" + "    x = 1\n" * 60))

    assert lines(long) == 61


# --- what must be said


def undocumented(tree: ast.Module) -> list[str]:
    """Public modules, classes, functions and methods without a docstring; what an override is, its base says."""
    nodes: list[tuple[str, ast.AST]] = [("module", tree)] if tree.body else []

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, (ast.ClassDef, *FUNCTIONS)) and not node.name.startswith("_"):
                nodes.append((prefix + node.name, node))
                if isinstance(node, ast.ClassDef):
                    walk(node.body, f"{node.name}.")

    walk(tree.body, "")
    return [name for name, node in nodes if not ast.get_docstring(node)]  # type: ignore[arg-type]


def test_what_is_public_is_documented() -> None:
    assert found_in((name for name in ours() if not name.startswith("bench/")), undocumented) == {}


def test_a_missing_docstring_is_found() -> None:
    code = '"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\n'
    code += "def d(): ...\nasync def e(): ...\n"

    assert undocumented(ast.parse(code)) == ["A.b", "d", "e"]
    assert undocumented(ast.parse("x = 1")) == ["module"]


def long_first_lines(tree: ast.Module) -> list[str]:
    """Docstrings whose first line is not a sentence of its own."""
    said = [(n.name, ast.get_docstring(n)) for n in ast.walk(tree) if isinstance(n, (ast.ClassDef, *FUNCTIONS))]
    return [name for name, text in said if text and not re.search(r"[.:?!)`]$", text.splitlines()[0])]


def test_a_docstring_begins_with_a_sentence() -> None:
    assert found_in(ours(), long_first_lines) == {}


def test_a_docstring_that_runs_on_is_found() -> None:
    assert long_first_lines(ast.parse('def f():\n    """Runs on\n    and on."""')) == ["f"]


def names_in(trees: list[ast.Module]) -> list[re.Pattern[str]]:
    """String constants and f-strings as patterns: `push_{direction}` may be any push_…"""
    found: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(re.escape(node.value))
        elif isinstance(node, ast.JoinedStr):
            parts = (re.escape(p.value) if isinstance(p, ast.Constant) else r"[a-z_]+" for p in node.values)
            found.add("".join(str(part) for part in parts))
    return [re.compile(text) for text in found if "_" in text or text.isidentifier()]


def unused_queries(queries: dict[str, str], trees: list[ast.Module]) -> list[str]:
    """Queries, folder by name, that no Python file names and that no person or schema is meant to run."""
    named = names_in(trees)
    return [
        name
        for name, folder in queries.items()
        if folder not in ("schema", "browser") and not any(pattern.fullmatch(name) for pattern in named)
    ]


def test_every_query_is_asked_by_somebody() -> None:
    queries = {query.name: query.folder for query in load_catalog().values()}

    assert unused_queries(queries, [parsed(name) for name in ours()]) == []


def test_a_query_that_nobody_asks_is_found() -> None:
    code = ast.parse("graph.read('find_it'); ask(f'push_{direction}'); ask(f'{name}_as_of')")
    queries = {"find_it": "x", "push_source": "x", "it_as_of": "x", "lost": "x", "counter": "schema"}

    assert unused_queries(queries, [code]) == ["lost"]


def test_every_setting_is_in_the_readme() -> None:
    readme = source("README.md")

    assert [name for name, _, _ in setting_rows() if f"`{name}`" not in readme] == []


# --- what must not be done

FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "yaml.load",
    "yaml.unsafe_load",
    "joblib.load",
}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}


def dangers(tree: ast.Module) -> list[str]:
    """Ways to run what came as data, and shells."""
    found = [module for module in imports(tree) if module.partition(".")[0] in FORBIDDEN_MODULES]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += [call for call in [ast.unparse(node.func)] if call in FORBIDDEN_CALLS]
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            for name, bad in (("shell", True), ("weights_only", False), ("allow_pickle", True)):
                value = given.get(name)
                found += [name] if isinstance(value, ast.Constant) and value.value is bad else []
    return found


def test_no_data_is_run_as_code() -> None:
    names = [*ours(), *[name for name in python_of_tests() if name != "tests/test_house_rules.py"]]

    assert found_in(names, dangers) == {}


@pytest.mark.parametrize(
    "code",
    [
        "eval(x)",
        "exec(x)",
        "import pickle",
        "from pickle import loads",
        "import yaml\nyaml.load(x)",
        "subprocess.run(x, shell=True)",
        "torch.load(x, weights_only=False)",
        "numpy.load(x, allow_pickle=True)",
        "os.system(x)",
    ],
)
def test_data_run_as_code_is_found(code: str) -> None:
    assert dangers(ast.parse(code))


def unfinished(text: str) -> list[str]:
    """Notes to do something later, and bodies that only say so."""
    notes = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
    words = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)]
    return [word for word in words if notes.search(word) or word == "NotImplementedError"]


def test_nothing_is_left_for_later() -> None:
    assert {name: found for name in ours() if (found := unfinished(source(name)))} == {}


def test_what_is_left_for_later_is_found() -> None:
    assert unfinished("x = 1  # TO" + "DO: y\n") and unfinished("raise NotImplementedError\n")
    assert not unfinished("# a method\nx = 'todos'\n")


def skips(tree: ast.Module) -> list[str]:
    """Tests set aside: skip and xfail in any form."""
    words = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return [word for word in words if re.fullmatch(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)", word)]


def test_no_test_is_set_aside() -> None:
    assert found_in(python_of_tests(), skips) == {}


def mocks(tree: ast.Module) -> list[str]:
    """Doubles of our own parts: unittest.mock, and monkeypatch.setattr on a module of ours (a table may be swapped)."""
    found = [module for module in imports(tree) if module.startswith(("unittest.mock", "pytest_mock"))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("monkeypatch.setattr") and node.args:
            target = ".".join(ast.unparse(arg).strip("'\"") for arg in node.args[:2])
            room, part = target.partition(".")[0], [word for word in target.split(".") if word.isidentifier()]
            found += [target] if room in ROOMS and not any(word.isupper() for word in part) else []
    return found


def test_our_own_parts_are_not_mocked() -> None:
    assert found_in(python_of_tests(), mocks) == {}


def test_a_skip_and_a_mock_are_found() -> None:
    assert skips(ast.parse("@pytest.mark.skipif(True)\ndef test(): ..."))
    assert mocks(ast.parse("from unittest.mock import Mock"))
    assert mocks(ast.parse("monkeypatch.setattr('graph.ingest.land', x)"))
    assert mocks(ast.parse("monkeypatch.setattr(jobs.queue, 'wake', x)"))
    assert not mocks(ast.parse("monkeypatch.setattr(time, 'time', x)"))
    assert not mocks(ast.parse("monkeypatch.setattr('api.app.ROUTES', x)"))


def asserts(tree: ast.AST) -> bool:
    """Whether anything is checked: assert, pytest.raises, pytest.fail."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.raises", "pytest.fail"))
        for node in ast.walk(tree)
    )


def checking(trees: list[ast.Module], known: Collection[str] = ()) -> set[str]:
    """Names of functions that check something, themselves or through one that does; `known` are names that do."""
    by_name = {f.name: f for tree in trees for f in functions(tree)}
    found = {*known, *(name for name, f in by_name.items() if asserts(f))}
    calls = {name: {n.id for n in ast.walk(f) if isinstance(n, ast.Name)} for name, f in by_name.items()}
    while more := {name for name in by_name if name not in found and calls[name] & found}:
        found |= more
    return found


def idle(tree: ast.Module, known: Collection[str]) -> list[str]:
    """Tests that check nothing, neither themselves nor through a function that is known to."""
    checked = checking([tree], known)
    return [f.name for f in functions(tree) if f.name.startswith("test_") and f.name not in checked]


def files_of_tests() -> list[str]:
    return [name for name in python_of_tests() if Path(name).name.startswith("test_")]


def test_every_test_checks_something() -> None:
    files = files_of_tests()
    known = checking([parsed(name) for name in python_of_tests() if name not in files])

    assert [name for name in files if not asserts(parsed(name))] == []
    assert found_in(files, lambda tree: idle(tree, known)) == {}


def test_a_test_that_checks_nothing_is_found() -> None:
    code = "def f(x):\n    assert x\ndef g(x):\n    f(x)\ndef test_a():\n    g(1)\ndef test_b():\n    print(1)\n"

    assert idle(ast.parse(code), []) == ["test_b"]
    assert not asserts(ast.parse("def test_a():\n    x == 1"))


def test_every_test_file_says_what_it_claims() -> None:
    assert [name for name in files_of_tests() if not ast.get_docstring(parsed(name))] == []
