metadata description = 'The function app on Flex Consumption.'

param name string
param location string
param tags object
param identityName string
param storageAccountName string
param deploymentContainerName string
param applicationInsightsName string

@description('The subnet that the app sends from; blank without a virtual network.')
param subnetId string

param zoneRedundant bool
param sendMailAlwaysReady int
param maximumInstanceCount int
param instanceMemoryMB int

@description('The product\'s settings by name; a blank one is left out, so that the product\'s own default holds.')
param settings object

@description('Points to the SMTP password in Key Vault; blank when there is none.')
param keyVaultReference string

@description('The app setting with which the app\'s identity vouches for the registration that people sign in to; blank without sign-in.')
param assertionSettingName string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

// Read here and not handed over as an output: outputs are kept in the deployment's history.
resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

var platformSettings = [
  // Addresses instead of the account's name, because the name alone only leads to the public cloud.
  { name: 'AzureWebJobsStorage__blobServiceUri', value: storage.properties.primaryEndpoints.blob }
  { name: 'AzureWebJobsStorage__queueServiceUri', value: storage.properties.primaryEndpoints.queue }
  { name: 'AzureWebJobsStorage__tableServiceUri', value: storage.properties.primaryEndpoints.table }
  { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
  { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
  // The route prefix is empty, and "/" is the console's.
  { name: 'AzureWebJobsDisableHomepage', value: 'true' }
  { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: applicationInsights.properties.ConnectionString }
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  }
]

var productSettings = map(
  filter(items(settings), setting => !empty(setting.value)),
  setting => { name: setting.key, value: setting.value }
)

var secretSettings = empty(keyVaultReference) ? [] : [{ name: 'Smtp__Password', value: keyVaultReference }]

var signInSettings = empty(assertionSettingName)
  ? []
  : [{ name: assertionSettingName, value: identity.properties.clientId }]

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app that it deploys to by this tag.
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: sendMailAlwaysReady == 0
          ? []
          : [
              {
                name: 'function:SendMail'
                instanceCount: sendMailAlwaysReady
              }
            ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      // With the app and not as a resource of its own: the app never runs without them, and one that is no longer here goes away.
      appSettings: [...platformSettings, ...productSettings, ...secretSettings, ...signInSettings]
    }
  }

  // No user name and password for deployments either.
  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
