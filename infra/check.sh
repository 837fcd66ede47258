#!/usr/bin/env bash
# Builds, lints and checks the format of the Bicep. Every warning is an error: the CLI itself only fails on errors.
set -euo pipefail
cd "$(dirname "$0")"

if [[ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]]; then
  echo "infra/check.sh: the pinned Bicep CLI runs on Linux x64 only; elsewhere use 'az bicep lint --file infra/main.bicep'." >&2
  exit 1
fi

bicep=$(dotnet msbuild bicep-cli -restore -target:LocateBicepCli -getProperty:BicepCli)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# The parameters file leads to the template and its modules, so this one run lints them all. A warning only shows in what it prints.
"$bicep" build-params main.bicepparam --stdout >/dev/null 2>"$work/said" || failed=1
if [[ -s "$work/said" ]]; then
  cat "$work/said" >&2
  failed=1
fi

mkdir "$work/formatted"
cp -r main.bicep main.bicepparam modules "$work/formatted"
(cd "$work/formatted" && "$bicep" format --pattern '**/*.bicep' && "$bicep" format main.bicepparam)
for file in main.bicep main.bicepparam modules/*.bicep; do
  diff -u "$file" "$work/formatted/$file" >&2 || failed=1
done

if ((failed)); then
  echo "infra/check.sh: the Bicep has faults, see above." >&2
  exit 1
fi
echo "infra/check.sh: the Bicep builds, lints and is formatted, without a warning."
