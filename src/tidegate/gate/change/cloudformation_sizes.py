"""Which properties of AWS' own types are sizes? As CloudFormation, ECS and Auto Scaling call them.

Source: AWS, "CloudFormation template reference" (resource and property types), "Amazon ECS API reference" and
"Application Auto Scaling API reference"; SAM's resource types (AWS::Serverless).
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.gate.change.role import Role

NOW, LEAST, MOST = Role.NOW, Role.LEAST, Role.MOST
ECS_SERVICE, SCALABLE_TARGET = "AWS::ECS::Service", "AWS::ApplicationAutoScaling::ScalableTarget"
SCALING_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_GROUP = {"DesiredCapacity": NOW, "MinSize": LEAST, "MaxSize": MOST}
_TARGET = {"MinCapacity": LEAST, "MaxCapacity": MOST}
_PROVISIONED = {"ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions": NOW}
CLOUDFORMATION: Mapping[str, Mapping[str, Role]] = {
    SCALING_GROUP: _GROUP,
    "AWS::AutoScaling::ScheduledAction": _GROUP,
    "AWS::AutoScaling::WarmPool": {"MinSize": LEAST, "MaxGroupPreparedCapacity": MOST},
    ECS_SERVICE: {"DesiredCount": NOW, **_TARGET},
    SCALABLE_TARGET: _TARGET,
    "AWS::EKS::Nodegroup": {
        "ScalingConfig.DesiredSize": NOW, "ScalingConfig.MinSize": LEAST, "ScalingConfig.MaxSize": MOST,
    },
    "AWS::Lambda::Function": {"ReservedConcurrentExecutions": MOST},
    "AWS::Lambda::Alias": _PROVISIONED,
    "AWS::Lambda::Version": _PROVISIONED,
    "AWS::Serverless::Function": {"ReservedConcurrentExecutions": MOST, **_PROVISIONED},
    "AWS::Lambda::EventSourceMapping": {
        "ScalingConfig.MaximumConcurrency": MOST, "ParallelizationFactor": MOST,
        "ProvisionedPollerConfig.MinimumPollers": LEAST, "ProvisionedPollerConfig.MaximumPollers": MOST,
    },
    "AWS::EC2::EC2Fleet": {"TargetCapacitySpecification.TotalTargetCapacity": NOW},
    "AWS::EC2::SpotFleet": {"SpotFleetRequestConfigData.TargetCapacity": NOW},
    "AWS::Batch::ComputeEnvironment": {
        "ComputeResources.DesiredvCpus": NOW, "ComputeResources.MinvCpus": LEAST,
        "ComputeResources.MaxvCpus": MOST,
    },
    "AWS::ElasticBeanstalk::Environment": {
        "OptionSettings.MinSize": LEAST, "OptionSettings.MaxSize": MOST,
    },
    "AWS::EMR::InstanceGroupConfig": {"InstanceCount": NOW},
    "AWS::AppRunner::AutoScalingConfiguration": {"MinSize": LEAST, "MaxSize": MOST},
    "AWS::SageMaker::EndpointConfig": {"ProductionVariants.InitialInstanceCount": NOW},
    "AWS::GameLift::Fleet": {"DesiredEC2Instances": NOW, "MinSize": LEAST, "MaxSize": MOST},
}  # fmt: skip
USUAL = {
    **dict.fromkeys(
        ("DesiredCapacity", "DesiredCount", "DesiredSize", "Replicas", "TargetCapacity", "InstanceCount",
         "InitialInstanceCount", "ProvisionedConcurrentExecutions"), NOW),
    **dict.fromkeys(("MinSize", "MinCapacity", "MinReplicas", "MinInstances"), LEAST),
    **dict.fromkeys(("MaxSize", "MaxCapacity", "MaxReplicas", "MaxInstances"), MOST),
}  # fmt: skip
"""What sizes are usually called, of types that are not listed."""
