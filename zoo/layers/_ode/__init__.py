"""What the ``ODE`` layer is made of (TensorFlow)."""
