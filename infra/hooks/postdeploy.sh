#!/bin/sh
# Says what to do next. azd puts the outputs of the template into the environment. Prints how to get a key, and no key.
set -eu

app="--resource-group $AZURE_RESOURCE_GROUP --name $FUNCTION_APP_NAME --output tsv"

cat <<EOF

AlertFunctions is at $ALERTFUNCTIONS_URL

Report an event (needs the Azure CLI, signed in to the same subscription):

  EVENTS_KEY=\$(az functionapp function keys list $app --function-name RecordEvents --query default)
  curl --include "$ALERTFUNCTIONS_URL/api/events" \\
    --header "x-functions-key: \$EVENTS_KEY" --header "Content-Type: application/json" \\
    --data '{"computer": "server-1", "alert": "Test", "message": "The first event"}'

Manage alerts, users and mail with a host key, in the console at $ALERTFUNCTIONS_URL or by API:

  MANAGE_KEY=\$(az functionapp keys list $app --query functionKeys.default)
  curl "$ALERTFUNCTIONS_URL/api/alerts" --header "x-functions-key: \$MANAGE_KEY"

Health, without a key: curl "$ALERTFUNCTIONS_URL/api/health"
EOF

if [ -n "${ENTRA_CLIENT_ID:-}" ]; then
  cat <<EOF

All but POST /api/events and GET /api/health asks for a sign-in with Entra ID. The key then works in a browser that is signed in; curl needs an access token as well.
EOF
fi

if [ -z "${SMTP_SERVER:-}" ]; then
  cat <<EOF

No SMTP server is set, so mail is kept and not sent. See docs/deploy.md, and then for example:

  azd env set SMTP_SERVER smtp.example.com:587
  azd env set SMTP_FROM alerts@example.com
  azd provision
EOF
fi
