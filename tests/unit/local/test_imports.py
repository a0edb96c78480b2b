"""What local/ imports: nothing of the layer that it tries out, nothing in a circle, no wing more than it may know."""

from graphlib import TopologicalSorter

import pytest

from local.settings import ROOT
from tests.imports import imports_of

LOCAL = imports_of(ROOT / "local", "local")
KNOWN = {  # what a wing may import of local/ beside itself
    "simulator": set[str](),
    "emulator": {"local.errors", "local.loopback", "local.processes", "local.settings"},
    "demo": {"local.cloud", "local.errors", "local.loopback", "local.operations", "local.progress"},
}


def test_nothing_imports_the_layer() -> None:
    layer = imports_of(ROOT / "local", "aliyun_sms")

    assert [module for module, imported in layer.items() if imported] == []


def test_no_imports_go_in_a_circle() -> None:
    TopologicalSorter(LOCAL).prepare()  # CycleError names the modules of one


@pytest.mark.parametrize("wing", KNOWN)
def test_a_wing_knows_no_more_than_it_may(wing: str) -> None:
    own = {module for module in LOCAL if f"{module}.".startswith(f"local.{wing}.")}

    assert set().union(*(LOCAL[module] for module in own)) - own <= KNOWN[wing]
