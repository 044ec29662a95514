"""The core in a child process: a client that never blocks, and the server that computes. docs/worker.md."""
