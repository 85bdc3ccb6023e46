"""What a Terraform plan grows, replaces and leaves open, bound to the world by `known_as: {terraform: …}`."""
