#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a version. Usage: infra/release-notes.sh TAG, such as v1.2.3.
set -euo pipefail
changelog=${CHANGELOG:-$(dirname "$0")/../CHANGELOG.md}

tag=${1:-}
if [[ ! "$tag" =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$ ]]; then
  echo "The tag \"$tag\" is no version. It must look like v1.2.3 or v1.2.3-rc.1." >&2
  exit 1
fi

notes=$(awk -v heading="## ${tag#v}" '
  /^## / { here = $0 == heading || index($0, heading " ") == 1; next }
  here
' "$changelog")
if [[ -z "${notes//[[:space:]]/}" ]]; then
  echo "CHANGELOG.md says nothing of ${tag#v}. Put what changed below a heading \"## ${tag#v}\", then move the tag." >&2
  exit 1
fi
printf '%s\n' "$notes"
