metadata description = 'Logs, a workbook of how the product is doing, and the alert rules that watch over the mail from outside.'

param name string
param location string
param tags object

@description('The app\'s identity.')
param principalId string

param operatorEmail string

@description('Whether there are rules for more than failing mail and a missing re-drive.')
param moreAlertRules bool

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

// What can wait, or shows in the two rules above later: each costs as much as one of those. docs/operations.md says what each means.
var furtherRules = [
  {
    name: 'mail-waits'
    displayName: 'AlertFunctions: mail has waited for more than two hours'
    description: 'A recipient has not got a mail at two attempts or more, although others may get theirs. See GET /api/mail.'
    severity: 2
    query: 'customMetrics | where name == "alertfunctions.mail.oldest_waiting" and valueMax > 7200'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'mail-given-up'
    displayName: 'AlertFunctions: mail was given up'
    description: 'The SMTP server refused a recipient or a mail three times, so it is not sent again. See GET /api/system-events?id=569.'
    severity: 2
    query: 'customMetrics | where name == "alertfunctions.mail.outcomes" and customDimensions["alertfunctions.mail.outcome"] == "given_up"'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'gauges-missing'
    displayName: 'AlertFunctions: the minute timer does not run'
    description: 'RunScheduledTasks has not read for an hour what it reads once a minute: its timer has stopped, the app does not start, or storage is unreachable. See GET /api/health.'
    severity: 1
    query: 'customMetrics | where name == "alertfunctions.mail.oldest_waiting"'
    // No row at all counts as zero.
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'storage-fails'
    displayName: 'AlertFunctions: storage throttles or does not answer'
    description: 'More than 5 % of the requests to a storage service failed with 429, 500 or 503, or were not answered. Events may be refused with 503, which their senders repeat.'
    severity: 2
    query: 'customMetrics | where name == "alertfunctions.storage.operations" | extend Status = tostring(customDimensions["http.response.status_code"]) | summarize Failed = sumif(valueSum, Status == "429" or Status startswith "5" or isempty(Status)), All = sum(valueSum) by Service = tostring(customDimensions["alertfunctions.storage.service"]) | where Failed > 0.05 * All'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'events-rejected'
    displayName: 'AlertFunctions: events were rejected'
    description: 'A request in another system\'s format had items that cannot be used; their alerts are neither shown nor mailed. See GET /api/system-events?id=199.'
    severity: 3
    query: 'customMetrics | where name == "alertfunctions.events" and customDimensions["alertfunctions.event.outcome"] == "rejected"'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'server-errors'
    displayName: 'AlertFunctions: requests are answered with a server error'
    description: 'More than 5 % of the requests were answered with 5xx: 503 is storage, for 500 search the log for event 302.'
    severity: 1
    query: 'requests | where isnotempty(url) | summarize Failed = countif(resultCode startswith "5"), All = count() | where Failed > 0.05 * All'
    operator: 'GreaterThan'
    threshold: 0
  }
]

resource further 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in furtherRules: if (moreAlertRules) {
    name: '${rule.name}-${name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.displayName
      description: rule.description
      severity: rule.severity
      scopes: [applicationInsights.id]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT1H'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
          }
        ]
      }
      autoMitigate: true
      actions: actions
    }
  }
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(applicationInsights.id, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'AlertFunctions'
    description: 'Alerts, their mail, and what both need.'
    category: 'workbook'
    sourceId: applicationInsights.id
    serializedData: loadTextContent('workbook.json')
  }
}

output applicationInsightsName string = applicationInsights.name
