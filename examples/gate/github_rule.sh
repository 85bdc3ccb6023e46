#!/bin/sh
# Puts the App (github_app.json) in front of an environment: usage github_rule.sh OWNER/REPO ENVIRONMENT APP_ID
# Who runs it administers the repository, and has installed the App there.
set -eu
gh api --method POST "repos/$1/environments/$2/deployment_protection_rules" -F "integration_id=$3"
