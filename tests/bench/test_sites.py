"""What pip is given to build a competitor's site."""

from __future__ import annotations

import re

from tests.bench.sites import PACKAGES, PINNED, versions

LINE = re.compile(r"[A-Za-z0-9._-]+==[^ ;]+( ; [^\\]+)?")


def test_versions_are_given_without_hashes_and_each_competitors_packages_are_among_them() -> None:
    lines = versions(PINNED.read_text("utf-8")).splitlines()

    assert [line for line in lines if not LINE.fullmatch(line)] == []
    names = {line.partition("==")[0] for line in lines}
    assert {name for packages in PACKAGES.values() for name in packages} <= names
