"""Who is treated: virtual adults, their disorders, and how a study enrols them."""
