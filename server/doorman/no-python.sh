#!/bin/sh
# Last resort, when the machine has no Python 3.9 or later at all: the server still connects and every
# tool says what to install. A client remembers a failed start, so failing here would cost minutes later.
tools=$(tr -d '\r\n' <"$1/tools.json")
reason='The ML tools need Python 3.11, 3.12 or 3.13, and no Python was found on this machine. Install Python from python.org or uv (https://docs.astral.sh/uv), then reconnect this server or restart the client.'

reply() {
    printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$id" "$1"
}

while IFS= read -r line; do
    id=$(printf '%s\n' "$line" | sed -n 's/.*"id"[[:space:]]*:[[:space:]]*\("[^"\\]*"\|-\{0,1\}[0-9][0-9]*\).*/\1/p')
    [ -n "$id" ] || continue
    case $line in
    *'"method":"initialize"'* | *'"method": "initialize"'*)
        version=$(printf '%s\n' "$line" | sed -n 's/.*"protocolVersion"[[:space:]]*:[[:space:]]*"\([0-9-]*\)".*/\1/p')
        reply '"result":{"protocolVersion":"'"${version:-2025-11-25}"'","capabilities":{"tools":{}},"serverInfo":{"name":"sw-ml","version":"0"}}'
        ;;
    *'"method":"ping"'* | *'"method": "ping"'*) reply '"result":{}' ;;
    *'"method":"tools/list"'* | *'"method": "tools/list"'*) reply '"result":'"$tools" ;;
    *'"method":"tools/call"'* | *'"method": "tools/call"'*)
        reply '"result":{"isError":true,"content":[{"type":"text","text":"'"$reason"'"}]}'
        ;;
    *) reply '"error":{"code":-32601,"message":"Method not found"}' ;;
    esac
done
