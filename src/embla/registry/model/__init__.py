"""Values of the registers and the rule of kinship, pure."""
