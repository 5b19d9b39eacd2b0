"""What is known, and from where: sources, parameter records, and the packs that hold them."""
