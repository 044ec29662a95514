"""How well a model grounds: metrics, and the benchmarks that use them."""
