"""Where runs happen: one thread for each core, or a cluster, as was asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from concurrent.futures import Executor

Jobs = Annotated[int | None, typer.Option(min=1, max=256, help="Threads; by default one for each core.")]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run on a Dask cluster: the address of its scheduler."),
]


def workers(jobs: int | None, cluster: str | None = None) -> AbstractContextManager[Executor]:
    """Return an executor that lasts for a `with`."""
    from tidegate.adapters import cluster as places

    return places.threads(jobs) if cluster is None else places.cluster(cluster)
