"""The layer as `sam build` makes it: pure Python, small, and it imports."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.stand_ins import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 3 * 1024 * 1024  # zipped; a function's cold start reads all of it
NOT_BUILT = (".so", ".pyd", ".dylib", ".pyc")


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifacts, built in a copy as sam does, so that nothing is left in the sources."""
    source, artifacts = tmp_path_factory.mktemp("source") / "aliyun_sms", tmp_path_factory.mktemp("layer")
    shutil.copytree(ROOT / "layers" / "aliyun_sms", source)
    build = ["make", "build-AliyunSmsLayer", f"ARTIFACTS_DIR={artifacts}", f"PYTHON={sys.executable}"]
    subprocess.run(build, cwd=source, check=True)  # noqa: S603
    return artifacts


def files(layer: Path) -> list[Path]:
    return [path for path in layer.rglob("*") if path.is_file()]


def modules(layer: Path) -> list[str]:
    found = {
        path.stem for path in (layer / "python").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    return sorted(found)


def test_the_layer_is_pure_python_and_not_compiled(layer: Path) -> None:
    assert [path.name for path in files(layer) if path.name.endswith(NOT_BUILT)] == []


def test_the_layer_is_no_larger_than_it_should_be(layer: Path, tmp_path: Path) -> None:
    packed = tmp_path / "layer.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files(layer):
            archive.write(path, path.relative_to(layer))

    assert packed.stat().st_size <= MOST_BYTES


def test_the_layer_holds_our_package_whole_and_not_what_the_runtime_has(layer: Path) -> None:
    ours = ROOT / "layers" / "aliyun_sms" / "aliyun_sms"
    sources = {path.name for path in ours.iterdir() if path.suffix in {".py", ".json"}}

    assert sources <= {path.name for path in (layer / "python" / "aliyun_sms").iterdir()}
    assert not {"boto3", "botocore", "pip"} & set(modules(layer))


def test_every_module_at_the_top_of_the_layer_imports_alone(layer: Path) -> None:
    python = layer / "python"
    imports = "; ".join(f"import {module}" for module in modules(layer))
    environment = {"PYTHONPATH": str(python), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]}

    subprocess.run([sys.executable, "-S", "-W", "error", "-c", imports], env=environment, check=True)  # noqa: S603

    assert {"aliyun_sms", "aws_lambda_powertools", "phonenumbers", "requests"} <= set(modules(layer))


VERSIONS = ("3.11", "3.12", "3.13", "3.14")
SIGN_AND_READ = """
from aliyun_sms import Message, SmsClient
from aliyun_sms.signature import rpc_signature
assert rpc_signature("POST", {"Action": "SendSms", "SignName": "北岸"}, "testSecret") == "fRoILx/NSN9OIHQlmpEInp6LXk0="
document = {"phone_numbers": ["+852 9123 4567"], "sign_name": "北岸", "template_code": "SMS_1"}
assert Message(document).phone_numbers == ("85291234567",)
"""


def runs(python: str) -> bool:
    """Whether this Python is on the machine; version managers leave stubs of those that are not."""
    found = shutil.which(python)
    return found is not None and subprocess.run([found, "-V"], capture_output=True, check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize("python", [name for name in (f"python{version}" for version in VERSIONS) if runs(name)])
def test_one_build_runs_on_every_python_of_the_runtimes_that_is_here(layer: Path, python: str) -> None:
    environment = {"PYTHONPATH": str(layer / "python"), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]}

    subprocess.run([python, "-S", "-W", "error", "-c", SIGN_AND_READ], env=environment, check=True)  # noqa: S603
