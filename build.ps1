# Starts build.cs; see .\build.ps1 help.
param([Parameter(ValueFromRemainingArguments)] [string[]] $Arguments = @())

$download = 'install it from https://dotnet.microsoft.com/download/dotnet/10.0 (winget install Microsoft.DotNet.SDK.10)'
if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine("build: the .NET SDK 10 is missing; $download")
    exit 1
}
if (-not (dotnet --list-sdks | Where-Object { $_ -like '10.*' })) {
    [Console]::Error.WriteLine("build: there is a dotnet but no .NET SDK 10; $download")
    exit 1
}

$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
dotnet run --file "$PSScriptRoot/build.cs" -- @Arguments
exit $LASTEXITCODE
