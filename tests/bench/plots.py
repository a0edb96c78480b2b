"""The plots that docs/performance.md shows, one for each section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from tests.bench.measuring import medians

mpl.use("Agg")

from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tests.bench.figures import Section

OURS, OTHER, PALE = "#c2410c", "#475569", "#cbd5e1"
STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "font.size": 9,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "bench",
}


def draw(section: Section, folder: Path) -> None:
    """Write the section's plot as SVG."""
    with mpl.rc_context(STYLE):
        figure = _PLOTS[section.name](section.raw)
        figure.tight_layout(rect=(0, 0.05, 1, 1))
        figure.savefig(folder / f"{section.name}.svg", metadata={"Date": None})
        plt.close(figure)


def _cold_start(raw: Mapping[str, Any]) -> Any:
    """A panel for each door; what is without .pyc is pale."""
    doors = [door for door in raw if door != "zipped_bytes"]
    figure, panels = plt.subplots(1, len(doors), figsize=(13, 3.6), sharex=True, sharey=True)
    for panel, door in zip(panels, doors, strict=True):
        middle = {name: of["cpu_ms"] for name, of in medians(raw[door]).items()}
        compiled = {name.removesuffix(", .pyc"): cpu for name, cpu in middle.items() if name.endswith(", .pyc")}
        names = list(compiled)
        panel.barh(names, [middle[name] for name in names], color=PALE)
        panel.barh(names, [compiled[name] for name in names], color=_colours(names))
        panel.set(title=door, xlabel="CPU, ms: start and first invocation")
    panels[0].invert_yaxis()
    _note(figure, "dark: with .pyc; to the end of the pale bar: without")
    return figure


def _signing(raw: Mapping[str, Any]) -> Any:
    figure, panels = plt.subplots(1, len(raw), figsize=(11, 2.6), sharey=True)
    for panel, (shape, found) in zip(panels, raw.items(), strict=True):
        middle = {name: of["cpu_us"] for name, of in medians(found).items()}
        _bars(panel, middle, "{:.1f}")
        panel.set(title=shape, xlabel="CPU for one signature, µs")
    panels[0].invert_yaxis()
    return figure


def _warm_sends(raw: Mapping[str, Any]) -> Any:
    """Over TLS, where the provider answers at once; requests.post runs off the scale, so its bar is written out."""
    middle = medians(raw["TLS, 0 ms"])
    kept = {name: of for name, of in middle.items() if name != "requests.post"}
    figure, panels = plt.subplots(1, 3, figsize=(11, 2.4), sharey=True)
    shown = {
        "1 connection": ("one_cpu_ms", "CPU per send, ms"),
        "50 threads": ("opening_cpu_ms", "CPU per send, ms"),
        "50 threads, throughput": ("opening_sends_per_second", "sends per second"),
    }
    for panel, (title, (reading, label)) in zip(panels, shown.items(), strict=True):
        _bars(panel, {name: of[reading] for name, of in kept.items()}, "{:.2f}" if "ms" in label else "{:.0f}")
        panel.set(title=title, xlabel=label)
    panels[0].invert_yaxis()
    post = middle["requests.post"]
    _note(figure, f"not drawn: requests.post, {post['one_cpu_ms']:.0f} and {post['opening_cpu_ms']:.0f} ms per send")
    return figure


def _queue_function(raw: Mapping[str, Any]) -> Any:
    figure, panel = plt.subplots(figsize=(6, 3.4))
    panel.set_xscale("log")
    for kind, style in (("bulk", "-"), ("personalised", "--")):
        each = medians(raw[f"growth, {kind}"])
        sizes = [int(size.replace(",", "")) for size in each]
        cpu = [of["cpu_ms"] for of in each.values()]
        panel.set_xticks(sizes, list(each))
        panel.minorticks_off()
        panel.plot(sizes, cpu, style, marker="o", color=OURS, label=f"ours with ledger, {kind}")
    ((_, bare),) = medians(raw["growth, official SDK"]).items()
    panel.axhline(bare["cpu_ms"], color=OTHER, linestyle=":", label="official SDK without ledger, one call a message")
    panel.set(xlabel="messages", ylabel="CPU per message, ms")
    panel.set_ylim(bottom=0)
    panel.legend(frameon=False)
    return figure


def _bars(panel: Any, values: Mapping[str, float], form: str) -> None:
    names = list(values)
    bars = panel.barh(names, list(values.values()), color=_colours(names))
    panel.bar_label(bars, [form.format(value) for value in values.values()], padding=2, fontsize=8)
    panel.margins(x=0.2)


def _note(figure: Any, text: str) -> None:
    figure.text(0.01, 0.01, text, color=OTHER, fontsize=8)


def _colours(names: Sequence[str]) -> list[str]:
    return [OURS if name.startswith("ours") else OTHER for name in names]


_PLOTS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "cold_start": _cold_start,
    "signing": _signing,
    "warm_sends": _warm_sends,
    "queue_function": _queue_function,
}
