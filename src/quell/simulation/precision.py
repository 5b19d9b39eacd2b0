"""float64 and the widest vectors, set in one place, before the first JAX array.

float32 misses the engine's 1e-4 (slow synapse states); XLA's default of half-width vectors costs a third of the speed.

A process that only makes quell's own program (:data:`MAKING` is set) lets XLA form kernels of several results: without
them it computes what two results share once for each, three times the arithmetic of a step of the cascade. The option
is young, and there are programs that it aborts on, so no process that compiles anything else has it.
"""

import os

os.environ.setdefault("QUELL_GIVEN_XLA_FLAGS", os.environ.get("XLA_FLAGS", ""))
os.environ["XLA_FLAGS"] = " ".join(
    (
        "--xla_cpu_prefer_vector_width=512",
        *(
            ("--xla_backend_extra_options=xla_cpu_use_multi_output_fusion=true",)
            * ("QUELL_MAKES_PROGRAMS" in os.environ)
        ),
        os.environ["QUELL_GIVEN_XLA_FLAGS"],
    )
).strip()

import jax

jax.config.update("jax_enable_x64", True)

MAKING = "QUELL_MAKES_PROGRAMS"
"""Environment variable of a process that makes programs for others to load."""

GIVEN_FLAGS = os.environ["QUELL_GIVEN_XLA_FLAGS"]
"""What the user asks of XLA."""
