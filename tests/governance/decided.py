"""Entries of the board's ledger that its tests begin from."""

DECIDED = {"kind": "decision", "name": "13/25", "day": "2025-12-12", "forum": "board", "type": "B", "item": "13/25",
           "title": "Budget 2026"}  # fmt: skip
RATE = {"kind": "rate", "name": "r", "day": "2026-01-01", "decision": "13/25", "region": "*", "unit": "genomes",
        "amount": "5000.00", "demo": True}  # fmt: skip
GRANT = {"kind": "grant_line", "name": "refunds", "day": "2025-12-12", "title": "Refunds", "amount": "20000.00"}
LINE = {"kind": "budget_line", "name": "HPC", "day": "2025-12-12", "year": 2026, "version": "first", "part": "fixed",
        "side": "cost", "amount": "100.00", "explains": "Runs the machine."}  # fmt: skip
