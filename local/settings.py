"""What the local cloud is told by the Makefile's variables, and where its files lie."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from local.errors import BadSetting
from local.parameters import read_parameters, require_json

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Settings:
    """One local cloud; two with different directories and ports run side by side."""

    directory: Path
    gateway_port: int
    simulator_port: int
    sms_endpoint: str  # empty: the bundled simulator
    parameters: Mapping[str, str]  # of the template, over the local defaults
    template: Path
    registry: Path | None  # of signatures and templates; none: the simulator's own
    limits: bool = False  # whether the simulator's limits per number hold

    def __post_init__(self) -> None:
        """Refuse one port for two programs, and what a schedule cannot send."""
        require_json(dict(self.parameters), "ScheduleInput")
        if not self.sms_endpoint and self.gateway_port == self.simulator_port:
            raise BadSetting(f"GATEWAY_PORT and SIMULATOR_PORT are both {self.gateway_port}")

    @property
    def outputs(self) -> Path:
        """What others read to use the local cloud."""
        return self.directory / "outputs.json"

    @property
    def processes(self) -> Path:
        """What was started and is to be stopped."""
        return self.directory / "processes.json"

    @property
    def temporary(self) -> Path:
        """Where what we start leaves its temporary files; removed at the end."""
        return self.directory / "tmp"

    @property
    def sam(self) -> Path:
        """What `sam` builds, keeps for the next build, and is told."""
        return self.directory / "sam"

    @property
    def stop_command(self) -> str:
        """What stops it, to be typed in the project's folder."""
        return f"make down {self._choice}".rstrip()

    @property
    def send_command(self) -> str:
        """What sends a first message, to be typed there too."""
        return f"{self._choice} ./sms send --to 13800138000 --param code=482913".lstrip()

    @property
    def _choice(self) -> str:
        """What tells it from the one that is meant where nothing is said."""
        if self.directory == ROOT / ".local":
            return ""
        within = self.directory.is_relative_to(ROOT)
        directory = self.directory.relative_to(ROOT) if within else self.directory
        return f"LOCAL_DIR={shlex.quote(str(directory))}"

    @property
    def emulator_url(self) -> str:
        """Where AWS's services answer."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def simulator_url(self) -> str | None:
        """Where the bundled simulator answers, if it is the provider."""
        return None if self.sms_endpoint else f"http://127.0.0.1:{self.simulator_port}"

    @property
    def inbox_url(self) -> str | None:
        """Where a browser shows what the simulator received."""
        return self.simulator_url and f"{self.simulator_url}/inbox"

    @property
    def provider_url(self) -> str:
        """Where the functions send messages to."""
        return self.sms_endpoint or f"http://127.0.0.1:{self.simulator_port}"

    def log(self, name: str) -> Path:
        """Where the output of one program goes."""
        return self.directory / "logs" / f"{name}.log"

    def within(self, name: str) -> Settings:
        """Give the same settings with a state directory of its own below this one."""
        return replace(self, directory=self.directory / name)


def read_settings(environ: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Read the settings; relative paths are meant from the project's root."""
    return Settings(
        directory=root / (environ.get("LOCAL_DIR") or ".local"),
        gateway_port=_port(environ, "GATEWAY_PORT", 4566),
        simulator_port=_port(environ, "SIMULATOR_PORT", 9100),
        sms_endpoint=environ.get("SMS_ENDPOINT", "").strip(),
        parameters=read_parameters(environ.get("PARAMETERS", ""), root),
        template=root / (environ.get("TEMPLATE") or "template.yaml"),
        registry=root / environ["REGISTRY"] if environ.get("REGISTRY") else None,
    )


def _port(environ: Mapping[str, str], variable: str, default: int) -> int:
    text = environ.get(variable, "").strip() or str(default)
    if not text.isdecimal() or int(text) not in PORTS:
        raise BadSetting(f"{variable}={text} is not a port")
    return int(text)
