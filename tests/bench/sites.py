"""The folders that functions run from: each competitor's packages and no others, with bytecode and without."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from tests.bench.places import BUILT, COMPETITORS, ROOT, RUNTIME

OURS, SDK, POWERTOOLS, SCRIPT, NOTHING = "ours", "sdk", "powertools", "script", "nothing"
PINNED = ROOT / "requirements" / "bench.txt"
LAYER = ROOT / "layers" / "aliyun_sms"
PACKAGES = {
    SDK: ["alibabacloud-dysmsapi20170525"],
    POWERTOOLS: ["alibabacloud-dysmsapi20170525", "aws-lambda-powertools"],
    SCRIPT: ["requests"],
    NOTHING: [],
}
BYTECODE = shutil.ignore_patterns("__pycache__")
FUNCTIONS = {
    "request": "send_on_request",
    "queue": "send_from_queue",
    "schedule": "send_on_schedule",
    "alert": "send_on_alert",
}


@dataclass(frozen=True, slots=True)
class Site:
    """The packages of one competitor. Sizes are in bytes."""

    name: str
    compiled: bool
    folder: Path

    def function(self, door: str) -> Path:
        """A door's function, alone in a folder; its own files are never compiled, as SAM leaves them."""
        folder = BUILT / "functions" / f"{self.name}-{door}"
        shutil.rmtree(folder, ignore_errors=True)
        if self.name == OURS:
            shutil.copytree(ROOT / "functions" / FUNCTIONS[door], folder, ignore=BYTECODE)
        else:
            shutil.copytree(COMPETITORS / self.name, folder / self.name, ignore=BYTECODE)
        return folder

    def handler(self, door: str) -> str:
        """What Lambda is told to call."""
        return "app.lambda_handler" if self.name == OURS else f"{self.name}.{FUNCTIONS[door]}.lambda_handler"

    def zipped(self, door: str) -> int:
        """The size of its packages and one function, zipped as they are deployed."""
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for folder in (self.folder, self.function(door)):
                for path in sorted(folder.rglob("*")):
                    archive.write(path, path.relative_to(folder))
        return len(packed.getvalue())


def site(name: str, authority: Path, *, compiled: bool) -> Site:
    """A competitor's site, built if what it is made of has changed."""
    made = Site(name, compiled, BUILT / "sites" / f"{name}-{'compiled' if compiled else 'sources'}")
    stamp, wanted = made.folder.with_suffix(".made-of"), _made_of(name, authority)
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"  building {made.folder.relative_to(ROOT)}", flush=True)
        stamp.unlink(missing_ok=True)
        shutil.rmtree(made.folder, ignore_errors=True)
        _build(made, authority)
        stamp.write_text(wanted)
    return made


def _made_of(name: str, authority: Path) -> str:
    sources = [PINNED, authority, Path(__file__)]
    if name == OURS:
        sources += [path for path in sorted(LAYER.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    return sha256(b"".join([sys.version.encode(), *(path.read_bytes() for path in sources)])).hexdigest()


def _build(made: Site, authority: Path) -> None:
    made.folder.mkdir(parents=True)
    if made.name == OURS:
        _build_layer(made.folder, authority)
    elif PACKAGES[made.name]:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        constraints = BUILT / "versions.txt"
        constraints.write_text(versions(PINNED.read_text("utf-8")))
        target = ["--target", str(made.folder), "--constraint", str(constraints)]
        _run([*install, *target, *PACKAGES[made.name]])
        shutil.rmtree(made.folder / "bin", ignore_errors=True)
    if made.compiled:
        compiling = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        _run([str(RUNTIME), *compiling, str(made.folder)])
    else:
        _without_bytecode(made.folder)
    if made.name != OURS:
        _trust(made.folder, authority)


def versions(pinned: str) -> str:
    """Of a requirements file its versions alone: with hashes pip would take nothing that is not named with one."""
    return "\n".join(line.removesuffix(" \\") for line in pinned.splitlines() if not line.startswith((" ", "#")))


def _build_layer(folder: Path, authority: Path) -> None:
    """As `sam build` does, in a copy; what it puts under python/ is what the function finds."""
    copy, artifacts = folder.with_suffix(".source"), folder.with_suffix(".artifacts")
    for each in (copy, artifacts):
        shutil.rmtree(each, ignore_errors=True)
    shutil.copytree(LAYER, copy, ignore=BYTECODE)
    make = ["make", "-s", "-C", str(copy), f"ARTIFACTS_DIR={artifacts}", f"PYTHON={RUNTIME}", f"RUNTIME={RUNTIME}"]
    _run([*make, "build-AliyunSmsLayer"])
    _trust(artifacts / "python", authority)
    _run([*make, "certificates"])
    folder.rmdir()
    (artifacts / "python").rename(folder)
    for each in (copy, artifacts):
        shutil.rmtree(each)


def _without_bytecode(folder: Path) -> None:
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)


def _trust(folder: Path, authority: Path) -> None:
    """Add the authority to the bundle that the packages bring: requests, the official SDK and boto3 all read it."""
    bundle = folder / "certifi" / "cacert.pem"
    if bundle.exists():
        with bundle.open("ab") as end:
            end.write(authority.read_bytes())


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)
