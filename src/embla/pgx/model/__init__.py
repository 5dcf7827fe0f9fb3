"""Values and rules of pharmacogenetics, pure: no files, no clock."""
