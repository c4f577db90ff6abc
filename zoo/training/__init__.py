"""Data, augmentation, schedules, recipes and the training run. Imports no application."""
