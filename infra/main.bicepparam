using 'main.bicep'

// azd passes its environment (`azd env set NAME value`) and the process's own. A name that is not set gives the template's default,
// which a test holds equal to the one written here.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'alerts')
param location = readEnvironmentVariable('AZURE_LOCATION', 'japaneast')

param smtpServer = readEnvironmentVariable('SMTP_SERVER', '')
param smtpFrom = readEnvironmentVariable('SMTP_FROM', '')
param smtpBounceAddress = readEnvironmentVariable('SMTP_BOUNCE_ADDRESS', '')
param smtpSecurity = readEnvironmentVariable('SMTP_SECURITY', '')
param smtpAuthentication = readEnvironmentVariable('SMTP_AUTHENTICATION', 'None')
param smtpUserName = readEnvironmentVariable('SMTP_USER_NAME', '')
param smtpPassword = readEnvironmentVariable('SMTP_PASSWORD', '')
param smtpOAuth2Scope = readEnvironmentVariable('SMTP_OAUTH2_SCOPE', '')
param smtpMaxConnections = int(readEnvironmentVariable('SMTP_MAX_CONNECTIONS', '3'))
param smtpTimeoutSeconds = int(readEnvironmentVariable('SMTP_TIMEOUT_SECONDS', '30'))
param mailCulture = readEnvironmentVariable('MAIL_CULTURE', 'ja')
param mailTimeZone = readEnvironmentVariable('MAIL_TIME_ZONE', '')
param mailAlertEmailAddress = readEnvironmentVariable('MAIL_ALERT_EMAIL_ADDRESS', '')
param mailConsoleUrl = readEnvironmentVariable('MAIL_CONSOLE_URL', '')
param mailCollectSeconds = int(readEnvironmentVariable('MAIL_COLLECT_SECONDS', '0'))
param eventsRetentionDays = int(readEnvironmentVariable('EVENTS_RETENTION_DAYS', '90'))

param sendMailAlwaysReady = int(readEnvironmentVariable('SEND_MAIL_ALWAYS_READY', '0'))
param maximumInstanceCount = int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '40'))
param instanceMemoryMB = any(int(readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048')))
param storageSku = readEnvironmentVariable('STORAGE_SKU', 'Standard_LRS')
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'false'))
param deployerCanRead = bool(readEnvironmentVariable('DEPLOYER_CAN_READ', 'false'))
param vnetEnabled = bool(readEnvironmentVariable('VNET_ENABLED', 'false'))
param vnetAddressPrefix = readEnvironmentVariable('VNET_ADDRESS_PREFIX', '10.20.0.0/24')
param entraClientId = readEnvironmentVariable('ENTRA_CLIENT_ID', '')
param operatorEmail = readEnvironmentVariable('OPERATOR_EMAIL', '')
param moreAlertRules = bool(readEnvironmentVariable('MORE_ALERT_RULES', 'false'))
param logRetentionDays = int(readEnvironmentVariable('LOG_RETENTION_DAYS', '30'))
param logDailyCapGb = int(readEnvironmentVariable('LOG_DAILY_CAP_GB', '1'))
