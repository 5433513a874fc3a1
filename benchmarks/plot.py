"""The plot: how fast each contender is, beside the base of its scenario."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from benchmarks.running import Outcome

SHOWN = {  # the scenarios of the plot, and their names there
    "bulk": "many ids, 100 in flight",
    "tls": "the same over TLS",
    "latency": "the same at 20 ms latency",
    "single": "one after another",
    "hit": "a hit of the cache",
    "one_id": "1,000 callers of one id",
    "unavailable": "5 % of the answers are 503",
    "decode": "decoding",
}
OURS, OTHERS, BASE, RANGE = "#1f6feb", "#b8bfc6", "#57606a", "#24292f"


def draw(outcomes: Mapping[str, Outcome], path: Path, origins: Iterable[str]) -> None:
    """A panel of bars for each scenario that was run; longer is faster. At its foot, what they came from."""
    import matplotlib as mpl  # noqa: PLC0415 -- half a second, and needed at the end only

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 -- as above

    shown = {title: outcomes[name] for name, title in SHOWN.items() if name in outcomes}
    rows = -(-len(shown) // 2)
    figure, axes = plt.subplots(rows, 2, figsize=(12, 2.75 * rows), squeeze=False, layout="constrained")
    for axis in list(axes.flat)[len(shown) :]:
        axis.set_axis_off()
    for axis, (title, outcome) in zip(axes.flat, shown.items(), strict=False):
        _panel(axis, title, outcome)
    figure.suptitle(
        "Speed beside the first of each panel: longer is faster; the line is the range of the rounds", fontsize=13
    )
    figure.supxlabel("\n".join(line for origin in origins for line in wrap(origin, 170)), fontsize=7, color=BASE)
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)


def _panel(axis: Any, title: str, outcome: Outcome) -> None:
    base = next(iter(outcome.scenario.contenders))
    bars = [
        (outcome.scenario.contenders[contender].replace("`", ""), ratio, contender)
        for contender in outcome.scenario.contenders
        if (ratio := outcome.ratio(contender, base)) is not None
    ]
    colors = [BASE if name == base else OURS if name.startswith("ours") else OTHERS for _, _, name in bars]
    lengths = [ratio for _, ratio, _ in bars]
    rounds_of = [outcome.ratios(name, base) for _, _, name in bars]
    ranges = [(ratio - min(rounds), max(rounds) - ratio) for ratio, rounds in zip(lengths, rounds_of, strict=True)]
    spread = list(zip(*ranges, strict=True))
    drawn = axis.barh([label for label, _, _ in bars], lengths, color=colors, xerr=spread, ecolor=RANGE)
    axis.bar_label(drawn, labels=[f"{ratio:.2f}" for ratio in lengths], padding=4, fontsize=9)
    axis.axvline(1.0, color=BASE, linewidth=0.8, linestyle=":")
    axis.set_xlim(0, max(1.0, *(max(rounds) for rounds in rounds_of)) * 1.15)
    axis.invert_yaxis()
    axis.set_title(title, loc="left", fontsize=11)
    axis.tick_params(axis="y", length=0, labelsize=9)
    axis.tick_params(axis="x", labelsize=8)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
