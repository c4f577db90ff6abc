"""A classifier as files that other runtimes run, without Zoo and Keras: a module for each format and their parts."""
