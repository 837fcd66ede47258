#!/usr/bin/env bash
# Publishes the function app and packs it, as azd does: what comes out is deployed without a build. Usage: infra/pack.sh VERSION FILE.zip
set -euo pipefail
version=${1:?the version, such as 1.2.3}
zip=$(realpath --no-symlinks "${2:?the file to write}")
cd "$(dirname "$0")/.."

app=$(mktemp -d)
trap 'rm -rf "$app"' EXIT
dotnet publish src/AlertFunctions --configuration Release --output "$app" "--property:Version=$version"

# Without either of these, the Functions host would start and find no function.
for file in host.json worker.config.json functions.metadata .azurefunctions; do
  test -e "$app/$file" || { echo "infra/pack.sh: $file was not published." >&2; exit 1; }
done
if [[ -e "$app/local.settings.json" ]]; then
  echo "infra/pack.sh: local.settings.json was published, which may hold secrets." >&2
  exit 1
fi

rm -f "$zip"
(cd "$app" && zip --quiet --recurse-paths "$zip" .)
echo "$zip: version $version, $(du --apparent-size --human-readable "$zip" | cut --fields 1)"
