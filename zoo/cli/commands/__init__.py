"""The commands: a file for each, or for a group of them. One more command is one more file here."""
