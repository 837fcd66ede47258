# Asks Azure, before anything is created, whether the region offers what the environment asks for: Flex Consumption is not everywhere.
# Says so and goes on where nobody can be asked, because the deployment itself would still fail in such a region, only later.
$ErrorActionPreference = 'Stop'

function ConvertTo-PlainName([string]$name) { ($name -replace '\s', '').ToLowerInvariant() }

$region = ConvertTo-PlainName $env:AZURE_LOCATION
if (-not $region) {
    'The region was not checked: none has been chosen yet.'
    exit 0
}

if (-not (Get-Command az -ErrorAction SilentlyContinue)) {
    'The region was not checked for Flex Consumption: that needs the Azure CLI (https://aka.ms/azcli).'
    exit 0
}

$offer = 'Flex Consumption'
$arguments = @('functionapp', 'list-flexconsumption-locations', '--query', '[].name', '--output', 'tsv')
if ($env:AZURE_SUBSCRIPTION_ID) {
    $arguments += '--subscription', $env:AZURE_SUBSCRIPTION_ID
}
if ($env:ZONE_REDUNDANT -eq 'true') {
    $arguments += '--zone-redundant=true'
    $offer = 'zone-redundant Flex Consumption'
}

$regions = @(az @arguments 2>$null | ForEach-Object { ConvertTo-PlainName $_ } | Where-Object { $_ } | Sort-Object)
if ($LASTEXITCODE -ne 0 -or $regions.Count -eq 0) {
    "The region was not checked for ${offer}: the Azure CLI gave no list. Sign in with: az login"
    exit 0
}

if ($regions -notcontains $region) {
    [Console]::Error.WriteLine("AZURE_LOCATION is $region, which does not offer $offer. " +
        "Choose another region with: azd env set AZURE_LOCATION REGION. These offer it: $($regions -join ' ')")
    exit 1
}

"$region offers $offer."
