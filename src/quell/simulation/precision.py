"""float64, the widest vectors and shared intermediate results, set in one place, before the first JAX array.

float32 misses the engine's 1e-4 (slow synapse states); XLA's default of half-width vectors costs a third of the speed.
Without kernels of several results XLA computes what two results share once for each, three times the arithmetic of a
step of the cascade.
"""

import os

os.environ["XLA_FLAGS"] = (
    "--xla_cpu_prefer_vector_width=512 --xla_backend_extra_options=xla_cpu_use_multi_output_fusion=true "
    f"{os.environ.get('XLA_FLAGS', '')}".strip()
)

import jax

jax.config.update("jax_enable_x64", True)
