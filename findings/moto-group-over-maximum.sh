#!/bin/sh
# moto 5.2.5 with boto3 1.44.8 (PyPI), Python 3.11: an Auto Scaling group of at most 20, 15 of them wanted, and simple
# scaling policies.
#
# Expected  as Amazon documents it: no policy goes over the maximum (+10 makes 20), set_desired_capacity(30) is refused, and
#           +10 % with MinAdjustmentMagnitude 2 makes 17
#           (https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html).
# Seen      25, 30 and 16 instances, all InService at once, without an error: neither the maximum nor the least step is looked
#           at. Only a new MaxSize cuts the number down.
# Matters   the maximum is what keeps a scaling step from being unbounded. A test of automation against moto shows a group
#           that grows past it, and one that leans on the limit passes only where it does not exist.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet 'moto[autoscaling,ec2,elb,elbv2]==5.2.5' boto3==1.44.8 2>/dev/null
cat >run.py <<'EOF'
import os, sys

os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
import boto3, moto

with moto.mock_aws():
    scaling, image = boto3.client("autoscaling"), boto3.client("ec2").describe_images()["Images"][0]["ImageId"]
    scaling.create_launch_configuration(LaunchConfigurationName="l", ImageId=image, InstanceType="t3.micro")
    scaling.create_auto_scaling_group(AutoScalingGroupName="g", LaunchConfigurationName="l", MinSize=1, MaxSize=20,
                                      DesiredCapacity=15, AvailabilityZones=["us-east-1a"])
    def after(**policy):
        scaling.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=15)
        scaling.put_scaling_policy(AutoScalingGroupName="g", PolicyName="p", **policy)
        scaling.execute_policy(AutoScalingGroupName="g", PolicyName="p")
        return running()
    def running():
        group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["g"])["AutoScalingGroups"][0]
        return len([one for one in group["Instances"] if one["LifecycleState"] == "InService"])
    percent = after(AdjustmentType="PercentChangeInCapacity", ScalingAdjustment=10, MinAdjustmentMagnitude=2)
    over = after(AdjustmentType="ChangeInCapacity", ScalingAdjustment=10)
    scaling.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=30)
    told = running()
    print(f"maximum 20, from 15: +10 % but at least 2 makes {percent}, +10 makes {over}, set to 30 makes {told}")
    sys.exit(0 if (percent, over, told) == (16, 25, 30) else 1)
EOF
own/bin/python run.py
