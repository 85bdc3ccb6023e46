"""What a result was measured with: date, commit, processor and versions."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path


def circumstances() -> dict[str, object]:
    """Return what anyone needs to know who compares a result with their own."""
    git = ["git", "-C", str(Path(__file__).parent)]
    said = {
        words[0]: subprocess.run([*git, *words], capture_output=True, text=True, check=False).stdout.strip()
        for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "../src"))
    }
    processor = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    versions = {}
    for name in ("tidegate", "numba", "numpy", "simpy", "cimba"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "commit": said["rev-parse"] + (" with changes" if said["status"] else ""),
        "python": platform.python_version(),
        "processor": processor[0] if processor else platform.machine(),
        "cores_count": os.cpu_count(),
        "versions": versions,
    }
