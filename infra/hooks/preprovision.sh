#!/bin/sh
# Asks Azure, before anything is created, whether the region offers what the environment asks for: Flex Consumption is not everywhere.
# Says so and goes on where nobody can be asked, because the deployment itself would still fail in such a region, only later.
set -eu

plain() {
  tr -d ' \r' | tr '[:upper:]' '[:lower:]'
}

region=$(printf '%s' "${AZURE_LOCATION:-}" | plain)
if [ -z "$region" ]; then
  echo "The region was not checked: none has been chosen yet."
  exit 0
fi

if ! command -v az > /dev/null; then
  echo "The region was not checked for Flex Consumption: that needs the Azure CLI (https://aka.ms/azcli)."
  exit 0
fi

offer="Flex Consumption"
set -- functionapp list-flexconsumption-locations --query "[].name" --output tsv
if [ -n "${AZURE_SUBSCRIPTION_ID:-}" ]; then
  set -- "$@" --subscription "$AZURE_SUBSCRIPTION_ID"
fi
if [ "${ZONE_REDUNDANT:-false}" = true ]; then
  set -- "$@" --zone-redundant=true
  offer="zone-redundant Flex Consumption"
fi

if ! regions=$(az "$@" 2> /dev/null) || [ -z "$regions" ]; then
  echo "The region was not checked for $offer: the Azure CLI gave no list. Sign in with: az login"
  exit 0
fi

regions=$(printf '%s\n' "$regions" | plain | sort)
if ! printf '%s\n' "$regions" | grep -qxF -- "$region"; then
  echo "AZURE_LOCATION is $region, which does not offer $offer." \
    "Choose another region with: azd env set AZURE_LOCATION REGION. These offer it: $(printf '%s' "$regions" | tr '\n' ' ')" >&2
  exit 1
fi

echo "$region offers $offer."
