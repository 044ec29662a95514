"""How fast the engine is, measured beside the published procedure done plainly. docs/performance.md."""
