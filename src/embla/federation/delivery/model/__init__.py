"""What is asked of delivery, pure."""
