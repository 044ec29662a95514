#!/bin/sh
# What a window needs on a machine without a screen: a screen in memory (Xvfb), and the system's libraries that Qt and
# VTK are built on, which pip does not bring. Quiet when everything is there; installs what is missing where that is
# possible; prints one sentence where it is not. `make test` runs it, so that it needs no preparation on a bare machine;
# its sentence becomes the reason why the test in a real window is skipped.
set -u
. "$(dirname "$0")/../debian_packages.sh"
PATH="$PATH:/usr/sbin:/sbin"

libraries="
libX11-xcb.so.1 libx11-xcb1
libEGL.so.1 libegl1
libGL.so.1 libgl1
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libglib-2.0.so.0 libglib2.0-0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-sync.so.1 libxcb-sync1
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xinerama.so.0 libxcb-xinerama0
libxcb-xkb.so.1 libxcb-xkb1
libxkbcommon-x11.so.0 libxkbcommon-x11-0
"

find_missing() {
    missing=""
    command -v Xvfb >/dev/null || missing="xvfb"
    # By the library, not by its package: that is called otherwise on other systems.
    known="$(ldconfig -p)"
    for word in $libraries; do
        case "$word" in
            *.so.*) library="$word" ;;
            *) case "$known" in *"$library "*) ;; *) missing="$missing $word" ;; esac ;;
        esac
    done
    find /usr/share/fonts -name '*.ttf' 2>/dev/null | grep -q . || missing="$missing fonts-dejavu-core"
}

install_missing "For a window"
exit 0
