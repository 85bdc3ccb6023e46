"""How many connections does a managed database let in where nobody says so? By its engine and its class.

What is told is the vendor's default, reckoned from the memory that a class has on paper: a parameter group
or a flag may say otherwise, and the real one is some per cent lower, since the vendor's own processes need
memory.

Sources: AWS, "Quotas and constraints for Amazon RDS" (maximum number of database connections) and "Managing
Amazon Aurora MySQL" (max_connections), formulae over DBInstanceClassMemory, read in parameter groups;
Google, "Cloud SQL: configure database flags" (max_connections by memory), recalled. Memory of classes: AWS'
families keep it for each vCPU (m 4 GiB, r 8, x2g 16, c 2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.gate.change.resource import Resource, leaves

_GIB = 1024.0**3
_CLASS = re.compile(r"db\.([a-z]+)(\d+)[a-z]*\.(micro|small|medium|large|(\d*)xlarge)", re.ASCII)
_BURST_GIB = {"micro": 1.0, "small": 2.0, "medium": 4.0, "large": 8.0}
_EACH_GIB = {"m": 4.0, "r": 8.0, "x": 16.0, "c": 2.0, "t": 4.0}
_TIER = re.compile(r"db-(?:custom-\d+-(\d+)|n1-(standard|highmem)-(\d+)|(f1-micro|g1-small))", re.ASCII)
_CLOUD_SQL = ((120.0, 1000), (60.0, 800), (30.0, 600), (15.0, 500), (7.5, 400), (6.0, 200), (3.75, 100),
              (1.7, 50), (0.0, 25))  # fmt: skip
_MOST_POSTGRES, _MOST_MARIADB = 5000, 12000
_RDS = frozenset({
    "aws_db_instance", "aws_rds_cluster_instance", "aws_rds_cluster", "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
})  # fmt: skip


def usual_connections(resource: Resource) -> Iterator[str]:
    """Yield a sentence on how many connections a managed database lets in by default, where that is known.

    Parameters
    ----------
    resource
        What changes: only databases of AWS and Google are looked at.
    """
    before, after = (usual_limit(resource.kind, side) for side in (resource.before, resource.after))
    if after is None:
        return
    many, of, source = after
    was = (
        f", before at most about {before[0]:,} ({before[1]})"
        if before is not None and before != after
        else ""
    )
    yield (
        f"{resource.address} ({of}) lets in at most about {many:,} connections where nothing else is said"
        f"{was}: {source}, not measured; `services.*.connections` of a world says how many there are."
    )


def usual_limit(kind: str, side: Mapping[str, Any]) -> tuple[int, str, str] | None:
    """Return how many connections a managed database lets in by default, of what, and who says so.

    Parameters
    ----------
    kind
        The type of the resource, as Terraform or CloudFormation has it.
    side
        Its attributes.
    """
    if kind in _RDS:
        name = str(side.get("instance_class") or side.get("db_cluster_instance_class")
                   or side.get("DBInstanceClass") or side.get("DBClusterInstanceClass") or "")  # fmt: skip
        engine = str(side.get("engine") or side.get("Engine") or "")
        memory_gib = class_memory_gib(name)
        many = _rds(engine, memory_gib * _GIB) if memory_gib else None
        return (many[0], f"{engine} on {name}", f"the default is {many[1]}") if many else None
    if kind == "google_sql_database_instance":
        return _cloud_sql(side)
    return None


def class_memory_gib(name: str) -> float:
    """Return the memory of a class of RDS such as ``db.m5.large``; 0 where it is not known."""
    found = _CLASS.fullmatch(name)
    if found is None:
        return 0.0
    family, generation, size = found[1], int(found[2]), found[3]
    if family == "t" and size in _BURST_GIB:
        return _BURST_GIB[size]
    # Older generations keep other amounts.
    is_known = family in _EACH_GIB and generation >= {"m": 4, "r": 5, "x": 2, "c": 5, "t": 3}[family]
    cores_count = {"medium": 1, "large": 2}.get(size, 4 * int(found[4] or 1) if "xlarge" in size else 0)
    return _EACH_GIB[family] * cores_count if is_known else 0.0


def _rds(engine: str, memory_bytes: float) -> tuple[int, str] | None:
    if engine in {"postgres", "aurora-postgresql"}:
        formula = "LEAST({DBInstanceClassMemory/9531392},5000)"
        return min(int(memory_bytes / 9531392), _MOST_POSTGRES), formula
    if engine == "mysql":
        return int(memory_bytes / 12582880), "{DBInstanceClassMemory/12582880}"
    if engine == "mariadb":
        formula = "LEAST({DBInstanceClassMemory/25165760},12000)"
        return min(int(memory_bytes / 25165760), _MOST_MARIADB), formula
    if engine in {"aurora-mysql", "aurora"}:
        formula = (
            "GREATEST({log(DBInstanceClassMemory/805306368)*45},{log(DBInstanceClassMemory/8187281408)*1000})"
        )
        small, large = math.log2(memory_bytes / 805306368) * 45, math.log2(memory_bytes / 8187281408) * 1000
        return int(max(small, large)), formula
    return None


def _cloud_sql(side: Mapping[str, Any]) -> tuple[int, str, str] | None:
    values = {str(path[-1]): value for path, value in leaves(side)}
    tier, version = str(values.get("tier", "")), str(side.get("database_version", ""))
    stated = values.get("max_connections")
    if isinstance(stated, str) and stated.isdigit():
        return int(stated), f"{version} on {tier}", "its database flag max_connections says so"
    found = _TIER.fullmatch(tier)
    if found is None:
        return None
    if found[4]:
        memory_gib = {"f1-micro": 0.6, "g1-small": 1.7}[found[4]]
    elif found[1]:
        memory_gib = int(found[1]) / 1024.0
    else:
        memory_gib = {"standard": 3.75, "highmem": 6.5}[found[2]] * int(found[3])
    if version.startswith("POSTGRES"):
        many = next(many for least_gib, many in _CLOUD_SQL if memory_gib >= least_gib)
    elif version.startswith("MYSQL"):
        many = {"f1-micro": 250, "g1-small": 1000}.get(found[4] or "", 4000)
    else:
        return None
    return many, f"{version} on {tier}", "Cloud SQL's default for its memory"
