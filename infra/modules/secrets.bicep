metadata description = 'Key Vault, which exists only because a password cannot be an identity.'

param name string
param location string
param tags object

@description('The app\'s identity.')
param principalId string

@description('The password; blank leaves the secret as it is.')
@secure()
param smtpPassword string

param isPrivate bool
param endpointSubnetId string
param virtualNetworkId string

var secretName = 'smtp-password'

// Key Vault Secrets User: reads the values of secrets, and nothing else. The vault holds one.
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // The least there is, and no purge protection: `azd down --purge` can give the name back, and the one secret is kept elsewhere too.
    softDeleteRetentionInDays: 7
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

// Written by Resource Manager, so it needs no role on the vault's data and no way through its firewall.
resource password 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(smtpPassword)) {
  parent: vault
  name: secretName
  properties: {
    value: smtpPassword
    contentType: 'Password of Smtp__UserName'
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, secretsUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  params: {
    name: name
    location: location
    tags: tags
    targetId: vault.id
    groupId: 'vault'
    zoneName: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
    subnetId: endpointSubnetId
    virtualNetworkId: virtualNetworkId
  }
}

// A pointer to the secret, without a version: a new password is used without a deployment.
output keyVaultReference string = '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${secretName})'
