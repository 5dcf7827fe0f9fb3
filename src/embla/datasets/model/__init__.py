"""What a data set says, in which states it can be, who is in a cohort. Pure."""
