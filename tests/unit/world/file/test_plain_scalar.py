from __future__ import annotations

import pytest

from tidegate.gate.aws.properties import document_of
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.world.file.plain_scalar import meaning_of
from tidegate.world.file.tree import read_tree

AUTOSCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {kind: Deployment, name: shop}
  minReplicas: MIN
  maxReplicas: 40
"""


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("yes", "true"), ("On", "true"), ("y", "y"), ("NO", "false"), ("off", "false"), ("True", "true"),
        ("010", "8"), ("0o10", "8"), ("0x1F", "31"), ("0b11", "3"), ("1_000", "1000"), ("+4", "4"),
        ("08", "8"), ("-010", "-8"), ("4.0", "4"), ("0", "0"), ("40", "40"),
        # What is no whole number and no word for true or false stays.
        ("0.5", "0.5"), ("1:30", "1:30"), ("my_name", "my_name"), ("_", "_"), ("0_", "0"), ("none", "none"),
        ("1.2.3", "1.2.3"), ("0x", "0x"), ("", ""), ("~", "~"), ("250m", "250m"),
        ("2024-01-01", "2024-01-01"),
    ],
)  # fmt: skip
def test_a_plain_scalar_means_what_readers_of_yaml_1_1_take_it_for(written, means):
    """Numbers as Go writes them, and the words for true and false."""
    assert means == meaning_of(written)


@pytest.mark.parametrize(("least", "before"), [("010", 8), ("0x10", 16), ("1_0", 10), ("4.0", 4)])
def test_an_autoscaler_counts_as_kubernetes_counts(least, before):
    """`minReplicas: 010` is eight pods, and never ten."""
    made = world_from_files([(AUTOSCALER.replace("MIN", least), "hpa.yaml")], Options())
    assert before == made.file.world.activities["scale"].from_count


def test_what_is_quoted_and_what_is_a_key_stay_as_they_are():
    """Only a value without quotes is more than its text."""
    tree = read_tree("on: 'yes'\n010: [010, '010']\n", "x", plain=meaning_of)
    assert {"on": "yes", "010": ["8", "010"]} == tree.document
    assert {"on": "yes"} == read_tree("on: yes\n", "x").document


def test_a_template_of_cloudformation_counts_alike():
    """YAML 1.1 as well; a name that looks like a word for no stays a name."""
    text = "Resources: {Web: {Type: AWS::ECS::Service, Properties: {DesiredCount: 010}}}"
    assert "8" == document_of(text, "x")["Resources"]["Web"]["Properties"]["DesiredCount"]
    assert {"A": "no"} == document_of("A: no", "x")
