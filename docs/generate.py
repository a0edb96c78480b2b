"""Writes the pages of docs/ that are made from the code: `make docs`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

CODES_HEAD = """\
# Codes

Made by `make docs` from the catalogue in the layer. Codes without a prefix of ours are the provider's; `client:` and \
`http:` are ours, where the provider gave none; `receipt:` are those of delivery reports. Braces stand for any text. A \
code that is not here counts as `ambiguous`. `part` is what of a message a refusal is for; none where \
it is for something else.

| code | category | part | retryable | what to do | 处理建议 |
|---|---|---|---|---|---|"""
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("layers/aliyun_sms", "functions/send_on_alert")]


def codes_page() -> str:
    """The catalogue as a table, in its order."""
    catalogue = json.loads((HERE.parent / "layers/aliyun_sms/aliyun_sms/provider/catalogue.json").read_text("utf-8"))
    rows = [
        f"| `{code}` | {entry['category']} | {entry.get('part', '')} | {'yes' if entry['retryable'] else 'no'} "
        f"| {entry['advice_en'] or ''} | {entry['advice_zh'] or ''} |"
        for code, entry in catalogue.items()
    ]
    return "\n".join([CODES_HEAD, *rows, ""])


def schema_page() -> str:
    """The JSON Schema of a message."""
    from aliyun_sms.message.fields import message_schema  # noqa: PLC0415 - the layer's folder is put on the path above

    return json.dumps(message_schema(), indent=2, ensure_ascii=False) + "\n"


def routes_schema_page() -> str:
    """The JSON Schema of the routes of alerts."""
    from routing.schema import SCHEMA  # noqa: PLC0415 - the function's folder is put on the path above

    return json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"


def policy_schema_page() -> str:
    """The JSON Schema of a policy."""
    from aliyun_sms.policy.reading import policy_schema  # noqa: PLC0415 - the layer's folder is put on the path above

    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


PAGES = {
    "codes.md": codes_page,
    "message.schema.json": schema_page,
    "alerts.schema.json": routes_schema_page,
    "policy.schema.json": policy_schema_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
