metadata description = 'Sign-in with Microsoft Entra ID in front of the console, by App Service authentication.'

param appName string

@description('The client id of the app registration that people sign in to.')
param clientId string

@description('The app setting that holds the client id of the managed identity whose token stands in for a client secret.')
param assertionSettingName string

// Who asks these has no browser: senders report events with a key, and monitors ask for health, which tells nothing secret. Without
// wildcards, so that nothing below them is open.
var openPaths = ['/api/events', '/api/health']

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName

  resource signIn 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'RedirectToLoginPage'
        redirectToProvider: 'azureactivedirectory'
        excludedPaths: openPaths
      }
      httpSettings: { requireHttps: true }
      login: {
        // Links in mails name their alert behind the "#", which a redirect would lose.
        preserveUrlFragmentsForLogins: true
        // The product makes no use of a token, so none is kept.
        tokenStore: { enabled: false }
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: clientId
            clientSecretSettingName: assertionSettingName
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: { allowedAudiences: ['api://${clientId}'] }
        }
      }
    }
  }
}
