"""What do the schemas of Kubernetes say of a manifest? The offline ones, read strictly."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what `kubernetes-validate --strict` says of each file."""
    by = "kubernetes-validate --strict"
    if importlib.util.find_spec("kubernetes_validate") is None:
        return missing(files, by, "kubernetes-validate")
    code = "from kubernetes_validate.__main__ import main; raise SystemExit(main())"
    with unpacked(files) as folder:
        command = (sys.executable, "-c", code, "--strict")
        return tuple(run((*command, one.name), name=one.name, by=by, folder=folder) for one in files)
