"""float64, set in one place, before the first JAX array."""

import jax

jax.config.update("jax_enable_x64", True)
