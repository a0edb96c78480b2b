"""The layer as `sam build` makes it: pure Python, small, compiled for the runtime, and it imports."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest

from tests.workbench.functions import ROOT

MOST_BYTES = 5 * 1024 * 1024  # zipped, of which half is bytecode
MOST_BYTES_OF_SOURCES = 2.5 * 1024 * 1024
NATIVE = (".so", ".pyd", ".dylib")
SIGN_AND_READ = """
from aliyun_sms import Message, SmsClient
from aliyun_sms.signature import rpc_signature
assert rpc_signature("POST", {"Action": "SendSms", "SignName": "北岸"}, "testSecret") == "fRoILx/NSN9OIHQlmpEInp6LXk0="
document = {"phone_numbers": ["+852 9123 4567"], "sign_name": "北岸", "template_code": "SMS_1"}
assert Message(document).phone_numbers == ("85291234567",)
"""
WITH_OPENSSL = pytest.mark.skipif(
    not shutil.which("openssl"), reason="optional to a build; one without it is tested below"
)
UNCHECKED_HASH = (1).to_bytes(4, "little")  # the flags of bytecode that is taken as it is: PEP 552


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to build in, as sam makes one, so that nothing is left in the sources."""
    copy = tmp_path_factory.mktemp("source") / "aliyun_sms"
    shutil.copytree(ROOT / "layers" / "aliyun_sms", copy)
    return copy


@pytest.fixture(scope="module")
def layer(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifacts, compiled for the Python that runs the tests."""
    artifacts = tmp_path_factory.mktemp("layer")
    make(source, "build-AliyunSmsLayer", artifacts, sys.executable)
    return artifacts


def make(source: Path, target: str, artifacts: Path, runtime: str, **environment: str) -> str:
    """What make prints."""
    variables = [f"ARTIFACTS_DIR={artifacts}", f"PYTHON={sys.executable}", f"RUNTIME={runtime}"]
    built = subprocess.run(  # noqa: S603
        ["make", "--no-print-directory", target, *variables],  # noqa: S607
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    return built.stdout


def files(layer: Path) -> list[Path]:
    return [path for path in layer.rglob("*") if path.is_file()]


def modules(layer: Path) -> list[str]:
    found = {
        path.stem for path in (layer / "python").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    return sorted(found)


def packed(files: list[Path], archive: Path) -> int:
    """How many bytes they are in a zip."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as to:
        for path in files:
            to.write(path)
    return archive.stat().st_size


def sources(layer: Path) -> list[Path]:
    return [path for path in files(layer) if path.suffix == ".py"]


def test_the_layer_is_pure_python(layer: Path) -> None:
    assert [path.name for path in files(layer) if path.name.endswith(NATIVE)] == []


def test_the_layer_is_no_larger_than_it_should_be(layer: Path, tmp_path: Path) -> None:
    uncompiled = [path for path in files(layer) if path.suffix != ".pyc"]

    assert packed(files(layer), tmp_path / "layer.zip") <= MOST_BYTES
    assert packed(uncompiled, tmp_path / "sources.zip") <= MOST_BYTES_OF_SOURCES


def test_each_module_has_bytecode_that_the_runtime_takes_as_it_is(layer: Path) -> None:
    compiled = {Path(cache_from_source(str(path))) for path in sources(layer)}

    assert {path for path in files(layer) if path.suffix == ".pyc"} == compiled
    assert {path.read_bytes()[:8] for path in compiled} == {MAGIC_NUMBER + UNCHECKED_HASH}


def test_a_traceback_names_the_file_as_it_is_on_lambda(layer: Path) -> None:
    compiled = Path(cache_from_source(str(layer / "python" / "aliyun_sms" / "sending" / "sender.py"))).read_bytes()

    assert b"/opt/python/aliyun_sms/sending/sender.py" in compiled
    assert str(layer).encode() not in compiled


def test_the_bytecode_alone_is_used_and_nothing_is_written(layer: Path, tmp_path: Path) -> None:
    copy = tmp_path / "python"
    shutil.copytree(layer / "python", copy)
    for path in copy.rglob("*.py"):
        path.write_text("raise AssertionError('compiled anew')")
    before = {path: path.stat().st_mtime_ns for path in files(copy)}

    environment = {"PYTHONPATH": str(copy), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-S", "-c", SIGN_AND_READ], env=environment, check=True)  # noqa: S603

    assert {path: path.stat().st_mtime_ns for path in files(copy)} == before


def test_a_host_without_the_runtimes_python_says_so_and_builds_without_bytecode(source: Path, tmp_path: Path) -> None:
    shutil.copytree(
        source / "aliyun_sms", tmp_path / "python" / "aliyun_sms", ignore=shutil.ignore_patterns("__pycache__")
    )

    said = make(source, "compiled", tmp_path, "python3.99")

    assert said == "No python3.99 runs here, so the layer has no bytecode and functions start slower.\n"
    assert [path for path in files(tmp_path) if path.suffix == ".pyc"] == []


@WITH_OPENSSL
def test_each_certificate_is_found_by_its_owners_hash(layer: Path) -> None:
    certificates = layer / "python" / "aliyun_sms" / "provider" / "certificates"
    bundle = (layer / "python" / "certifi" / "cacert.pem").read_text("utf-8")
    each = sorted(certificates.iterdir())

    assert len(each) == bundle.count("BEGIN CERTIFICATE") > 100
    verify = ["openssl", "verify", "-no-CAfile", "-no-CAstore", "-CApath", str(certificates), *map(str, each)]
    said = subprocess.run(verify, capture_output=True, check=True, text=True).stdout  # noqa: S603
    assert said.count(": OK") == len(each)


@WITH_OPENSSL
def test_the_layer_trusts_by_its_folder(layer: Path) -> None:
    trusts = (
        "from aliyun_sms.provider.connection import trusting_context as c; assert c().cert_store_stats()['x509'] == 0"
    )
    environment = {"PYTHONPATH": str(layer / "python"), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]}

    subprocess.run([sys.executable, "-S", "-c", trusts], env=environment, check=True)  # noqa: S603


def test_a_host_without_openssl_says_so_and_builds_without_the_folder(source: Path, tmp_path: Path) -> None:
    for tool in ("make", "rm"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    (tmp_path / "python" / "aliyun_sms" / "provider").mkdir(parents=True)

    said = make(source, "certificates", tmp_path, sys.executable, PATH=str(tmp_path))

    assert said == "No openssl runs here, so functions read all certificates as they start, and start slower.\n"
    assert not (tmp_path / "python" / "aliyun_sms" / "provider" / "certificates").exists()


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


def runs(python: str) -> bool:
    """Whether this Python is on the machine; version managers leave stubs of those that are not."""
    found = shutil.which(python)
    return found is not None and subprocess.run([found, "-V"], capture_output=True, check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize("python", [name for name in (f"python{version}" for version in VERSIONS) if runs(name)])
def test_one_build_runs_on_every_python_of_the_runtimes_that_is_here(layer: Path, python: str) -> None:
    environment = {"PYTHONPATH": str(layer / "python"), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]}

    subprocess.run([python, "-S", "-W", "error", "-c", SIGN_AND_READ], env=environment, check=True)  # noqa: S603
