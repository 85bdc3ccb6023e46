"""What a Kubernetes HorizontalPodAutoscaler does next: its controller's rules, told the time.

The one place that knows them: manifests are read by them, what is written for a vendor is held against them,
and the engine's autoscalers are their compiled twin. Held against tables of the controller's own functions
(`tests/unit/behaviour/hpa`). Start with `controller`; `stride` is the budgets of its policies, `wanted_size`
what the metrics ask for, `release` what versions do otherwise, `spec` what the server takes, `climb` the
sizes that follow.
"""
