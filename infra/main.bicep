targetScope = 'subscription'

metadata description = 'AlertFunctions on Azure Functions Flex Consumption: no shared key, no secret outside Key Vault.'

// --- The environment ---------------------------------------------------------------------------------------------

@description('Name of the azd environment; every resource name derives from it. azd env: AZURE_ENV_NAME')
@minLength(1)
@maxLength(48)
param environmentName string

@description('Azure region. It must offer Flex Consumption. azd env: AZURE_LOCATION')
@minLength(1)
param location string

// --- The app's settings: one parameter each; a blank one is not set, so that the app's own default holds ------------

@description('Smtp__Server: `host` or `host:port` of the SMTP server. Blank: mail is kept until one is configured. azd env: SMTP_SERVER')
param smtpServer string = ''

@description('Smtp__From: address that mail is sent from, with a display name if wanted. Required once a server is set. azd env: SMTP_FROM')
param smtpFrom string = ''

@description('Smtp__BounceAddress: envelope sender, where delivery failures go. Blank: the From address. azd env: SMTP_BOUNCE_ADDRESS')
param smtpBounceAddress string = ''

@description('Smtp__Security: None, StartTls (required) or Tls (on connect). Blank: StartTls, and Tls on port 465. azd env: SMTP_SECURITY')
@allowed(['', 'None', 'StartTls', 'Tls'])
param smtpSecurity string = ''

@description('Smtp__Authentication: None, Password (creates a Key Vault) or OAuth2 (the app\'s own identity). azd env: SMTP_AUTHENTICATION')
@allowed(['None', 'Password', 'OAuth2'])
param smtpAuthentication string = 'None'

@description('Smtp__UserName: user name for Password, mailbox for OAuth2. azd env: SMTP_USER_NAME')
param smtpUserName string = ''

@description('Smtp__Password: written to Key Vault when it is not blank; blank keeps the secret that is there. Give it to one run only, in the process environment: SMTP_PASSWORD')
@secure()
param smtpPassword string = ''

@description('Smtp__OAuth2__Scope: scope of the token for OAuth2. Blank: https://outlook.office365.com/.default. azd env: SMTP_OAUTH2_SCOPE')
param smtpOAuth2Scope string = ''

@description('Smtp__MaxConnections: connections to the SMTP server over all instances together. Microsoft 365 allows 3. azd env: SMTP_MAX_CONNECTIONS')
@minValue(1)
@maxValue(32)
param smtpMaxConnections int = 3

@description('Smtp__TimeoutSeconds: seconds allowed for connecting and signing in, and again for each message. azd env: SMTP_TIMEOUT_SECONDS')
@minValue(5)
@maxValue(120)
param smtpTimeoutSeconds int = 30

@description('Mail__Culture: language of mails and names, unless a user has his own. azd env: MAIL_CULTURE')
@allowed(['ja', 'en'])
param mailCulture string = 'ja'

@description('Mail__TimeZone: IANA time zone in which mails show times. Blank: Asia/Tokyo for ja, else UTC. azd env: MAIL_TIME_ZONE')
param mailTimeZone string = ''

@description('Mail__AlertEmailAddress: an address that gets all alert mail. azd env: MAIL_ALERT_EMAIL_ADDRESS')
param mailAlertEmailAddress string = ''

@description('Mail__ConsoleUrl: where links in mails lead. Blank: this function app. azd env: MAIL_CONSOLE_URL')
param mailConsoleUrl string = ''

@description('Mail__CollectSeconds: how long raises of one alert type are collected into one mail. azd env: MAIL_COLLECT_SECONDS')
@minValue(0)
@maxValue(60)
param mailCollectSeconds int = 0

@description('Events__RetentionDays: events older than this are removed. azd env: EVENTS_RETENTION_DAYS')
@minValue(1)
@maxValue(3650)
param eventsRetentionDays int = 90

// --- The platform --------------------------------------------------------------------------------------------------

@description('Instances of SendMail that are always running, so that the first mail does not wait for a cold start. Each costs, also when idle. azd env: SEND_MAIL_ALWAYS_READY')
@minValue(0)
@maxValue(10)
param sendMailAlwaysReady int = 0

@description('Most instances that the app may scale out to, per function or group of functions. Fewer than 40 are allowed since January 2026, at first in Australia East, West Europe and West US 2; elsewhere Azure may still refuse them. azd env: MAXIMUM_INSTANCE_COUNT')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Memory of one instance in MB. azd env: INSTANCE_MEMORY_MB')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Redundancy of the storage account that holds alerts, events and mail. azd env: STORAGE_SKU')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Spread the app over availability zones, with at least two instances of each function that are always running and cost. Needs STORAGE_SKU Standard_ZRS or Standard_GZRS, and a region that offers it. azd env: ZONE_REDUNDANT')
param zoneRedundant bool = false

@description('Give whoever deploys the role to read the tables, for the portal and the Azure CLI; a deployment gives nobody else one. azd env: DEPLOYER_CAN_READ')
param deployerCanRead bool = false

@description('Reach storage and Key Vault over private endpoints only, from a virtual network with a fixed outbound address. azd env: VNET_ENABLED')
param vnetEnabled bool = false

@description('Address space of that virtual network, at least a /24. azd env: VNET_ADDRESS_PREFIX')
param vnetAddressPrefix string = '10.20.0.0/24'

@description('Client id of the Entra app registration that people sign in to before they see the console. Blank: no sign-in, only keys. azd env: ENTRA_CLIENT_ID')
param entraClientId string = ''

@description('Who Azure Monitor writes to when mail fails or the re-drive has not run: an address that does not depend on the SMTP server above. Blank: the alerts show in the portal only. azd env: OPERATOR_EMAIL')
param operatorEmail string = ''

@description('Six more alert rules: mail that waits or was given up, a minute timer that does not run, storage, rejected events, server errors. Each costs. azd env: MORE_ALERT_RULES')
param moreAlertRules bool = false

@description('Days that logs are kept. azd env: LOG_RETENTION_DAYS')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most GB of logs a day, so that a fault cannot run up the bill. azd env: LOG_DAILY_CAP_GB')
@minValue(1)
param logDailyCapGb int = 1

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var functionAppName = 'func-alerts-${token}'
var signsIn = !empty(entraClientId)

// App Service authentication knows this name: with it, the app's identity vouches for the registration, and no client secret exists.
var assertionSettingName = 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
var usesPassword = smtpAuthentication == 'Password'

// An app that outlives a zone would be of no use with storage that does not.
var redundancy = !zoneRedundant || contains(storageSku, 'ZRS')
  ? storageSku
  : fail('ZONE_REDUNDANT is true, but STORAGE_SKU is ${storageSku}, which a zone can take down. Set it to Standard_ZRS or Standard_GZRS.')

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: 'id-alerts-${token}'
    location: location
    tags: tags
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    name: 'vnet-alerts-${token}'
    location: location
    tags: tags
    addressPrefix: vnetAddressPrefix
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: 'stalerts${token}'
    location: location
    tags: tags
    sku: redundancy
    principalId: identity.outputs.principalId
    readerId: deployerCanRead ? deployer().objectId : ''
    endpointSubnetId: network.?outputs.endpointSubnetId ?? ''
    virtualNetworkId: network.?outputs.virtualNetworkId ?? ''
    isPrivate: vnetEnabled
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    name: 'alerts-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    operatorEmail: operatorEmail
    moreAlertRules: moreAlertRules
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module secrets 'modules/secrets.bicep' = if (usesPassword) {
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    smtpPassword: smtpPassword
    endpointSubnetId: network.?outputs.endpointSubnetId ?? ''
    virtualNetworkId: network.?outputs.virtualNetworkId ?? ''
    isPrivate: vnetEnabled
  }
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    name: functionAppName
    location: location
    tags: tags
    identityName: identity.outputs.name
    storageAccountName: storage.outputs.name
    deploymentContainerName: storage.outputs.deploymentContainerName
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    subnetId: network.?outputs.appSubnetId ?? ''
    zoneRedundant: zoneRedundant
    sendMailAlwaysReady: sendMailAlwaysReady
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    keyVaultReference: secrets.?outputs.keyVaultReference ?? ''
    assertionSettingName: signsIn ? assertionSettingName : ''
    settings: {
      Smtp__Server: smtpServer
      Smtp__From: smtpFrom
      Smtp__BounceAddress: smtpBounceAddress
      Smtp__Security: smtpSecurity
      Smtp__Authentication: smtpAuthentication
      Smtp__UserName: smtpUserName
      Smtp__OAuth2__Scope: smtpOAuth2Scope
      Smtp__MaxConnections: string(smtpMaxConnections)
      Smtp__TimeoutSeconds: string(smtpTimeoutSeconds)
      Mail__Culture: mailCulture
      Mail__TimeZone: mailTimeZone
      Mail__AlertEmailAddress: mailAlertEmailAddress
      Mail__ConsoleUrl: mailConsoleUrl
      Mail__CollectSeconds: string(mailCollectSeconds)
      Events__RetentionDays: string(eventsRetentionDays)
    }
  }
}

module signIn 'modules/sign-in.bicep' = if (signsIn) {
  scope: group
  params: {
    appName: app.outputs.name
    clientId: entraClientId
    assertionSettingName: assertionSettingName
  }
}

// azd keeps outputs in plain text on disk and passes them to `dotnet user-secrets`: names and addresses only.
output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = app.outputs.name
output ALERTFUNCTIONS_URL string = app.outputs.url
output APP_IDENTITY_CLIENT_ID string = identity.outputs.clientId
output APP_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output SMTP_OUTBOUND_ADDRESS string = network.?outputs.outboundAddress ?? ''
