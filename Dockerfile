# syntax=docker/dockerfile:1
# The standalone host: the whole product in one process. Storage and the SMTP server come from the settings, see compose.yaml.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props .editorconfig ./
COPY src/ src/
RUN dotnet publish src/AlertFunctions.Standalone --configuration Release --output /app --property:UseAppHost=false

# Chiselled: no shell and no package manager. "extra" brings ICU and the time zones, which mails in Japanese and in local time need.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app .
# Not loopback, so the host refuses to start without Keys__Events, Keys__Read or Keys__Manage.
ENV ASPNETCORE_URLS=http://+:8080
EXPOSE 8080
# The image's own user without rights; by number, so that an orchestrator can see that it is not root.
USER 1654
ENTRYPOINT ["dotnet", "AlertFunctions.Standalone.dll"]
