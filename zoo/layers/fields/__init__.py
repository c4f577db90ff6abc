"""Fields f and the layers that they are made of."""
