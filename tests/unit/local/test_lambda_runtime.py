"""A python function as the emulator is made to run it: by awslambdaric, in Lambda's environment."""

import io
import stat
import tempfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.emulator import lambda_runtime
from local.emulator.lambda_runtime import as_provided, bootstrap, is_python, lambda_environment, opt_folder, rebind

PYTHON = Path("/venv/bin/python")
ENDPOINT = "http://127.0.0.1:4566"


def packed(**files: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name, text in files.items():
            opened.writestr(name, text)
    return archive.getvalue()


def function(**config: Any) -> dict[str, Any]:
    return {"code_zip": packed(app="code"), "config": {"Runtime": "python3.13", "FunctionName": "f", **config}}


def environment(config: dict[str, Any], **given: str) -> dict[str, str]:
    config = {"PythonRuntime": "python3.13", "FunctionName": "f", **config}
    return lambda_environment({"LAMBDA_TASK_ROOT": "/code", **given}, config, Path("/layers"), ENDPOINT)


class Ministack(ModuleType):
    """Stands in for the emulator's private functions, and says with what they were called."""

    def __init__(self) -> None:
        super().__init__("ministack.services.lambda_svc")
        self._execute_function_warm = lambda function, _event, _id: ("worker", function)
        self._execute_function_provided_warm = lambda function, _event, _id: ("provided", function)
        self._provided_worker_env = lambda _config, code, _port: {"LAMBDA_TASK_ROOT": code, "HOST_VARIABLE": "1"}
        self._resolve_layer_zip = lambda layer: layer["zip"]
        self._extract_zip_preserving_mode = lambda archive, folder: archive.extractall(folder)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def ministack() -> Any:
    module = Ministack()
    rebind(module, PYTHON, ENDPOINT)
    return module


def test_a_python_function_runs_as_a_provided_one(ministack: Any) -> None:
    how, given = ministack._execute_function_warm(function(), {}, "id")  # noqa: SLF001 - what was rebound

    assert how == "provided"
    assert given["config"]["Runtime"] == "provided.al2023"
    assert given["config"]["PythonRuntime"] == "python3.13"


@pytest.mark.parametrize("other", [function(Runtime="nodejs22.x"), {**function(), "code_zip": None}])
def test_other_functions_run_as_before(ministack: Any, other: dict[str, Any]) -> None:
    assert not is_python(other)
    assert ministack._execute_function_warm(other, {}, "id") == ("worker", other)  # noqa: SLF001 - what was rebound


def test_a_python_function_sees_nothing_of_the_emulators_environment(ministack: Any) -> None:
    config = as_provided(function(), PYTHON)["config"]

    seen = ministack._provided_worker_env(config, "/code", 1)  # noqa: SLF001 - what was rebound

    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert "HOST_VARIABLE" not in seen


def test_a_provided_function_keeps_the_emulators_environment(ministack: Any) -> None:
    seen = ministack._provided_worker_env({"Runtime": "provided.al2023"}, "/code", 1)  # noqa: SLF001 - what was rebound

    assert seen["HOST_VARIABLE"] == "1"


@pytest.mark.parametrize("name", lambda_runtime.NEEDED)
def test_another_ministack_ends_the_start(name: str) -> None:
    module = Ministack()
    delattr(module, name)

    with pytest.raises(SystemExit, match=name):
        rebind(module, PYTHON, ENDPOINT)


def test_the_bootstrap_is_executable_and_starts_awslambdaric() -> None:
    given = function()

    with zipfile.ZipFile(io.BytesIO(as_provided(given, PYTHON)["code_zip"])) as archive:
        assert archive.read("bootstrap").decode() == bootstrap(PYTHON)
        assert archive.getinfo("bootstrap").external_attr >> 16 & stat.S_IXUSR
        assert archive.read("app") == b"code"


def test_the_bootstrap_takes_a_path_with_spaces() -> None:
    assert bootstrap(Path("/my venv/python")).splitlines() == [
        "#!/bin/sh",
        """exec '/my venv/python' -m awslambdaric "$_HANDLER\"""",
    ]


def test_the_same_code_gives_the_same_package() -> None:
    given = function()

    assert as_provided(given, PYTHON)["code_zip"] is as_provided(given, PYTHON)["code_zip"]


def test_the_functions_code_comes_before_its_layers() -> None:
    assert environment({})["PYTHONPATH"] == "/code:/layers/python/lib/python3.13/site-packages:/layers/python"


def test_variables_of_the_template_reach_the_function() -> None:
    seen = environment({"Environment": {"Variables": {"SMS_ENDPOINT": "http://127.0.0.1:9100"}}})

    assert seen["SMS_ENDPOINT"] == "http://127.0.0.1:9100"


def test_lambdas_own_variables_win_over_the_templates() -> None:
    seen = environment({"Environment": {"Variables": {"AWS_REGION": "nowhere"}}}, AWS_REGION="us-east-1")

    assert seen["AWS_REGION"] == "us-east-1"


def test_aws_calls_go_to_the_emulator() -> None:
    assert environment({})["AWS_ENDPOINT_URL"] == ENDPOINT


def test_the_log_group_is_the_functions_own_or_the_one_it_names() -> None:
    assert environment({})["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/f"
    assert environment({"LoggingConfig": {"LogGroup": "group"}})["AWS_LAMBDA_LOG_GROUP_NAME"] == "group"


def test_later_layers_lie_over_earlier_ones(ministack: Any) -> None:
    layers = [{"zip": packed(a="1", b="1")}, {"zip": None}, {"zip": packed(b="2")}]

    folder = opt_folder(ministack, layers)

    assert (folder / "a").read_text() == "1"
    assert (folder / "b").read_text() == "2"


def test_layers_are_unpacked_once(ministack: Any) -> None:
    layers = [{"zip": packed(c="1")}]

    assert opt_folder(ministack, layers) == opt_folder(ministack, layers)
