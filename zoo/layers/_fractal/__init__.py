"""What the ``Fractal`` block is made of."""
