# syntax=docker/dockerfile:1
# The standalone host: the whole product in one process. Storage and the SMTP server come from the settings, see compose.yaml.

# What is published runs on every platform, so it is built on the builder's own, without emulation.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0@sha256:35d40304542c8689331f8cab17c65926cdf48fe711e289321d71924b230a7d29 AS build
WORKDIR /source
# A layer of its own, which stays as it is until a package or a project changes.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props .editorconfig ./
COPY src/AlertFunctions.Core/AlertFunctions.Core.csproj src/AlertFunctions.Core/
COPY src/AlertFunctions.Api/AlertFunctions.Api.csproj src/AlertFunctions.Api/
COPY src/AlertFunctions.Standalone/AlertFunctions.Standalone.csproj src/AlertFunctions.Standalone/
# As `dotnet publish` sees the projects: without what only `dotnet run` needs.
RUN dotnet restore src/AlertFunctions.Standalone --property:_IsPublishing=true
COPY src/ src/
ARG VERSION=0.0.0
RUN dotnet publish src/AlertFunctions.Standalone --no-restore --configuration Release --output /app --property:UseAppHost=false --property:Version=$VERSION

# Chiselled: no shell and no package manager. "extra" brings ICU and the time zones, which mails in Japanese and in local time need.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra@sha256:00e0ad6a7ef8c0c1391b87f05c7ac757a15740455688f2bfcd146a3f4b987efd
WORKDIR /app
COPY --from=build /app .
# Not loopback, so the host refuses to start without Keys__Events, Keys__Read or Keys__Manage.
ENV ASPNETCORE_URLS=http://+:8080
# No HEALTHCHECK: Docker would run it inside, where nothing can ask. From outside it is GET /api/health, see docs/deploy.md.
EXPOSE 8080
# The image's own user without rights; by number, so that an orchestrator can see that it is not root.
USER 1654
ENTRYPOINT ["dotnet", "AlertFunctions.Standalone.dll"]
