"""Looks all pinned packages up among the known vulnerabilities: `make audit`.

Ends with 0 where none is known, 1 where one is, and 3 where packages could not be looked up, of which nothing is known:
pip-audit itself passes over those, and says that it found nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FOUND, NOT_LOOKED_UP = 1, 3  # exit statuses; 2 is make's own
ROOT = Path(__file__).parents[1]
FILES = (ROOT / "layers/aliyun_sms/requirements.txt", *sorted((ROOT / "requirements").glob("*.txt")))
OPTIONS = ("--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json", "--requirement")
PIP_AUDIT = (str(Path(sys.executable).with_name("pip-audit")), *OPTIONS)


class NotReached(Exception):
    """The database could not be asked at all; its text says why."""


def main(files: Iterable[Path] = FILES, pip_audit: Sequence[str] = PIP_AUDIT) -> int:
    """Print a line for each vulnerability, and one for the whole; gives the exit status."""
    try:
        packages = {json.dumps(package): package for file in files for package in look_up(file, pip_audit)}.values()
    except NotReached as error:
        print(f"audit: the database of vulnerabilities cannot be reached, so nothing is known: {error}")
        return NOT_LOOKED_UP
    found = [line for package in packages for line in vulnerabilities(package)]
    passed_over = sum("skip_reason" in package for package in packages)
    print("".join(f"{line}\n" for line in found), end="")
    if passed_over:
        some = f"nothing is known of {passed_over} of {len(packages)} packages"
        print(f"audit: the database of vulnerabilities cannot be reached, or does not have them: {some}")
    else:
        print(f"audit: {len(packages)} packages looked up, known vulnerabilities: {len(found) or 'none'}")
    if found:
        return FOUND
    return NOT_LOOKED_UP if passed_over else 0


def look_up(file: Path, pip_audit: Sequence[str]) -> list[dict[str, Any]]:
    """Give what pip-audit says of each package that a file pins; raises NotReached."""
    done = subprocess.run([*pip_audit, str(file)], capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise NotReached((done.stderr.strip() or "pip-audit said nothing").splitlines()[-1]) from None
    return packages


def vulnerabilities(package: dict[str, Any]) -> Iterator[str]:
    """Give a line for each known vulnerability of a package: what it is called, and what mends it."""
    for each in package.get("vulns", []):
        mended = ", ".join(each["fix_versions"]) or "no version yet"
        yield f"{package['name']} {package['version']}: {each['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
