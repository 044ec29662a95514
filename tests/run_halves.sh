#!/bin/sh
# Runs the tests in two halves side by side, for two processors: tests/core, and all others, whose words come at the end.
#   tests/run_halves.sh PYTEST [ARGUMENT ...]
pytest=$1
shift
others=$(mktemp)
"$pytest" "$@" --ignore=tests/core tests >"$others" 2>&1 &
"$pytest" "$@" tests/core
core=$?
wait $!
rest=$?
cat "$others"
rm -f "$others"
[ "$core" -eq 0 ] && [ "$rest" -eq 0 ]
