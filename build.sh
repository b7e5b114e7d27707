#!/bin/sh
# Starts build.cs; see ./build.sh help.
cd "$(dirname "$0")" || exit 1

install="install it from https://dotnet.microsoft.com/download/dotnet/10.0 (Debian and Ubuntu: apt-get install dotnet-sdk-10.0)"
if ! command -v dotnet >/dev/null 2>&1; then
    if [ -x "$HOME/.dotnet/dotnet" ]; then
        PATH="$HOME/.dotnet:$PATH"
    else
        echo "build: the .NET SDK 10 is missing; $install" >&2
        exit 1
    fi
fi
if ! dotnet --list-sdks | grep -q '^10\.'; then
    echo "build: there is a dotnet but no .NET SDK 10; $install" >&2
    exit 1
fi

# Without a home folder dotnet and NuGet have nowhere to put their files.
if [ -z "$HOME" ] || [ ! -w "$HOME" ]; then
    mkdir -p out/home
    HOME="$PWD/out/home"
    export HOME
fi
DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 exec dotnet run --file build.cs -- "$@"
