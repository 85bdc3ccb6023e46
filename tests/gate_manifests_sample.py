"""What `tidegate gate manifests` writes, read back; and what a cluster would do with it."""

from __future__ import annotations

import base64
import importlib
import os
import shutil
from types import ModuleType

import pytest
import yaml

VERSIONS = tuple(f"1.{minor}" for minor in range(25, 38))
NO_SCHEMA = ("cert-manager.io/", "monitoring.coreos.com/")
"""Kinds of others, which the schemas of Kubernetes do not know."""


def part(name: str) -> ModuleType:
    """Return a module that only tests need; without it they are skipped, or fail where all is required."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        if os.environ.get("REQUIRE_PARTS") == "1":
            raise
        pytest.skip(f"{name} is not installed")


def program(name: str) -> str:
    """Return where a program is that only tests need; as above."""
    found = shutil.which(name)
    if found is None and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip(f"{name} is not installed")
    assert found, f"{name} is not installed"
    return found


def objects(folder, *names):
    """Return the objects of a folder's files, by kind and name."""
    paths = [folder / name for name in names] or sorted(folder.glob("*.yaml"))
    found = [one for path in paths for one in yaml.safe_load_all(path.read_text()) if one]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def laid_out(found, folder):
    """Lay out what the Deployment mounts, and return the words that its container is started with."""
    [container] = found["Deployment", "gate"]["spec"]["template"]["spec"]["containers"]
    volumes = {one["name"]: one for one in found["Deployment", "gate"]["spec"]["template"]["spec"]["volumes"]}
    places = {}
    for mount in container["volumeMounts"]:
        volume, place = volumes[mount["name"]], folder / mount["name"]
        place.mkdir(exist_ok=True)
        places[mount["mountPath"]] = str(place)
        if "configMap" in volume:
            for name, text in found["ConfigMap", volume["configMap"]["name"]]["data"].items():
                (place / name).write_text(text)
        if "secret" in volume:
            for name, text in found["Secret", volume["secret"]["secretName"]]["data"].items():
                (place / name).write_bytes(base64.b64decode(text))
    words = []
    for word in container["args"]:
        at = next((one for one in places if word.startswith(one)), None)
        words.append(word if at is None else word.replace(at, places[at], 1))
    return words


def asked(webhook, review):
    """Return whether a server sends a review to a webhook: by its rules, and by its conditions in CEL."""
    cel = part("cel_expr_python.cel")
    request = review["request"]
    resource = request["resource"]
    name = "/".join(one for one in (resource["resource"], request["subResource"]) if one)
    matched = any(
        resource["group"] in rule["apiGroups"] and resource["version"] in rule["apiVersions"]
        and request["operation"] in rule["operations"] and name in rule["resources"]
        for rule in webhook["rules"]
    )  # fmt: skip
    names = ("object", "oldObject", "request")
    env = cel.NewEnv(variables=dict.fromkeys(names, cel.Type.DYN))
    data = {"object": request["object"], "oldObject": request["oldObject"], "request": request}
    for condition in webhook.get("matchConditions", ()):
        found = env.compile(condition["expression"]).eval(data=data)
        assert str(found.type()) == "BOOL", f"{condition['name']}: {found.value()}"
        matched = matched and found.value()
    return matched
