"""The ledger of all stacks."""
