#!/bin/sh
# Runs the tests in two halves side by side, for two processors: most of tests/core; and the rest of it with all others, whose
# words come at the end.
#   tests/run_halves.sh PYTEST [ARGUMENT ...]
pytest=$1
shift
others=$(mktemp)
(
  "$pytest" "$@" --ignore=tests/core tests
  outside=$?
  "$pytest" "$@" tests/core/cli tests/core/worker && [ "$outside" -eq 0 ]
) >"$others" 2>&1 &
"$pytest" "$@" --ignore=tests/core/cli --ignore=tests/core/worker tests/core
core=$?
wait $!
rest=$?
cat "$others"
rm -f "$others"
[ "$core" -eq 0 ] && [ "$rest" -eq 0 ]
