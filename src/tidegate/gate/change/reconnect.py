"""Which changes of a plan may make clients connect anew, though no size grows? Replacements and rolls."""

from __future__ import annotations

import re

from tidegate.gate.change.resource import Resource, dotted, leaves, read_within

_INERT = re.compile(
    r"(null_resource|terraform_data|random_|time_|tls_|local_|template_|archive_|external|http"
    r"|aws_(iam|cloudwatch|sns_topic_policy|s3|ssm_parameter|kms|budgets|ecr|acm)"
    r"|google_(project_iam|service_account|storage|monitoring|logging)"
    r"|azurerm_(role|user_assigned|storage|monitor_(action|metric)|log_analytics|resource_group))\w*"
    r"|AWS::(IAM|CloudWatch|Logs|S3|SSM|KMS|Budgets|ECR|CertificateManager|SNS|Events|Config|CloudTrail)::\w+"
    r"|AWS::CloudFormation::(WaitCondition|WaitConditionHandle|CustomResource|Macro)|Custom::.*"
)
"""Types that nobody is connected to."""
_ROLLS = frozenset({
    "launch_template", "launch_configuration", "mixed_instances_policy", "image", "image_id", "ami",
    "source_image", "task_definition", "container_definitions", "instance_type", "instance_class",
    "machine_type", "vm_size", "size", "sku", "sku_name", "sku_size", "family", "tier", "node_type",
    "engine_version", "version", "parameter_group_name", "user_data", "user_data_base64",
    "instance_template", "release_version", "kubernetes_version", "orchestrator_version",
    "min_master_version", "node_version", "solution_stack_name", "platform_arn",
    "image_uri", "source_code_hash", "s3_object_version", "certificate_arn", "ssl_certificates",
    "subnet_ids", "nat_gateway_id", "gateway_id", "vpc_config", "network_configuration", "chart",
    "LaunchTemplate", "LaunchTemplateData", "LaunchConfigurationName", "MixedInstancesPolicy", "Image",
    "ImageId", "AmiType", "TaskDefinition", "ContainerDefinitions", "InstanceType", "InstanceTypes",
    "InstanceClass", "DBInstanceClass", "CacheNodeType", "NodeType", "EngineVersion", "Version",
    "ReleaseVersion", "DBParameterGroupName", "DBClusterParameterGroupName", "UserData", "Code", "CodeUri",
    "ImageUri", "SolutionStackName", "PlatformArn", "Certificates", "CertificateArn", "SubnetIds", "Subnets",
    "NatGatewayId", "GatewayId", "VpcConfig", "NetworkConfiguration", "VPCZoneIdentifier",
})  # fmt: skip
_CLASSES = re.compile(
    r"(azurerm_redis|azurerm_eventhub|azurerm_servicebus|azurerm_search|azurerm_signalr)\w*"
)
"""Types whose `capacity` is a class of machine."""
_TEMPLATES = frozenset({"template", "spec", "manifest", "yaml_body", "values", "set", "setting"})


def reconnects(resource: Resource, sizes: frozenset[str]) -> str:
    """Return why a change may make clients connect anew; empty where nothing says so.

    Parameters
    ----------
    resource
        What the plan changes.
    sizes
        The attributes that are read as its sizes.
    """
    if is_inert(resource.kind) or not resource.changes:
        return ""
    if resource.is_replaced:
        return "is replaced"
    if resource.actions != {"update"}:
        return ""
    changed = resource.changed_names()
    rolled = [name for name in changed if name in _ROLLS | _TEMPLATES and changes_more(resource, name, sizes)]
    if "capacity" in changed and _CLASSES.fullmatch(resource.kind):
        rolled.append("capacity")
    return f"gets another {', '.join(rolled)}" if rolled else ""


def is_inert(kind: str) -> bool:
    """Whether nobody is connected to resources of a type."""
    return bool(_INERT.fullmatch(kind))


def changes_more(resource: Resource, name: str, sizes: frozenset[str]) -> bool:
    """Whether an attribute differs in more than its sizes.

    Parameters
    ----------
    resource
        What changes.
    name
        The attribute.
    sizes
        What is read as its sizes.
    """
    before, after = (
        {
            path: leaf
            for path, leaf in leaves({name: read_within(side.get(name))})
            if not any(f".{size}." in f".{dotted(path)}." for size in sizes)
        }
        for side in (resource.before, resource.after)
    )
    return before != after
