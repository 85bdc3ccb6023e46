# HCP Terraform and Terraform Enterprise: a task of the organization, asked after each plan and before each apply.
# The same key stands in the file that the gate is given: tidegate gate … --run-task-key FILE
terraform {
  required_providers {
    tfe = { source = "hashicorp/tfe", version = "~> 0.60" }
  }
}

variable "tidegate_hmac_key" {
  type      = string
  sensitive = true
}

resource "tfe_organization_run_task" "tidegate" {
  organization = "acme"
  name         = "tidegate"
  url          = "https://gate.example.com/run-task"
  hmac_key     = var.tidegate_hmac_key
  enabled      = true
  description  = "Judges what a plan scales before it is applied"
}

data "tfe_workspace" "shop" {
  organization = "acme"
  name         = "shop"
}

resource "tfe_workspace_run_task" "tidegate" {
  workspace_id      = data.tfe_workspace.shop.id
  task_id           = tfe_organization_run_task.tidegate.id
  enforcement_level = "mandatory" # "advisory" tells, and holds nothing up
  stages            = ["post_plan", "pre_apply"]
}
