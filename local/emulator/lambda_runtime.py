"""Runs python functions as Lambda does: under awslambdaric, AWS's own runtime client, in an environment like Lambda's.

MiniStack has a worker of its own for python, under which layers shadow the function's code and error types and
stack traces differ from AWS's. It runs `provided` functions by the Runtime API, which is what awslambdaric speaks:
so here a python function becomes a provided one whose bootstrap starts awslambdaric. To do so, private functions
of MiniStack are rebound; the version is pinned, and a start with another one fails.
"""

from __future__ import annotations

import io
import shlex
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

NEEDED = (
    "_execute_function_warm",
    "_execute_function_provided_warm",
    "_provided_worker_env",
    "_resolve_layer_zip",
    "_extract_zip_preserving_mode",
)
FROM_MINISTACK = (
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
)


def rebind(lambda_svc: ModuleType, python: Path, endpoint: str) -> None:
    """Let MiniStack's Lambda run python functions with this interpreter, their AWS calls going to the endpoint."""
    require_private(lambda_svc, NEEDED)
    run_as_before: Callable[..., Any] = lambda_svc._execute_function_warm  # noqa: SLF001 - what this module is for
    environment_as_before: Callable[..., dict[str, str]] = lambda_svc._provided_worker_env  # noqa: SLF001 - the same

    def run(function: dict[str, Any], event: Any, request_id: str) -> Any:
        if not is_python(function):
            return run_as_before(function, event, request_id)
        return lambda_svc._execute_function_provided_warm(as_provided(function, python), event, request_id)  # noqa: SLF001 - the same

    def environment(config: dict[str, Any], code: str, port: int) -> dict[str, str]:
        given = environment_as_before(config, code, port)
        if "PythonRuntime" not in config:
            return given
        return lambda_environment(given, config, opt_folder(lambda_svc, config.get("Layers") or []), endpoint)

    lambda_svc._execute_function_warm = run  # type: ignore[attr-defined]  # noqa: SLF001 - the same
    lambda_svc._provided_worker_env = environment  # type: ignore[attr-defined]  # noqa: SLF001 - the same


def require_private(module: ModuleType, names: Iterable[str]) -> None:
    """End the program if MiniStack lacks a private function that we build on."""
    if missing := [name for name in names if not hasattr(module, name)]:
        raise SystemExit(f"this is not the MiniStack that is pinned: {module.__name__} has no {', '.join(missing)}")


def is_python(function: Mapping[str, Any]) -> bool:
    """Whether it is a python function with code."""
    return bool(function.get("code_zip")) and str(function["config"].get("Runtime", "")).startswith("python")


def as_provided(function: Mapping[str, Any], python: Path) -> dict[str, Any]:
    """Give the function as one of a provided runtime, whose bootstrap is awslambdaric."""
    config = function["config"]
    provided = {**config, "Runtime": "provided.al2023", "PythonRuntime": config["Runtime"]}
    return {**function, "config": provided, "code_zip": with_bootstrap(function["code_zip"], python)}


@lru_cache(maxsize=32)
def with_bootstrap(code_zip: bytes, python: Path) -> bytes:
    """Add the bootstrap to a function's code; the same bytes for the same code."""
    packed = io.BytesIO(code_zip)
    with zipfile.ZipFile(packed, "a") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, bootstrap(python))
    return packed.getvalue()


def bootstrap(python: Path) -> str:
    """Give the script that starts a function."""
    return f'#!/bin/sh\nexec {shlex.quote(str(python))} -m awslambdaric "$_HANDLER"\n'


def lambda_environment(given: Mapping[str, str], config: Mapping[str, Any], opt: Path, endpoint: str) -> dict[str, str]:
    """Give the variables that a function sees on AWS, and the emulator's endpoint.

    Source: docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, "Defined runtime environment variables".
    """
    runtime, logging = config["PythonRuntime"], config.get("LoggingConfig") or {}
    declared = (config.get("Environment") or {}).get("Variables") or {}
    ours = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{config['FunctionName']}",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "PATH": f"{opt}/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{given['LAMBDA_TASK_ROOT']}:{opt}/python/lib/{runtime}/site-packages:{opt}/python",
        "TZ": ":UTC",
    }
    return {**ours, **declared, **{name: given[name] for name in FROM_MINISTACK if name in given}}


def opt_folder(lambda_svc: ModuleType, layers: list[Any]) -> Path:
    """Give the folder that stands for /opt: all layers in their order, later ones over earlier ones."""
    packed = (lambda_svc._resolve_layer_zip(layer) for layer in layers)  # noqa: SLF001 - what this module is for
    return _unpack(tuple(each for each in packed if each), lambda_svc._extract_zip_preserving_mode)  # noqa: SLF001 - the same


@lru_cache(maxsize=32)
def _unpack(packed: tuple[bytes, ...], extract: Callable[[zipfile.ZipFile, str], None]) -> Path:
    folder = tempfile.mkdtemp(prefix="opt-")  # in the emulator's own TMPDIR
    for each in packed:
        with zipfile.ZipFile(io.BytesIO(each)) as archive:
            extract(archive, folder)
    return Path(folder)
