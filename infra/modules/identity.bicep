metadata description = 'The identity that the app is everywhere: towards storage, Application Insights, Key Vault and Microsoft 365.'

param name string
param location string
param tags object

// User-assigned, because its roles must exist before the app starts for the first time and must outlive the app.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output name string = identity.name
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
