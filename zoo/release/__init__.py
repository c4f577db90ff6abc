"""From a recipe to a released file: writes into a checkout. No part of the user's interface."""
