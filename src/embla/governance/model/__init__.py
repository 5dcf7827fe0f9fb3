"""Rules of the board's figures and money: pure."""
