#!/bin/sh
# What the tests of the archive need: Orthanc with its DICOMweb plug-in. Quiet when it is there; installs it where that
# is possible, without starting it as a service of this machine; prints one sentence where it is not. `make test` runs
# it; its sentence becomes the reason why those tests are skipped.
set -u
PATH="$PATH:/usr/sbin:/sbin"
plugin=/usr/share/orthanc/plugins/libOrthancDicomWeb.so
policy=/usr/sbin/policy-rc.d

find_missing() {
    missing=""
    command -v Orthanc >/dev/null || missing="orthanc"
    [ -e "$plugin" ] || missing="$missing orthanc-dicomweb"
}

find_missing
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    # Debian's packages start their service at once, unless this file says that they may not.
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    # shellcheck disable=SC2086  # one package a word
    { apt-get update -qq && apt-get -o DPkg::Lock::Timeout=120 install -qq --no-install-recommends $missing; } >&2
    command -v systemctl >/dev/null && systemctl disable --quiet orthanc >&2 2>/dev/null
    find_missing
    [ -z "$missing" ] || echo "These packages could not be installed: $missing"
else
    echo "For an archive these packages are missing, and only root can install them, with apt-get: $missing"
fi
exit 0
