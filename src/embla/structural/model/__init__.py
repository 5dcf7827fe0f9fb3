"""Values and rules of this room, pure."""
