"""From a caller's VCF to a set of calls, bounded in size, time and memory."""
