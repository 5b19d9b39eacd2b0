"""What everybody agrees on: units, names of axes and variables, random streams."""
