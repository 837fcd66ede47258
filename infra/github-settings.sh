#!/usr/bin/env bash
# Hands the variables of GitHub to the steps that follow, each under the name that azd knows. Reads them as JSON from VARIABLES, writes to GITHUB_ENV.
set -euo pipefail
cd "$(dirname "$0")"

value_of() {
  jq --raw-output --arg name "$1" '.[$name] // empty' <<< "$VARIABLES"
}

missing=()
for name in AZURE_CLIENT_ID AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID AZURE_ENV_NAME AZURE_LOCATION; do
  if [[ -z "$(value_of "$name")" ]]; then
    missing+=("$name")
  fi
done
if ((${#missing[@]})); then
  echo "::error::Missing in GitHub's variables: ${missing[*]}. Set them for the environment that is deployed, or for the repository; docs/deploy.md, \"From GitHub\", says how."
  exit 1
fi

# Only the variables that exist: a blank one would stand in the way of its default.
names=$(grep --only-matching "readEnvironmentVariable('[A-Z0-9_]*'" main.bicepparam | cut --delimiter "'" --fields 2)
for name in AZURE_CLIENT_ID AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID $names; do
  value=$(value_of "$name")
  if [[ "$value" == *$'\n'* ]]; then
    echo "::error::GitHub's variable $name has more than one line. It takes one."
    exit 1
  fi
  if [[ -n "$value" ]]; then
    printf '%s=%s\n' "$name" "$value" >> "$GITHUB_ENV"
  fi
done
