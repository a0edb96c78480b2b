"""HTTP to what runs on this machine, past any proxy."""

from __future__ import annotations

import requests

PATIENCE = 35  # seconds: longer than API Gateway takes before it gives up


def session() -> requests.Session:
    """Give a session that no environment variable or netrc file has a say in."""
    made = requests.Session()
    made.trust_env = False
    return made


def answers(url: str) -> bool:
    """Whether a GET is answered well."""
    try:
        with session() as http:
            return http.get(url, timeout=2).ok
    except requests.RequestException:
        return False
