# Sourced by the scripts that install what tests need and pip does not bring. They say in `find_missing` which Debian
# packages are missing, as the words of $missing, and call `install_missing PURPOSE`.

# Quiet when everything is there; installs what is missing where that is possible; prints one sentence where it is not.
# A script's own `before_install` and `after_install` run around it.
install_missing() {
    find_missing
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        before_install
        # shellcheck disable=SC2086  # one package a word
        { apt-get update -qq && apt-get -o DPkg::Lock::Timeout=120 install -qq --no-install-recommends $missing; } >&2
        after_install
        find_missing
        [ -z "$missing" ] || echo "These packages could not be installed: $missing"
    else
        echo "$1 these packages are missing, and only root can install them, with apt-get: $missing"
    fi
}

before_install() { :; }
after_install() { :; }
