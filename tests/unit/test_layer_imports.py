"""The layer is a house with rooms on floors: imports go one way, and some things are known in one room alone."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter

import pytest

from tests.imports import imports_of
from tests.workbench.functions import ROOT

LAYER = ROOT / "layers/aliyun_sms/aliyun_sms"
ORDER = (
    "errors", "threads", "signature", "provider", "privacy", "message", "policy", "result", "settings",
    "observability", "ledger", "sending", "aws", "settling", "start", "own_door",
)  # fmt: skip
IMPORTS = imports_of(LAYER, "aliyun_sms", for_types=True)


def room(module: str) -> str:
    """The wing of a module, or the module itself where it stands at the top; the package's own is the last."""
    return module.split(".")[1] if "." in module else "start"


def upward(imports: dict[str, set[str]]) -> list[str]:
    """The imports that go to a later room than the one that they stand in."""
    return sorted(
        f"{module} imports {target}"
        for module, targets in imports.items()
        for target in targets
        if ORDER.index(room(target)) > ORDER.index(room(module))
    )


def test_every_room_has_its_place_in_the_order() -> None:
    assert {room(module) for module in IMPORTS} == set(ORDER)


def test_imports_go_one_way() -> None:
    assert upward(IMPORTS) == []


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("aliyun_sms.ledger.claim", "aliyun_sms.sending.sender"),
        ("aliyun_sms.provider.client", "aliyun_sms.message.message"),
        ("aliyun_sms.sending.sender", "aliyun_sms.aws.sqs"),
        ("aliyun_sms.errors", "aliyun_sms.threads"),
        ("aliyun_sms.aws.sqs", "aliyun_sms.settling.outcomes"),
        ("aliyun_sms.result", "aliyun_sms.ledger.message_row"),
    ],
)
def test_an_import_put_in_the_wrong_way_is_seen(module: str, target: str) -> None:
    assert upward({**IMPORTS, module: IMPORTS[module] | {target}}) == [f"{module} imports {target}"]


def test_no_circle_is_closed_by_imports_nor_by_types() -> None:
    TopologicalSorter(IMPORTS).prepare()


def test_botocore_is_named_in_the_wing_of_aws_alone() -> None:
    imports = {module for module, targets in imports_of(LAYER, "botocore", for_types=True).items() if targets}
    texts = {path.relative_to(LAYER).parts[0] for path in LAYER.rglob("*.py") if "botocore." in path.read_text("utf-8")}

    assert {room(module) for module in imports} == texts == {"aws"}
    assert [module for module, targets in imports_of(LAYER, "boto3", for_types=True).items() if targets] == []


def test_the_environment_is_read_in_the_settings_alone() -> None:
    reading = {
        path.relative_to(LAYER).as_posix()
        for path in LAYER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv", "os.environb"}
    }

    assert reading == {"settings.py"}
    assert {module for module, targets in imports_of(LAYER, "os").items() if targets} == {"aliyun_sms.settings"}


@pytest.mark.parametrize("folder", ["local", "cli"])
def test_what_stands_beside_the_layer_imports_nothing_of_it(folder: str) -> None:
    imports = imports_of(ROOT / folder, "aliyun_sms", for_types=True)

    assert [module for module, targets in imports.items() if targets] == []


def test_no_door_loads_what_settles() -> None:
    """tests/functions/test_imports.py sees it in an interpreter; this sees an import inside a function, too."""
    doors = {
        module: targets
        for module, targets in imports_of(ROOT / "functions", "aliyun_sms").items()
        if module.startswith("functions.send_")
    }

    assert len({name.split(".")[1] for name in doors}) == len(list((ROOT / "functions").glob("send_*/app.py")))
    assert [target for targets in doors.values() for target in targets if room(target) == "settling"] == []


def test_what_asks_for_a_person_knows_nothing_of_sending() -> None:
    asking = imports_of(ROOT / "functions", "aliyun_sms")["functions.ask_provider.app"]

    assert {room(target) for target in asking} & {"sending", "ledger", "settling"} == set()


def test_each_wing_says_in_a_line_or_two_what_it_is_for() -> None:
    wings = [path for path in LAYER.iterdir() if (path / "__init__.py").exists()]

    assert {wing.name for wing in wings} == {"message", "policy", "provider", "ledger", "sending", "settling", "aws"}
    for wing in wings:
        (only,) = ast.parse((wing / "__init__.py").read_text("utf-8")).body
        assert isinstance(only, ast.Expr), wing
