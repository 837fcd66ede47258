metadata description = 'Logs, and the two alert rules that watch over the mail from outside.'

param name string
param location string
param tags object

@description('The app\'s identity.')
param principalId string

param operatorEmail string
param retentionDays int
param dailyCapGb int

// Monitoring Metrics Publisher: with local authentication off, nobody without it can write telemetry.
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true }
  }
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: applicationInsights
  name: guid(applicationInsights.id, metricsPublisher)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(operatorEmail)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'AlertFunc'
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: operatorEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

var actions = { actionGroups: empty(operatorEmail) ? [] : [operators.id] }

resource mailFailing 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'mail-failing-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'AlertFunctions: alert mail is failing'
    description: 'The SMTP server cannot be reached, refuses the session, or is not configured. Mail is kept and re-sent each hour. See GET /api/mail and POST /api/mail/test.'
    severity: 1
    scopes: [applicationInsights.id]
    evaluationFrequency: 'PT15M'
    // Two hours, because failed mail is tried again only once an hour: a shorter window would resolve and raise this each hour.
    windowSize: 'PT2H'
    criteria: {
      allOf: [
        {
          query: 'traces | where customDimensions.EventName == "MailFailing"'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    autoMitigate: true
    actions: actions
  }
}

resource redriveMissing 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'redrive-missing-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'AlertFunctions: failed mail is not being re-sent'
    description: 'RedriveFailedMail has not succeeded for two hours, although it runs each hour: its timer has stopped, the app does not start, or storage is unreachable. See GET /api/health.'
    severity: 1
    scopes: [applicationInsights.id]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT2H'
    criteria: {
      allOf: [
        {
          query: 'requests | where name == "RedriveFailedMail" and success == true'
          timeAggregation: 'Count'
          // No row at all counts as zero, so that a dead app raises it too.
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    autoMitigate: true
    actions: actions
  }
}

output applicationInsightsName string = applicationInsights.name
