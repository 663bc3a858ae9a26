#!/bin/sh
# On a rented Mac: puts the signing certificate into a keychain of its own and the notary's key into a file, from the
# environment: CERTIFICATE (a .p12 in base64), PASSWORD (its password), NOTARY_KEY (the text of the .p8).
# Without them it does nothing, and what is built is not signed.
set -eu
folder=${RUNNER_TEMP:?where the keychain shall lie}
umask 077

if [ -n "${CERTIFICATE:-}" ]; then
    keychain=$folder/release.keychain-db
    secret=$(openssl rand -hex 24)
    printf '%s' "$CERTIFICATE" | base64 --decode >"$folder/certificate.p12"
    security create-keychain -p "$secret" "$keychain"
    security set-keychain-settings -lut 21600 "$keychain"
    security unlock-keychain -p "$secret" "$keychain"
    security import "$folder/certificate.p12" -k "$keychain" -P "${PASSWORD:-}" -T /usr/bin/codesign
    security set-key-partition-list -S apple-tool:,apple: -s -k "$secret" "$keychain" >/dev/null
    security list-keychains -d user -s "$keychain" login.keychain-db
    rm "$folder/certificate.p12"
fi
if [ -n "${NOTARY_KEY:-}" ]; then
    printf '%s\n' "$NOTARY_KEY" >"$folder/notary.p8"
    printf 'MACOS_NOTARY_KEY=%s\n' "$folder/notary.p8" >>"${GITHUB_ENV:?}"
fi
