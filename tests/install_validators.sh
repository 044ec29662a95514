#!/bin/sh
# What judges the DICOM objects that are written: dciodvfy (Debian's dicom3tools) and dsrdump (dcmtk), which pip does not
# bring. Quiet when they are there; installs them where that is possible; prints one sentence where it is not. `make test`
# runs it; its sentence becomes the reason why the tests that need them are skipped, and in CI an error.
set -u
. "$(dirname "$0")/debian_packages.sh"

find_missing() {
    missing=""
    command -v dciodvfy >/dev/null || missing="dicom3tools"
    command -v dsrdump >/dev/null || missing="$missing dcmtk"
}

install_missing "To judge DICOM objects"
exit 0
