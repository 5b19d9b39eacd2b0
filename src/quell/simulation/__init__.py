"""People living through protocols: exact kinetics, the cascade, runs that resume."""
