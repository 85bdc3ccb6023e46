"""What is a text? Objects of a cluster, a state, a cloud's description, a configuration, or none of these.

Told from its beginning, so that a record of flows, which may be of any size, is never read for it.
"""

from __future__ import annotations

import re
from typing import Literal

from tidegate.errors import InputError
from tidegate.gate.settings.kinds import is_manifest, server_kind
from tidegate.protect.targets import vendors

Kind = Literal["kubernetes", "terraform", "aws", "gcloud", "azure", "configuration", ""]
_TERRAFORM = re.compile(r"\"(terraform_version|format_version)\"\s*:|\"@level\"\s*:")
_KUBERNETES = re.compile(r"\"apiVersion\"\s*:\s*\"[\w./-]+\"")
_AZURE = re.compile(r"\"Microsoft\.[A-Za-z]+/[A-Za-z]+|\"allocatedOutboundPorts\"\s*:|/providers/Microsoft\.")
_GCLOUD = re.compile(
    r"\"?natIpAllocateOption\"?\s*:|\"?sourceSubnetworkIpRangesToNat\"?\s*:|\"?kind\"?\s*:\s*\"?(compute|sql)#\w+"
)
_AWS = re.compile(
    r"\"(NatGateways|LoadBalancers|LoadBalancerDescriptions|TargetGroups|TargetHealthDescriptions|DBInstances"
    r"|DBClusters|Reservations|AutoScalingGroups|CacheClusters|ReplicationGroups|ScalableTargets|failures"
    r"|taskDefinition|NextToken)\"\s*:|\"services\"\s*:\s*\[\s*\{\s*\"serviceArn\""
)
_LOGS = re.compile(
    r"\"message\"\s*:\s*\"\d{1,2} \S{1,40} eni-|\"@message\"\s*:"
    r"|\"field\"\s*:\s*\"(@(message|timestamp|ptr)|srcAddr|dstAddr)\""
)
_JSON = re.compile(r"^\s*(\{|\[\s*[\[\]{\"])")
_NO_SETTINGS = re.compile(r"\x00|^\s*\[?(NEW|UPDATE|DESTROY)\]?|^(tcp|udp|ipv4|ipv6|version)\s", re.MULTILINE)


def listing_kind(beginning: str, name: str) -> Kind:
    """Return what a text is by its beginning; empty where it is none of these.

    Parameters
    ----------
    beginning
        Its first characters.
    name
        What its file is called.
    """
    text = beginning.lstrip("\ufeff")
    by_mark: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("terraform", _TERRAFORM),
        ("azure", _AZURE),
        ("gcloud", _GCLOUD),
        ("aws", _AWS),
        ("kubernetes", _KUBERNETES),
    )
    if _JSON.match(text):
        if _LOGS.search(text):  # messages, which may be flow logs: a record
            return ""
        return next((kind for kind, mark in by_mark if mark.search(text)), "")
    if _NO_SETTINGS.search(text):
        return ""
    if _GCLOUD.search(text):
        return "gcloud"
    if is_manifest(text):
        return "kubernetes"
    return "configuration" if server_kind(text, name) or _is_configuration(text, name) else ""


def _is_configuration(text: str, name: str) -> bool:
    try:
        vendors.guessed(text, name)
    except InputError as error:
        return error.faults[0].kind == "ambiguous"
    return True
