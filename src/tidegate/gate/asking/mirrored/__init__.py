"""What a cluster of Kubernetes says of itself: its workloads, autoscalers and pods."""
