"""Who says what is about to change? Terraform, CloudFormation, or a service of AWS: by what a text holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.change_set import read_change_set
from tidegate.gate.aws.services import read_services
from tidegate.gate.aws.template import read_template
from tidegate.gate.change.plan import Plan
from tidegate.gate.terraform.plan import read_plan

_TERRAFORM = re.compile(r"\"(format_version|terraform_version|resource_changes)\"\s*:")
_TEMPLATE = re.compile(
    r"\"Resources\"\s*:\s*\{|^\s*Resources\s*:\s*(\{|#|$)|\"?AWSTemplateFormatVersion\"?\s*:", re.MULTILINE
)
_CHANGE_SET = re.compile(
    r"\"(Changes|ChangeSetName|ChangeSetId)\"\s*:|^(Changes|ChangeSetName)\s*:", re.MULTILINE
)
_ALLOWED = (
    "the JSON of a Terraform plan, a change set or template of CloudFormation, or JSON of `aws ecs`, "
    "`aws application-autoscaling` or `aws autoscaling`"
)
_SERVICES = re.compile(
    r"\"?\b(services|service|failures|serviceName|desiredCount|taskDefinition|containerDefinitions|ScalableTargets"
    r"|ResourceId|ScalingPolicies|ScheduledActions|ScheduledUpdateGroupActions|ScalableDimension|AutoScalingGroups"
    r"|AutoScalingGroupName)\b\"?\s*:"
)


_IS_LIST_OR_STREAM = re.compile(r"\s*(\[|\{\s*\"@)|\s*\{\s*\}?\s*\Z")


def read_changes(texts: Sequence[tuple[str, str]], before: tuple[str, str] | None = None) -> tuple[Plan, ...]:
    """Return what texts say is about to change; those of services of AWS are one.

    Parameters
    ----------
    texts
        Each with its name.
    before
        The template of CloudFormation that stands, with its name; None where none was given.

    Raises
    ------
    InputError
        If one cannot be read, or a template that stands is given and none that shall be.
    """
    plans: list[Plan] = []
    services: list[tuple[str, str]] = []
    templates_count = 0
    for text, source in texts:
        if _TERRAFORM.search(text):
            plans.append(read_plan(text, source))
        elif _TEMPLATE.search(text):
            templates_count += 1
            plans.append(read_template(text, source, before))
        elif _CHANGE_SET.search(text):
            plans.append(read_change_set(text, source))
        elif _SERVICES.search(text):
            services.append((text, source))
        elif _IS_LIST_OR_STREAM.match(text) or not text.strip():
            plans.append(read_plan(text, source))
        else:
            fault = Fault(
                what="says of nothing that it changes", allowed=_ALLOWED, place=Place(source=source)
            )
            raise InputError(fault)
    if before is not None and templates_count != 1:
        allowed = "one template of CloudFormation by --changes, beside the one that stands"
        raise InputError(
            Fault(what="has nothing to stand before", allowed=allowed, place=Place(source=before[1]))
        )
    return (*plans, *([read_services(services)] if services else []))
