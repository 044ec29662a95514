#!/bin/sh
# What the tests of the archive need: Orthanc with its DICOMweb plug-in. Quiet when it is there; installs it where that
# is possible, without starting it as a service of this machine; prints one sentence where it is not. `make test` runs
# it; its sentence becomes the reason why those tests are skipped.
set -u
. "$(dirname "$0")/debian_packages.sh"
PATH="$PATH:/usr/sbin:/sbin"
plugin=/usr/share/orthanc/plugins/libOrthancDicomWeb.so
policy=/usr/sbin/policy-rc.d

find_missing() {
    missing=""
    command -v Orthanc >/dev/null || missing="orthanc"
    [ -e "$plugin" ] || missing="$missing orthanc-dicomweb"
}

before_install() {
    # Debian's packages start their service at once, unless this file says that they may not.
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
}

after_install() {
    command -v systemctl >/dev/null && systemctl disable --quiet orthanc >&2 2>/dev/null
}

install_missing "For an archive"
exit 0
