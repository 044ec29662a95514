#!/bin/sh
# What judges the DICOM objects that are written: dciodvfy (Debian's dicom3tools) and dsrdump (dcmtk), which pip does not
# bring. Quiet when they are there; installs them where that is possible; prints one sentence where it is not. `make test`
# runs it; its sentence becomes the reason why the tests that need them are skipped, and in CI an error.
set -u

find_missing() {
    missing=""
    command -v dciodvfy >/dev/null || missing="dicom3tools"
    command -v dsrdump >/dev/null || missing="$missing dcmtk"
}

find_missing
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # one package a word
    { apt-get update -qq && apt-get install -qq --no-install-recommends $missing; } >&2
    find_missing
    [ -z "$missing" ] || echo "These packages could not be installed: $missing"
else
    echo "To judge DICOM objects these packages are missing, and only root can install them, with apt-get: $missing"
fi
exit 0
