metadata description = 'The storage account: everything that the product must not lose, and what the Functions host keeps for itself.'

param name string
param location string
param tags object
param sku string

@description('The app\'s identity.')
param principalId string

@description('Who else may read the tables; blank for nobody.')
param readerId string

@description('Only reachable through private endpoints.')
param isPrivate bool

param endpointSubnetId string
param virtualNetworkId string

var deploymentContainerName = 'deployment'

// The product creates none of these on Azure: a queue trigger waits for its queue instead of creating it, and creating on the way
// of an event would cost an operation each time.
var tableNames = ['Work', 'AlertTypes', 'Users', 'SystemEvents']
var queueNames = ['outgoing-mail', 'outgoing-mail-poison']
var containerNames = [
  'smtp-slots'
  'reports'
  deploymentContainerName
  // The Functions host's own: locks and timer states, and function keys.
  'azure-webjobs-hosts'
  'azure-webjobs-secrets'
]

var roles = {
  // The host's minimum for AzureWebJobsStorage: it creates containers, leases blobs and writes keys and timer states. It also covers
  // reading the deployment package, and the product's SMTP slots (leases) and reports.
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  // The trigger reads, renews, deletes and moves to the poison queue; the product sends and empties. No narrower role does both.
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  // The product reads and writes its tables; the host writes its diagnostic events to one.
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource containers 'containers' = [
      for container in containerNames: {
        name: container
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource list 'queues' = [for queue in queueNames: { name: queue }]
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource list 'tables' = [for table in tableNames: { name: table }]
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    scope: account
    name: guid(account.id, role.value)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

// Storage Table Data Reader: with shared keys off, even an owner of the subscription sees no row without it.
var tableDataReader = '76199698-9eea-4c19-bc75-cec21354c6b6'

resource readerAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(readerId)) {
  scope: account
  name: guid(account.id, tableDataReader, readerId)
  properties: {
    principalId: readerId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataReader)
  }
}

module endpoints 'private-endpoint.bicep' = [
  for service in ['blob', 'queue', 'table']: if (isPrivate) {
    params: {
      name: '${name}-${service}'
      location: location
      tags: tags
      targetId: account.id
      groupId: service
      zoneName: 'privatelink.${service}.${environment().suffixes.storage}'
      subnetId: endpointSubnetId
      virtualNetworkId: virtualNetworkId
    }
  }
]

output name string = account.name
output deploymentContainerName string = deploymentContainerName
