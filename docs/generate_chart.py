"""Write the chart of the gate in charts/ anew, of the trees that `tidegate gate manifests` writes its objects of."""

from __future__ import annotations

from pathlib import Path

from tidegate.gate.installation.helm_chart import chart_files
from tidegate.gate.installation.object_names import CLUSTER_WIDE

CHART = Path(__file__).resolve().parents[1] / "charts" / CLUSTER_WIDE


def main() -> None:
    """Write each file of it."""
    for name, text in chart_files().items():
        path = CHART / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
