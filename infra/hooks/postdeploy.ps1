# Says what to do next. azd puts the outputs of the template into the environment. Prints how to get a key, and no key.
$ErrorActionPreference = 'Stop'

$url = $env:ALERTFUNCTIONS_URL
$app = "--resource-group $env:AZURE_RESOURCE_GROUP --name $env:FUNCTION_APP_NAME --output tsv"

Write-Host @"

AlertFunctions is at $url

Report an event (needs the Azure CLI, signed in to the same subscription):

  `$eventsKey = az functionapp function keys list $app --function-name RecordEvents --query default
  Invoke-RestMethod "$url/api/events" -Method Post -ContentType application/json ``
    -Headers @{ 'x-functions-key' = `$eventsKey } ``
    -Body '{"computer": "server-1", "alert": "Test", "message": "The first event"}'

Manage alerts, users and mail with a host key, in the console at $url or by API:

  `$manageKey = az functionapp keys list $app --query functionKeys.default
  Invoke-RestMethod "$url/api/alerts" -Headers @{ 'x-functions-key' = `$manageKey }

Health, without a key: Invoke-RestMethod "$url/api/health"
"@

if ($env:ENTRA_CLIENT_ID) {
    Write-Host @"

All but POST /api/events and GET /api/health asks for a sign-in with Entra ID. The key then works in a browser that is signed in; Invoke-RestMethod needs an access token as well.
"@
}

if (-not $env:SMTP_SERVER) {
    Write-Host @"

No SMTP server is set, so mail is kept and not sent. See docs/deploy.md, and then for example:

  azd env set SMTP_SERVER smtp.example.com:587
  azd env set SMTP_FROM alerts@example.com
  azd provision
"@
}
