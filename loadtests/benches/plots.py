"""How do all plots of the benches look? One style, one way to write them. Needs the bench environment."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

OURS, RAW, FRAMEWORK = "#005eb8", "#768692", "#ae2573"
"""Whose figure it is, readable for the colour-blind."""

PARTS = ("#005eb8", "#41b6e6", "#e8a33d")
"""Parts of one whole, stacked."""

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": "#425563",
    "axes.labelcolor": "#425563",
    "xtick.color": "#425563",
    "ytick.color": "#231f20",
    "ytick.major.size": 0,
    "grid.color": "#d8dde0",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
}


def new_figure(columns: int, *, width: float, height: float, share_rows: bool = False) -> tuple[Figure, list[Axes]]:
    """A figure in our style with so many panels side by side; inches."""
    mpl.use("Agg")
    mpl.rcParams.update(STYLE)
    figure, axes = plt.subplots(1, columns, figsize=(width, height), sharey=share_rows, squeeze=False)
    return figure, list(axes[0])


def write(figure: Figure, file: Path, footnote: str) -> None:
    """Write a PNG with what it was measured on beneath."""
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.text(0.01, 0.012, footnote, fontsize=6.5, color="#425563")
    figure.savefig(file, dpi=160, metadata={"Software": None})
    plt.close(figure)
